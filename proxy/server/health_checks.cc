#include "proxy/server/health_checks.h"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/session/probe.h"

namespace postern {
namespace {

using Services = std::vector<std::shared_ptr<Service>>;

// Services that would find the same thing out.
bool same_way(const Service& a, const Service& b, const std::string& pool) {
  const BackSideOptions& one = a.back_of(pool)->options;
  const BackSideOptions& other = b.back_of(pool)->options;
  return a.options.protocol->family == b.options.protocol->family &&
         one.port == other.port && one.implicit_tls == other.implicit_tls &&
         one.dialogue.upgrade == other.dialogue.upgrade &&
         one.identity == other.identity && one.sources == other.sources;
}

Result<Services> services_for(const Snapshot& snapshot,
                              const PoolOptions& pool) {
  Services chosen;
  if (pool.check.services.empty()) {
    std::ranges::copy_if(
        snapshot.services, std::back_inserter(chosen),
        [](const auto& each) { return each->chain != nullptr; });
    return chosen;
  }
  for (const std::string& name : pool.check.services) {
    const auto found = std::ranges::find_if(
        snapshot.services,
        [&](const auto& each) { return each->options.name == name; });
    if (found == snapshot.services.end())
      return Error{Fault::Config, "check_services: no service is named \"" +
                                      printable(name) + "\""};
    chosen.push_back(*found);
  }
  return chosen;
}

// The services by the way they go: each with those that go the same.
std::vector<Services> ways(const Services& services, const std::string& pool) {
  std::vector<Services> all;
  for (const auto& service : services) {
    const auto known = std::ranges::find_if(all, [&](const Services& each) {
      return same_way(*each.front(), *service, pool);
    });
    if (known == all.end())
      all.push_back({service});
    else
      known->push_back(service);
  }
  return all;
}

std::vector<std::string> names_of(const Services& services) {
  std::vector<std::string> names;
  for (const auto& each : services)
    names.push_back(each->options.name);
  return names;
}

}  // namespace

HealthChecks::HealthChecks(Log& log, Director& director)
    : log_(log),
      resolver_(loop_),
      monitor_(loop_, log, [&director](const auto& machine) {
        director.backend_died(machine);
      }) {}

HealthChecks::~HealthChecks() {
  stop();
}

void HealthChecks::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

Result<std::vector<CheckTarget>> HealthChecks::prepare(
    const Snapshot& snapshot) {
  std::vector<CheckTarget> targets;
  for (const auto& [name, pool] : snapshot.pools) {
    const PoolOptions& options = pool->options();
    if (options.check.interval_ms == 0) continue;
    auto services = services_for(snapshot, options);
    if (!services)
      return std::move(services).error().in("pool " + printable(name));
    for (const Services& way : ways(*services, name)) {
      auto prober = open_prober(*this, way.front(), name, options.check);
      if (!prober)
        return std::move(prober).error().in("pool " + printable(name));
      for (const auto& backend : pool->backends())
        targets.push_back({backend->shared_state(), names_of(way),
                           options.check, options.slow_start_ms, *prober});
    }
  }
  return targets;
}

void HealthChecks::adopt(std::shared_ptr<const Snapshot> snapshot,
                         std::vector<CheckTarget> targets) {
  if (!thread_.joinable()) {
    if (targets.empty()) return;
    thread_ = std::thread([this] { loop_.run(); });
  }
  loop_.post([this, snapshot = std::move(snapshot),
              targets = std::move(targets)]() mutable {
    snapshot_ = std::move(snapshot);
    monitor_.watch(std::move(targets));
  });
}

bool HealthChecks::is_self(const Address& address) const {
  return snapshot_->is_self(address);
}

}  // namespace postern
