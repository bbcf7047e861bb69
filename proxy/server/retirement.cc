#include "proxy/server/retirement.h"

#include <algorithm>
#include <utility>

namespace postern {
namespace {

constexpr uint64_t kMillisecondsBetweenLooks = 1000;

// Nobody but us holds on to it, or to what is in it.
bool unused(const std::shared_ptr<const Snapshot>& snapshot) {
  const auto free = [](const std::shared_ptr<Service>& service) {
    return service.use_count() == 1 && service->chain.use_count() <= 1;
  };
  return snapshot.use_count() == 1 &&
         std::all_of(snapshot->services.begin(), snapshot->services.end(),
                     free);
}

}  // namespace

void Retirement::take(std::shared_ptr<const Snapshot> old) {
  retired_.push_back(std::move(old));
  timer_.start(kMillisecondsBetweenLooks, [this] { drop_unused(); });
}

void Retirement::drop_unused() {
  std::erase_if(retired_, unused);
  if (!retired_.empty())
    timer_.start(kMillisecondsBetweenLooks, [this] { drop_unused(); });
}

}  // namespace postern
