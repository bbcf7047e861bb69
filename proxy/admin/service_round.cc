#include "proxy/admin/service_round.h"

#include <utility>

#include "proxy/base/ascii.h"

namespace postern {

std::string source_of(const ChainStep& step) {
  if (step.stale) return "old answer";  // the map is in trouble
  return step.from_cache ? "cache" : "map";
}

void ServiceRound::begin(const Call& call, Visit visit, Ended ended) {
  const std::string wanted = call.asked.option("--service");
  std::vector<std::shared_ptr<Service>> services;
  for (const auto& service : call.server.snapshot()->services)
    if (wanted.empty() || service->options.name == wanted)
      services.push_back(service);
  if (services.empty())
    return call.answer->fail(
        Trouble::NotFound, "no service is named \"" + printable(wanted) + "\"");
  std::make_shared<ServiceRound>(std::move(services), std::move(visit),
                                 std::move(ended))
      ->go_on();
}

ServiceRound::ServiceRound(std::vector<std::shared_ptr<Service>> services,
                           Visit visit, Ended ended)
    : services_(std::move(services)),
      visit_(std::move(visit)),
      ended_(std::move(ended)) {}

void ServiceRound::go_on() {
  if (next_ == services_.size()) return ended_();
  visit_(services_[next_++], [self = shared_from_this()] { self->go_on(); });
}

}  // namespace postern
