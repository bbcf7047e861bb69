#include "proxy/config/checks.h"

#include <algorithm>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <tuple>
#include <unistd.h>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/config/check_service.h"
#include "proxy/session/password_file.h"

namespace postern {
namespace {

using Severity = Problem::Severity;

// What the system's address of a socket has room for.
constexpr size_t kLongestSocket = sizeof(sockaddr_un::sun_path) - 1;

// Those of the daemon.
class DaemonCheck {
 public:
  DaemonCheck(const Configuration& all, std::vector<Problem>& problems)
      : section_(all.daemon),
        options_(all.daemon.draft.server),
        services_(all.options.services),
        problems_(problems) {}

  void run() {
    check_identity();
    for (TlsProblem& problem : check_tls(options_.tickets))
      complain(problem.setting, std::move(problem.text));
    check_folder("pid_file", options_.pid_file);
    check_control();
    if (options_.log.facility.starts_with('/'))
      check_folder("log_facility", options_.log.facility);
    for (const PoolOptions& pool : options_.pools)
      check_pool(pool);
  }

 private:
  void complain(std::string_view setting, std::string text,
                Severity severity = Severity::Error) {
    problems_.push_back({severity, section_.where(setting),
                         std::string(setting), std::move(text)});
  }

  void check_identity() {
    const auto& [user, group] = std::tie(options_.username, options_.group);
    if (user.empty() && geteuid() == 0)
      complain("username",
               "not set, Postern would go on as root, expected a user without "
               "rights",
               Severity::Warning);
    check_user("username", user);
    check_group("group", group);
  }

  void check_control() {
    check_folder("admin_socket", options_.control.path);
    check_user("admin_socket_owner", options_.control.owner);
    check_group("admin_socket_group", options_.control.group);
    if (options_.control.path.size() > kLongestSocket)
      complain("admin_socket", "this is too long, expected at most " +
                                   std::to_string(kLongestSocket) + " octets");
  }

  static bool is_number(const std::string& name) {
    return parse_number(name, UINT32_MAX - 1).has_value();
  }

  void check_user(std::string_view setting, const std::string& user) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): --check has one thread
    if (!user.empty() && !is_number(user) && getpwnam(user.c_str()) == nullptr)
      complain(setting, "\"" + printable(user) +
                            "\" is unknown, expected a user of this system");
  }

  void check_group(std::string_view setting, const std::string& group) {
    if (!group.empty() && !is_number(group) &&
        // NOLINTNEXTLINE(concurrency-mt-unsafe): as above
        getgrnam(group.c_str()) == nullptr)
      complain(setting, "\"" + printable(group) +
                            "\" is unknown, expected a group of this system");
  }

  void check_pool(const PoolOptions& pool) {
    if (const auto made = Pool::make(pool); !made)
      return complain("pool", made.error().text);
    const std::string where = "pool " + printable(pool.name) + ": ";
    for (const std::string& name : pool.check.services)
      if (!is_service(name))
        complain("pool", where + "check_services: no service is named \"" +
                             printable(name) + "\"");
    if (pool.check.password_file.empty()) return;
    if (const auto password = read_password(pool.check.password_file);
        !password)
      complain("pool", where + "check_password_file: " + password.error().text);
  }

  bool is_service(const std::string& name) const {
    return std::ranges::find(services_, name, &ServiceOptions::name) !=
           services_.end();
  }

  // A file that is made when we start needs a folder.
  void check_folder(std::string_view setting, const std::string& file) {
    if (file.empty()) return;
    const size_t slash = file.rfind('/');
    if (slash == std::string::npos || slash == 0) return;
    const std::string folder = file.substr(0, slash);
    struct stat facts {};
    if (stat(folder.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode))
      complain(setting, printable(folder) +
                            " is no directory, expected one "
                            "for " +
                            printable(file));
  }

  const Section& section_;
  const ServerOptions& options_;
  const std::vector<ServiceOptions>& services_;
  std::vector<Problem>& problems_;
};

}  // namespace

std::vector<Problem> check_configuration(const Configuration& configuration) {
  std::vector<Problem> problems;
  DaemonCheck(configuration, problems).run();
  for (const Section& section : configuration.services)
    if (section.draft.service.protocol != nullptr)
      check_service(section, configuration, problems);
  return without_repeats(std::move(problems));
}

}  // namespace postern
