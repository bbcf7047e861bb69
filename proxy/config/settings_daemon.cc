// Settings of the daemon as a whole, and of its log.

#include "proxy/base/ascii.h"
#include "proxy/base/log_sink.h"
#include "proxy/config/kinds.h"
#include "proxy/config/pool_line.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

struct LogFacility : Text {
  static constexpr std::string_view kPlaceholder = "FACILITY";
  static Result<std::string> parse(std::string_view text) {
    LogOptions options;
    options.facility = text;
    // Whether a file can be written is for --check to say.
    if (!text.starts_with('/') && !open_log_sink(options))
      return unexpected(text,
                        "a syslog facility such as mail, /FILE, - for stdout "
                        "or + for stderr");
    return options.facility;
  }
};

// Permissions of a file, octal as for chmod.
struct FileMode {
  using Type = uint32_t;
  static constexpr std::string_view kPlaceholder = "MODE";
  static Result<uint32_t> parse(std::string_view text) {
    uint32_t mode = 0;
    for (const char c : text) {
      if (c < '0' || c > '7' || mode > 0777) return wrong(text);
      mode = mode * 8 + static_cast<uint32_t>(c - '0');
    }
    if (text.empty() || mode > 0777) return wrong(text);
    return mode;
  }
  static std::string print(uint32_t mode) {
    std::string text = "0";
    for (const uint32_t shift : {6U, 3U, 0U})
      text += static_cast<char>('0' + (mode >> shift & 7U));
    return text;
  }

 private:
  static Error wrong(std::string_view text) {
    return unexpected(text, "an octal mode such as 0600 or 0660");
  }
};

Status refuse_log_passwd(Draft&, std::string_view value) {
  if (same_text(value, "never")) return Done{};
  return Error{Fault::Config,
               "\"" + printable(value) +
                   "\", expected never: Postern does not write passwords "
                   "down, whatever the reason"};
}

constexpr Kind kLogPasswd = {"never", refuse_log_passwd, [](const Draft&) {
                               return std::vector<std::string>{"never"};
                             }};

constexpr Kind kPool = {"NAME HOST[:PORT] [OPTION=VALUE] ...", add_pool_line,
                        show_pools, clear_pools, true};

const Setting kDaemonSettings[] = {
    {"threads", 0, Scope::Global,
     kKind<Number<0, 1024>, &ServerOptions::threads>,
     "threads that serve; 0 is one for each processor core"},
    {"username", 'u', Scope::Global, kKind<Name, &ServerOptions::username>,
     "user to become, by name or number, once ports are bound and keys are "
     "read; empty: stay who we are"},
    {"group", 'g', Scope::Global, kKind<Name, &ServerOptions::group>,
     "group to become, by name or number; empty: the user's own group"},
    {"pid_file", 0, Scope::Global, kKind<FileName, &ServerOptions::pid_file>,
     "file for the number of the process; empty: none"},
    {"admin_socket", 0, Scope::Global,
     kKind<FileName, &ServerOptions::control, &ControlOptions::path>,
     "Unix socket for posternctl; empty: none"},
    {"admin_socket_mode", 0, Scope::Global,
     kKind<FileMode, &ServerOptions::control, &ControlOptions::mode>,
     "permissions of admin_socket: who may write to it controls the daemon"},
    {"admin_socket_owner", 0, Scope::Global,
     kKind<Name, &ServerOptions::control, &ControlOptions::owner>,
     "owner of admin_socket, by name or number; empty: username"},
    {"admin_socket_group", 0, Scope::Global,
     kKind<Name, &ServerOptions::control, &ControlOptions::group>,
     "group of admin_socket, by name or number; empty: group"},
    {"connection_limit", 'L', Scope::Global,
     kKind<Number<0, 10000000>, &ServerOptions::connection_limit>,
     "connections of all services together (in a service's file: of that "
     "service); 0: as many as descriptors allow"},
    {"drain_timeout", 0, Scope::Global,
     kKind<WholeSeconds<>, &ServerOptions::drain_seconds>,
     "how long sessions may go on after SIGTERM; 0: not at all"},
    {"pool", 0, Scope::Global, kPool,
     "backends of a pool, one line or several that add up; weight=NUMBER, "
     "tag=TAG and max_connections=NUMBER go with the host before them, "
     "policy=NAME, check_interval=TIME and more with the pool, and so do "
     "settings of services, SETTING=VALUE"},
    {"log_facility", 'F', Scope::Global,
     kKind<LogFacility, &ServerOptions::log, &LogOptions::facility>,
     "where to log: a syslog facility, /FILE, - for stdout, + for stderr"},
    {"log_format", 0, Scope::Global,
     kKind<LogFormatName, &ServerOptions::log, &LogOptions::format>,
     "logfmt, json, or perdition for Perdition's own lines"},
    {"quiet", 'q', Scope::Global, kKind<Flag, &ServerOptions::quiet>,
     "log errors only"},
    {"debug", 'd', Scope::Global, kKind<Flag, &Draft::debug>,
     "log more than anybody needs; stronger than quiet"},
    {"log_ident", 0, Scope::Global,
     kKind<Name, &ServerOptions::log, &LogOptions::ident>,
     "the program's name in the log"},
    {"log_queue_size", 0, Scope::Global,
     kKind<Size<4096, 1 << 30>, &ServerOptions::log, &LogOptions::queue_bytes>,
     "log lines that may wait for a full disk or a stuck syslog daemon"},
    {"syslog_socket", 0, Scope::Global,
     kKind<FileName, &ServerOptions::log, &LogOptions::syslog_path>,
     "where the syslog daemon listens"},
    {"log_passwd", 0, Scope::Global, kLogPasswd,
     "never: nothing else is accepted"},
};

}  // namespace

std::span<const Setting> daemon_settings() {
  return kDaemonSettings;
}

}  // namespace postern
