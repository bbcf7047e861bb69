// Referrals of both protocols: what is understood names a server, and says the
// same when it is written down and read again.

#include <cstdint>
#include <string>

#include "proxy/base/ascii.h"
#include "proxy/protocol/referral.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace {

std::string encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto octet = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[octet >> 4U];
    encoded += kDigits[octet & 15U];
  }
  return encoded;
}

std::string place(const Referral& to) {
  const bool bare =
      to.where.port == 0 && to.where.host.find(':') != std::string::npos;
  return bare ? "[" + to.where.host + "]" : to.where.text();
}

void same(const Referral& first, const std::optional<Referral>& again) {
  fuzz::require(again && again->where == first.where &&
                    again->user == first.user &&
                    again->mechanism == first.mechanism,
                "a referral written down is the same");
  fuzz::require(!has_control(first.user) && !has_control(first.where.host) &&
                    !has_control(first.mechanism),
                "a referral has no controls");
}

}  // namespace
}  // namespace postern

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern;
  const std::string_view code(reinterpret_cast<const char*>(data), size);
  const size_t end = end_of_code(code);
  fuzz::require(end == code.npos || code[end] == ']',
                "a code ends in a bracket");
  if (const auto to = parse_imap_referral(code)) {
    std::string info = encode(to->user);
    if (!to->mechanism.empty()) info += ";AUTH=" + encode(to->mechanism);
    same(*to,
         parse_imap_referral("REFERRAL imap://" + info +
                             (info.empty() ? "" : "@") + place(*to) + "/"));
  }
  if (const auto to = parse_pop3_referral(code)) {
    fuzz::require(to->mechanism.empty(), "POP3 names no mechanism");
    same(*to, parse_pop3_referral("REFERRAL/" + to->user +
                                  (to->user.empty() ? "" : "@") + place(*to)));
  }
  return 0;
}
