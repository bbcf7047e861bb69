#include "backends/stay.h"

#include "backends/affinity.h"
#include "proxy/net/loop.h"

namespace postern {

Stay::~Stay() {
  leave(loop_.now());
}

bool Stay::may_go_to(std::string_view elsewhere) const {
  return !table_ || table_->may_go_to(*this, elsewhere);
}

bool Stay::confirm(std::string_view elsewhere) {
  if (!table_) return true;
  return table_->confirm(*this, elsewhere);
}

void Stay::may_have_entered(std::string_view elsewhere) {
  if (table_) table_->suspect(*this, elsewhere);
}

void Stay::leave(uint64_t now) {
  if (table_) table_->leave(*this, now);
}

// The stay may be gone, and with it the guest, before the loop comes to it.
void Stay::tell_may_go_on() {
  loop_.post([self = weak_from_this()] {
    if (const auto stay = self.lock()) stay->guest_->on_may_go_on();
  });
}

void Stay::tell_must_leave(const std::string& why) {
  loop_.post([self = weak_from_this(), why] {
    if (const auto stay = self.lock()) stay->guest_->on_must_leave(why);
  });
}

}  // namespace postern
