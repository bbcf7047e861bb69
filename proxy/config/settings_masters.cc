// Settings of logins in which one name logs in for another.

#include "proxy/config/kinds.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

// '\0', which is not written, for none.
struct Separator {
  using Type = char;
  static constexpr std::string_view kPlaceholder = "CHARACTER";
  static Result<char> parse(std::string_view text) {
    if (text.empty()) return '\0';
    constexpr std::string_view kUsable = "!#$%&*+,-./:;<=>?@^_`|~";
    if (text.size() == 1 && kUsable.find(text) != kUsable.npos)
      return text.front();
    return unexpected(text, "one character such as *, or nothing");
  }
  static std::string print(char separator) {
    return separator == '\0' ? std::string() : std::string(1, separator);
  }
};

const Setting kSettings[] = {
    {"sasl_authzid", 0, Scope::Service,
     kKind<Flag, &ServiceOptions::front, &FrontOptions::for_others>,
     "let clients log in for somebody else, by an authzid or as "
     "user<master_user_separator>master: the backend says whether they may"},
    per_pool({"master_user_separator", 0, Scope::Service,
              kKind<Separator, &ServiceOptions::back,
                    &BackSideOptions::master_separator>,
              "what stands between user and master in one name; empty: "
              "backends take PLAIN with an authzid, and clients have only "
              "that"}),
};

}  // namespace

std::span<const Setting> master_settings() {
  return kSettings;
}

}  // namespace postern
