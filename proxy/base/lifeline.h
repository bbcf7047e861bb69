// Callbacks that must not find their owner dead.  A map or a resolver may
// answer long after the session that asked has gone.

#pragma once

#include <memory>
#include <utility>

namespace postern {

// A member of the owner; guard() wraps a callback so that it does nothing once
// the owner is gone.  Owner and callback live on one thread.
class Lifeline {
 public:
  template <class Call>
  auto guard(Call call) const {
    return [alive = std::weak_ptr<const char>(token_),
            call = std::move(call)](auto&&... arguments) mutable {
      if (!alive.expired())
        call(std::forward<decltype(arguments)>(arguments)...);
    };
  }

 private:
  std::shared_ptr<const char> token_ = std::make_shared<char>();
};

}  // namespace postern
