#include "proxy/server/privileges.h"

#include <algorithm>
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

Result<uid_t> find_user(const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the main thread alone asks
  if (const passwd* entry = getpwnam(name.c_str())) return entry->pw_uid;
  const auto number = parse_number(name, UINT32_MAX - 1);
  if (!number) return unknown("user", name);
  return static_cast<uid_t>(*number);
}

Result<gid_t> find_group(const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): as above
  if (const struct group* entry = getgrnam(name.c_str())) return entry->gr_gid;
  const auto number = parse_number(name, UINT32_MAX - 1);
  if (!number) return unknown("group", name);
  return static_cast<gid_t>(*number);
}

Result<std::optional<Identity>> find_identity(const std::string& user,
                                              const std::string& group) {
  if (user.empty() && group.empty()) return std::optional<Identity>();
  if (user.empty())
    return Error{Fault::Config, "group is set but username is not"};
  const auto uid = find_user(user);
  if (!uid) return uid.error();
  Identity found{*uid, static_cast<gid_t>(*uid)};
  // NOLINTNEXTLINE(concurrency-mt-unsafe): as above
  if (const passwd* entry = getpwnam(user.c_str())) found.group = entry->pw_gid;
  if (group.empty()) return std::optional(found);
  const auto gid = find_group(group);
  if (!gid) return gid.error();
  found.group = *gid;
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

BorrowedIdentity::BorrowedIdentity(const Identity& identity) {
  if (geteuid() != 0) return;
  const int count = getgroups(0, nullptr);
  groups_.resize(static_cast<size_t>(std::max(count, 0)));
  if (getgroups(count, groups_.data()) < 0) return;
  borrowed_ = setgroups(0, nullptr) == 0 && setegid(identity.group) == 0 &&
              seteuid(identity.user) == 0;
}

BorrowedIdentity::~BorrowedIdentity() {
  [[maybe_unused]] const bool back =
      (!borrowed_ || seteuid(0) == 0) && setegid(getgid()) == 0 &&
      (!borrowed_ || setgroups(groups_.size(), groups_.data()) == 0);
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
