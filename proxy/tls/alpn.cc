#include "proxy/tls/alpn.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "proxy/base/ascii.h"
#include "proxy/tls/wire.h"

namespace postern {
namespace {

// Names as the client offers them, each behind an octet that is its length.
std::vector<std::string_view> split_offer(std::string_view list) {
  std::vector<std::string_view> names;
  while (!list.empty()) {
    const size_t size = static_cast<unsigned char>(list.front());
    names.push_back(list.substr(1, size));
    list.remove_prefix(std::min(list.size(), size + 1));
  }
  return names;
}

std::string offer_text(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) {
    if (text.size() > 100) return text + ", ...";
    text += (text.empty() ? "" : ", ") + printable(name, 32);
  }
  return text;
}

// NOLINTNEXTLINE(readability-function-size): OpenSSL wants that many
int choose(SSL* ssl, const unsigned char** chosen, unsigned char* size,
           const unsigned char* offered, unsigned offered_size, void* ours) {
  const std::string& name = *static_cast<const std::string*>(ours);
  const auto names =
      split_offer({reinterpret_cast<const char*>(offered), offered_size});
  for (const std::string_view one : names) {
    if (one != name) continue;
    *chosen = reinterpret_cast<const unsigned char*>(one.data());
    *size = static_cast<unsigned char>(one.size());
    return SSL_TLSEXT_ERR_OK;
  }
  Wire::of(ssl).blame("the client wants another protocol (ALPN " +
                      offer_text(names) + " instead of " + name + ")");
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

void accept_alpn(SSL_CTX* context, const std::string& name) {
  SSL_CTX_set_alpn_select_cb(context, choose, const_cast<std::string*>(&name));
}

}  // namespace postern
