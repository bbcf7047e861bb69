#include "proxy/protocol/mechanisms.h"

#include <algorithm>
#include <iterator>

#include "proxy/base/ascii.h"
#include "proxy/protocol/sasl_external.h"
#include "proxy/protocol/sasl_oauth.h"
#include "proxy/protocol/sasl_password.h"
#include "proxy/protocol/sasl_scram.h"
#include "proxy/protocol/word_list.h"

namespace postern {
namespace {

constexpr size_t kMaxMessage = 8192;
// A token of 16 KiB, a name of which every octet is escaped, and the rest.
constexpr size_t kMaxTokenMessage = kMaxToken + size_t{4} * 1024;

constexpr Mechanism kMechanisms[] = {
    {"PLAIN", kMaxMessage, nullptr, false, false, false, make_plain},
    {"LOGIN", kMaxMessage, nullptr, false, false, false, make_login},
    {"EXTERNAL", kMaxMessage, external_message, false, false, true,
     make_external},
    {"XOAUTH2", kMaxTokenMessage, xoauth2_message, false, true, false,
     make_xoauth2},
    {"OAUTHBEARER", kMaxTokenMessage, oauthbearer_message, false, true, false,
     make_oauthbearer},
    {"SCRAM-SHA-1", kMaxMessage, scram_message, true, false, false,
     make_scram_sha1},
    {"SCRAM-SHA-256", kMaxMessage, scram_message, true, false, false,
     make_scram_sha256},
};

}  // namespace

size_t Mechanism::max_line(size_t usual) const {
  if (max_message <= kMaxMessage) return usual;
  return usual + (max_message + 2) / 3 * 4;
}

std::span<const Mechanism> mechanisms() {
  return kMechanisms;
}

const Mechanism* find_mechanism(std::string_view name) {
  const auto* const found = std::ranges::find_if(
      kMechanisms,
      [&](const Mechanism& row) { return same_text(row.name, name); });
  return found == std::end(kMechanisms) ? nullptr : found;
}

const Mechanism* find_mechanism(std::string_view name,
                                const std::vector<std::string>& allowed) {
  const bool may =
      std::any_of(allowed.begin(), allowed.end(),
                  [&](const auto& each) { return same_text(each, name); });
  return may ? find_mechanism(name) : nullptr;
}

std::vector<std::string_view> announced_mechanisms(
    const std::vector<std::string>& allowed,
    const std::optional<std::string>& offered, bool certified) {
  const auto fits = [&](const std::string& name) {
    const Mechanism* row = find_mechanism(name);
    if (row == nullptr || !row->relayed()) return true;
    if (row->by_certificate) return certified;
    return !offered || has_word(*offered, "AUTH=" + name);
  };
  std::vector<std::string_view> announced;
  std::ranges::copy_if(allowed, std::back_inserter(announced), fits);
  return announced;
}

std::string relayable(std::string_view offered) {
  std::string words;
  const std::string names = words_behind(offered, "AUTH=");
  std::string_view rest = names;
  for (auto name = take_word(rest); !name.empty(); name = take_word(rest))
    if (!name.ends_with("-PLUS") &&
        !has_word(names, std::string(name) + "-PLUS"))
      add_word(words, "AUTH=" + std::string(name));
  return words;
}

const Mechanism* relayed_mechanism(const Credentials& who) {
  const Mechanism* row = find_mechanism(who.mechanism);
  return row != nullptr && row->relayed() ? row : nullptr;
}

bool client_answers(const Credentials& who) {
  const Mechanism* relayed = relayed_mechanism(who);
  return relayed != nullptr && !relayed->by_certificate;
}

}  // namespace postern
