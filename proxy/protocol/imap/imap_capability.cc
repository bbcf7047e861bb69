#include "proxy/protocol/imap/imap_capability.h"

#include <algorithm>

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

// Anything else could end the list it stands in, or the line.
bool is_atom(std::string_view word) {
  return std::ranges::all_of(word, [](char c) {
    return c > ' ' && c <= '~' &&
           std::string_view("(){%*\"\\[]").find(c) == std::string_view::npos;
  });
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
  for (const std::string_view word : split(list, ' ')) {
    if (word.empty() || unwanted(word)) continue;
    if (!kept.empty()) kept += ' ';
    kept += word;
  }
  return kept;
}

}  // namespace

bool has_capability(std::string_view list, std::string_view word) {
  return has_word(list, word);
}

bool lists_imap(std::string_view list) {
  return std::ranges::any_of(split(list, ' '), [](std::string_view each) {
    return starts_with_text(each, "IMAP4");
  });
}

std::string front_capabilities(const FrontOptions& options,
                               const std::optional<std::string>& offered,
                               bool secure, bool logins) {
  std::string list(kAnnounced);
  if (!options.capability.empty())
    list = without(options.capability, about_login);
  else if (offered)
    for (const std::string_view word : split(*offered, ' '))
      if (!word.empty() && !about_login(word)) add_word(list, word);
  if (options.offer_tls && !secure) list += " STARTTLS";
  if (!logins) return list + " LOGINDISABLED";
  for (const std::string& name :
       announced_mechanisms(options.mechanisms, offered))
    list += " AUTH=" + name;
  return list;
}

std::string offered_capabilities(std::string_view list) {
  std::string words = without(list, kept_before_login);
  const std::string mechanisms = relayable(list);
  for (const std::string_view word : split(mechanisms, ' '))
    if (is_atom(word) && !word.empty()) add_word(words, word);
  return words;
}

std::string client_capabilities(std::string_view list) {
  return without(list, kept_from_client);
}

}  // namespace postern
