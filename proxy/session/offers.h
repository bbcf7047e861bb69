// What the backends of a service have offered in recent logins: so that what
// clients are told before theirs is true of wherever it will lead them.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace postern {

// Part of a service, shared by all threads.  Times are milliseconds of the
// loops' clock.  Offers are lists of words (Back::offered()).
class Offers {
 public:
  // An offer that has not been seen again for so long counts no more.
  static constexpr uint64_t kFresh = 600000;
  static constexpr size_t kMostBackends = 1000;

  // `backend` offers this now.
  void note(const std::string& backend, const std::string& offered,
            uint64_t now);

  // What one has offered lately; nothing if it has not been seen.
  std::optional<std::string> of(const std::string& backend, uint64_t now) const;

  // What every backend that has been seen lately offers; null if none has.
  std::shared_ptr<const std::string> common(uint64_t now) const;

 private:
  struct Seen {
    std::string offered;
    uint64_t at = 0;
  };

  void forget_oldest();

  mutable std::mutex mutex_;
  std::map<std::string, Seen> seen_;  // by backend
  // The answer of common(), good until something changes or gets old.
  mutable std::shared_ptr<const std::string> common_;
  mutable uint64_t common_until_ = 0;
};

}  // namespace postern
