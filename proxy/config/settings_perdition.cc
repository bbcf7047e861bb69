// Settings that do nothing here: Perdition's without effect or left out on
// purpose, and those still to come.  Each says why.

#include "proxy/config/settings.h"

namespace postern {
namespace {

// Takes anything: reader.cc has its say before a value is looked at.
constexpr Kind with(std::string_view placeholder) {
  return {placeholder,
          [](Draft&, std::string_view) -> Status { return Done{}; },
          [](const Draft&) { return std::vector<std::string>(); }};
}
constexpr Kind kBare = with({});

constexpr Setting no_effect(std::string_view name, char letter, Kind kind,
                            std::string_view why) {
  return {name, letter, Scope::Service, kind, why, Support::NoEffect};
}

constexpr Setting not_yet(std::string_view name, char letter, Kind kind,
                          std::string_view what) {
  return {name, letter, Scope::Service, kind, what, Support::NotYet};
}

const Setting kPerditionSettings[] = {
    no_effect("no_daemon", 0, kBare, "Postern stays in the foreground anyway"),
    no_effect("no_bind_banner", 'B', kBare,
              "the greeting never shows the server's name or address"),
    no_effect("no_lookup", 'n', kBare,
              "addresses of clients are never looked up"),
    no_effect("ssl_listen_compression", 0, kBare,
              "TLS is never compressed, it would leak secrets"),
    no_effect("ssl_outgoing_compression", 0, kBare,
              "TLS is never compressed, it would leak secrets"),

    {"connection_logging", 'C', Scope::Service, kBare,
     "it writes passwords and mail into the log", Support::Refused},
    {"config_file", 'f', Scope::Service, with("FILE"),
     "only the command line can name the file", Support::Refused},

    not_yet("authenticate_in", 'a', kBare, "authentication by PAM"),
    not_yet("inetd_mode", 'i', kBare, "being started by inetd"),
    not_yet("managesieve_capability", 0, with("TEXT"), "ManageSieve"),
};

}  // namespace

std::span<const Setting> perdition_settings() {
  return kPerditionSettings;
}

}  // namespace postern
