#include "proxy/server/privileges.h"

#include <cerrno>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proxy/base/ascii.h"
#include "proxy/base/system_error.h"

namespace postern {
namespace {

Error unknown(const char* what, const std::string& name) {
  return Error{Fault::Config,
               std::string(what) + " \"" + printable(name) + "\" is unknown"};
}

Error failed(const char* what) {
  return Error{Fault::Config, std::string(what) + ": " + system_error(errno)};
}

}  // namespace

Result<std::optional<Identity>> find_identity(const std::string& user,
                                              const std::string& group) {
  if (user.empty() && group.empty()) return std::optional<Identity>();
  if (user.empty())
    return Error{Fault::Config, "group is set but username is not"};
  Identity found{};
  // NOLINTNEXTLINE(concurrency-mt-unsafe): at start, before any thread
  if (const passwd* entry = getpwnam(user.c_str()))
    found = {entry->pw_uid, entry->pw_gid};
  else if (const auto number = parse_number(user, UINT32_MAX - 1))
    found = {static_cast<uid_t>(*number), static_cast<gid_t>(*number)};
  else
    return unknown("user", user);
  if (group.empty()) return std::optional(found);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): as above
  if (const struct group* entry = getgrnam(group.c_str()))
    found.group = entry->gr_gid;
  else if (const auto number = parse_number(group, UINT32_MAX - 1))
    found.group = static_cast<gid_t>(*number);
  else
    return unknown("group", group);
  return std::optional(found);
}

Status become(const Identity& identity) {
  const bool already = geteuid() == identity.user && getuid() == identity.user;
  if (already) return Done{};
  if (geteuid() != 0)
    return Error{Fault::Config,
                 "only root can change to another user (username)"};
  if (setgroups(0, nullptr) != 0) return failed("setgroups");
  if (setresgid(identity.group, identity.group, identity.group) != 0)
    return failed("setresgid");
  if (setresuid(identity.user, identity.user, identity.user) != 0)
    return failed("setresuid");
  if (identity.user != 0 && setuid(0) == 0)
    return Error{Fault::Config, "root could be regained after leaving it"};
  return Done{};
}

void give_file(const std::string& path, const Identity& identity) {
  const int file = open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return;
  struct stat about {};
  if (fstat(file, &about) == 0 && S_ISREG(about.st_mode)) [[maybe_unused]]
    const int changed = fchown(file, identity.user, identity.group);
  close(file);
}

void harden_process() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

}  // namespace postern
