// Where backends are checked: a thread of its own, so that neither a reload
// that takes its time nor a busy worker makes a backend look slow.

#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "backends/health/monitor.h"
#include "proxy/net/resolver.h"
#include "proxy/server/snapshot.h"
#include "proxy/session/host.h"
#include "proxy/session/trust_notices.h"

namespace postern {

// Used by the main thread; owned by the server.
class HealthChecks final : private SessionHost {
 public:
  HealthChecks(Log& log, Director& director);
  ~HealthChecks();
  HealthChecks(const HealthChecks&) = delete;
  HealthChecks& operator=(const HealthChecks&) = delete;

  // What `snapshot` wants to be checked: every machine of a pool that says so,
  // by the way of every service it names, else of every service that has maps
  // (any of which may name any pool).  Ways that do not differ are one.  Reads
  // password files.
  Result<std::vector<CheckTarget>> prepare(const Snapshot& snapshot);

  // From now on these are checked.
  void adopt(std::shared_ptr<const Snapshot> snapshot,
             std::vector<CheckTarget> targets);

  // Checks end, and the director hears of no more dead machines.
  void stop();

 private:
  Loop& loop() override { return loop_; }
  Resolver& resolver() override { return resolver_; }
  Log& log() override { return log_; }
  bool is_self(const Address& address) const override;
  bool admit(Session&) override { return true; }  // there are none here
  TrustNotices& trust_notices() override { return trust_notices_; }
  void on_logged_in(Session&) override {}
  void on_ended(Session&) override {}

  Log& log_;
  Loop loop_;  // of its thread, like all below
  Resolver resolver_;
  std::shared_ptr<const Snapshot> snapshot_;
  TrustNotices trust_notices_;  // no check has a client to tell of
  Monitor monitor_;
  std::thread thread_;
};

}  // namespace postern
