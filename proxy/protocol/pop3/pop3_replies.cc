#include "proxy/protocol/pop3/pop3_replies.h"

#include "proxy/base/ascii.h"
#include "proxy/protocol/mechanisms.h"
#include "proxy/protocol/pop3/pop3_capa.h"
#include "proxy/protocol/refusal.h"
#include "proxy/protocol/word_list.h"

namespace postern {
namespace {

// Whose the abilities are that CAPA may list.  What is the backend's, after the
// login, comes from what it offers; the usual ones are taken for granted in one
// that was not asked, or does not know CAPA.
enum class Whose { Ours, Usual, Theirs };
struct Ability {
  std::string_view name;
  Whose whose;
};
constexpr Ability kAbilities[] = {
    {"TOP", Whose::Usual},          {"UIDL", Whose::Usual},
    {"RESP-CODES", Whose::Ours},    {"AUTH-RESP-CODE", Whose::Ours},
    {"PIPELINING", Whose::Usual},   {"EXPIRE", Whose::Theirs},
    {"LOGIN-DELAY", Whose::Theirs},
};
constexpr std::string_view kOldSeparator = "  ";

// Perdition's pop_capability: entries lie between dots or, if there is no dot,
// between double blanks.
std::vector<std::string_view> entries(std::string_view list) {
  if (list.find('.') != list.npos) return split(list, '.');
  std::vector<std::string_view> all;
  for (;;) {
    const size_t end = list.find(kOldSeparator);
    all.push_back(list.substr(0, end));
    if (end == list.npos) return all;
    list.remove_prefix(end + kOldSeparator.size());
  }
}

bool follows_the_truth(std::string_view entry) {
  const std::string_view word = entry.substr(0, entry.find(' '));
  return same_text(word, "STLS") || same_text(word, "USER") ||
         same_text(word, "SASL") || same_text(word, "UTF8") ||
         same_text(word, "LANG");
}

std::vector<std::string> given_lines(std::string_view list) {
  std::vector<std::string> lines;
  for (const std::string_view entry : entries(list))
    if (!trim(entry).empty() && !follows_the_truth(trim(entry)))
      lines.emplace_back(trim(entry));
  return lines;
}

bool has_ability(const Ability& ability, std::string_view offered) {
  if (ability.whose == Whose::Ours) return true;
  if (has_word(offered, kPop3Listed)) return has_word(offered, ability.name);
  return ability.whose == Whose::Usual;
}

// With its first argument, if it has one: "EXPIRE 60".
std::vector<std::string> usual_lines(std::string_view offered) {
  std::vector<std::string> lines;
  for (const Ability& ability : kAbilities) {
    if (!has_ability(ability, offered)) continue;
    const std::string name(ability.name);
    const std::string arguments = words_behind(offered, name + "=");
    lines.push_back(arguments.empty()
                        ? name
                        : name + " " +
                              arguments.substr(0, arguments.find(' ')));
  }
  return lines;
}

// RFC 3206 knows whose fault it is; only a refusal has a code of its own.
std::string_view code(const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::WrongPassword:
      return "AUTH";
    case Verdict::Kind::Unavailable:
      return "SYS/TEMP";
    case Verdict::Kind::Misconfigured:
    case Verdict::Kind::Disabled:
      return "SYS/PERM";
    default:
      return verdict.code;
  }
}

}  // namespace

std::vector<std::string> pop3_capabilities(
    const FrontOptions& options, const std::optional<std::string>& offered,
    bool secure, bool certified, bool logins) {
  std::vector<std::string> lines = options.capability.empty()
                                       ? usual_lines(offered.value_or(""))
                                       : given_lines(options.capability);
  if (offered && has_word(*offered, "UTF8"))
    lines.emplace_back(has_word(*offered, "UTF8=USER") ? "UTF8 USER" : "UTF8");
  if (offered && has_word(*offered, "LANG")) lines.emplace_back("LANG");
  if (logins) {
    lines.emplace_back("USER");
    std::string sasl;
    for (const std::string_view name :
         announced_mechanisms(options.mechanisms, offered, certified))
      sasl.append(" ").append(name);
    if (!sasl.empty()) lines.push_back("SASL" + sasl);
  }
  if (options.offer_tls && !secure) lines.emplace_back("STLS");
  return lines;
}

std::string pop3_refusal(const Verdict& verdict, bool pass_backend_text) {
  // A wrong password always reads the same: the backend's words may tell
  // whether there is such a user.
  const bool theirs = pass_backend_text && !verdict.text.empty() &&
                      verdict.kind != Verdict::Kind::WrongPassword;
  std::string line = "-ERR ";
  if (!code(verdict).empty()) line += "[" + std::string(code(verdict)) + "] ";
  return line.append(theirs ? std::string_view(verdict.text)
                            : verdict_text(verdict.kind));
}

}  // namespace postern
