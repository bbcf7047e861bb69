#include "proxy/protocol/imap/imap_capability.h"

#include <algorithm>
#include <array>

#include "proxy/base/ascii.h"
#include "proxy/protocol/mechanisms.h"
#include "proxy/protocol/word_list.h"

namespace postern {
namespace {

constexpr std::string_view kAnnounced = "IMAP4rev1 SASL-IR LITERAL- ID";

bool about_login(std::string_view word) {
  return same_text(word, "STARTTLS") || same_text(word, "LOGINDISABLED") ||
         starts_with_text(word, "AUTH=");
}

constexpr auto kAtomChars = [] {
  std::array<bool, 256> atom{};
  for (unsigned char c = '!'; c <= '~'; ++c)
    atom[c] = std::string_view("(){%*\"\\[]").find(static_cast<char>(c)) ==
              std::string_view::npos;
  return atom;
}();

// Anything else could end the list it stands in, or the line.
bool is_atom(std::string_view word) {
  return std::ranges::all_of(
      word, [](char c) { return kAtomChars[static_cast<unsigned char>(c)]; });
}

bool kept_from_client(std::string_view word) {
  return !is_atom(word) || about_login(word) ||
         same_text(word, "LOGIN-REFERRALS") ||
         same_text(word, "MAILBOX-REFERRALS") ||
         same_text(word, "UNAUTHENTICATE");
}

bool kept_before_login(std::string_view word) {
  return kept_from_client(word) || starts_with_text(word, "LITERAL") ||
         starts_with_text(word, "COMPRESS=");
}

// `list` without the words for which `unwanted` holds.
std::string without(std::string_view list, bool (*unwanted)(std::string_view)) {
  std::string kept;
  kept.reserve(list.size());
  for (auto word = take_word(list); !word.empty(); word = take_word(list)) {
    if (unwanted(word)) continue;
    if (!kept.empty()) kept += ' ';
    kept += word;
  }
  return kept;
}

// Those of `words` that are wanted and new.
void add_words(std::string& list, std::string_view words,
               bool (*unwanted)(std::string_view)) {
  for (auto word = take_word(words); !word.empty(); word = take_word(words))
    if (!unwanted(word)) add_word(list, word);
}

// The last list and what came of it: the backends of a site offer the same from
// login to login.
class LastAnswer {
 public:
  template <class Answer>
  const std::string& of(std::string_view list, Answer answer) {
    if (list == list_) return answer_;
    answer_ = answer(list);
    list_ = list;
    return answer_;
  }

 private:
  std::string list_;
  std::string answer_;
};

std::string worth_offering(std::string_view list) {
  std::string words = without(list, kept_before_login);
  add_words(words, relayable(list),
            [](std::string_view word) { return !is_atom(word); });
  return words;
}

}  // namespace

bool has_capability(std::string_view list, std::string_view word) {
  return has_word(list, word);
}

bool lists_imap(std::string_view list) {
  for (auto word = take_word(list); !word.empty(); word = take_word(list))
    if (starts_with_text(word, "IMAP4")) return true;
  return false;
}

std::string front_capabilities(const FrontOptions& options,
                               const std::optional<std::string>& offered,
                               bool secure, bool certified, bool logins) {
  std::string list(kAnnounced);
  if (!options.capability.empty())
    list = without(options.capability, about_login);
  else if (offered)
    add_words(list, *offered, about_login);
  if (options.offer_tls && !secure) list += " STARTTLS";
  if (!logins) return list + " LOGINDISABLED";
  for (const std::string_view name :
       announced_mechanisms(options.mechanisms, offered, certified))
    list.append(" AUTH=").append(name);
  return list;
}

std::string offered_capabilities(std::string_view list) {
  thread_local LastAnswer last;
  return last.of(list, worth_offering);
}

std::string client_capabilities(std::string_view list) {
  thread_local LastAnswer last;
  return last.of(list, [](std::string_view words) {
    return without(words, kept_from_client);
  });
}

}  // namespace postern
