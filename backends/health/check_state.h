// What one series of checks makes of a backend: it takes several in a row to
// change a mind, so that one lost packet moves nobody.  No clock, no network.

#pragma once

#include <cstdint>
#include <string>

namespace postern {

struct CheckRules {
  int rise = 2;  // good ones in a row until it is up again
  int fall = 3;  // bad ones in a row until it is down
  // Or however few: nothing but bad ones for so long.
  uint64_t patience_ms = 30000;
};

// Used on one thread.  Milliseconds of the loop's clock.
class CheckState {
 public:
  explicit CheckState(CheckRules rules) : rules_(rules) {}

  // Both tell whether up() has changed by this.
  bool good(uint64_t now);
  bool bad(uint64_t now, std::string why);

  void change_rules(CheckRules rules) { rules_ = rules; }

  bool up() const { return up_; }
  // The last one was not what up() says: the next should come soon.
  bool in_doubt() const { return streak_ != 0; }
  uint64_t since() const { return since_; }  // as it is; 0: from the beginning
  const std::string& reason() const { return reason_; }  // of the last bad one

 private:
  void turn(bool up, uint64_t now);

  CheckRules rules_;
  bool up_ = true;  // until something is known, mail goes there
  int streak_ = 0;  // checks in a row that contradict up_
  uint64_t first_of_streak_ = 0;
  uint64_t since_ = 0;
  std::string reason_;
};

}  // namespace postern
