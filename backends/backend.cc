#include "backends/backend.h"

namespace postern {

void Backend::failed(uint64_t now, uint64_t hold) {
  resting_until_ = now + hold;
}

void Backend::succeeded() {
  resting_until_ = 0;
}

}  // namespace postern
