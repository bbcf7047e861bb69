// Leaving root behind once ports are bound and keys are read.

#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "proxy/base/result.h"

namespace postern {

struct Identity {
  uid_t user;
  gid_t group;
};

// By name or number.  Fault::Config if there is none.  The main thread only.
Result<uid_t> find_user(const std::string& name);
Result<gid_t> find_group(const std::string& name);

// By name or number.  An empty group is the user's own; an empty user with a
// group is an error.  Nothing if both are empty.
Result<std::optional<Identity>> find_identity(const std::string& user,
                                              const std::string& group);

// Becomes that user for good, without supplementary groups (Perdition kept
// those of whoever started it), and proves that there is no way back.  Does
// nothing, successfully, if it is who we are already.
Status become(const Identity& identity);

// Gives a file of ours to that user, so that it can still be opened anew after
// root is gone (a log after its rotation).  Links and devices are left alone.
void give_file(const std::string& path, const Identity& identity);

// No core dumps (they would hold passwords and keys), no new privileges, as
// many descriptors as the system allows.
void harden_process();

// While it lives, this process is another user to the file system; only root
// can do that, for anybody else nothing changes.  Before there are threads.
class BorrowedIdentity {
 public:
  explicit BorrowedIdentity(const Identity& identity);
  ~BorrowedIdentity();
  BorrowedIdentity(const BorrowedIdentity&) = delete;
  BorrowedIdentity& operator=(const BorrowedIdentity&) = delete;

  bool borrowed() const { return borrowed_; }

 private:
  std::vector<gid_t> groups_;  // to be had back
  bool borrowed_ = false;
};

}  // namespace postern
