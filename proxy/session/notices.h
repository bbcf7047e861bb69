// What an administrator is told once about each backend instead of at every
// login: that something there is not as it should be, until it changes.

#pragma once

#include <mutex>
#include <set>
#include <string>

namespace postern {

// One for each kind of trouble; any thread.
class Notices {
 public:
  // True if this is news: `backend` is in trouble, and was not when it was last
  // seen.  Beyond kMost backends in trouble all are forgotten, and told anew.
  bool seen(const std::string& backend, bool in_trouble);

 private:
  static constexpr size_t kMost = 10000;

  std::mutex mutex_;
  std::set<std::string, std::less<>> in_trouble_;
};

}  // namespace postern
