#include "proxy/session/notices.h"

namespace postern {

bool Notices::seen(const std::string& backend, bool in_trouble) {
  const std::lock_guard lock(mutex_);
  if (!in_trouble) {
    in_trouble_.erase(backend);
    return false;
  }
  if (in_trouble_.size() >= kMost) in_trouble_.clear();
  return in_trouble_.insert(backend).second;
}

}  // namespace postern
