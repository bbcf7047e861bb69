// A reactor with its share of the sessions.  Nothing of it is shared with other
// workers but what Shared names.

#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "proxy/base/log.h"
#include "proxy/net/listener.h"
#include "proxy/net/loop.h"
#include "proxy/net/resolver.h"
#include "proxy/server/departures.h"
#include "proxy/server/gate.h"
#include "proxy/server/snapshot.h"
#include "proxy/session/session.h"
#include "proxy/session/trust_notices.h"

namespace postern {

// What all workers have in common; outlives them.
struct Shared {
  Log& log;
  Gate gate;
  TrustNotices trust_notices;
  std::atomic<int> sessions = 0;
  int max_sessions = 0;       // what descriptors allow
  size_t max_logging_in = 0;  // of one worker; then the oldest must go
};

// run() is the body of a thread; everything else is posted to its loop, except
// where "any thread" is said.
class Worker final : private SessionHost {
 public:
  // Listening sockets by address text.
  using Sockets = std::map<std::string, ListenSocket>;

  explicit Worker(Shared& shared);

  void run();  // returns after stop()

  // Any thread: from now on new connections are served by `snapshot`.  `fresh`
  // are sockets for addresses it did not listen on before; listeners on
  // addresses that no service wants any more are closed.
  void serve(const std::shared_ptr<const Snapshot>& snapshot, Sockets fresh);

  // Any thread: ends the sessions that fit, spread as the order says.
  void kick(const KickOrder& order);

  // Any thread: stops accepting; sessions may go on for `drain_ms`, then they
  // are closed, and run() returns.
  void stop(uint64_t drain_ms);

  // Any thread: shows its sessions in order of their arrival, those behind
  // number `after` (0: from the first), and not all in one turn: `seen` is told
  // the last number and whether that was all.  Both run on the worker's thread;
  // a worker that has ended calls neither.
  using Look = std::function<void(const Session&)>;
  using Seen = std::function<void(uint64_t last, bool all)>;
  void visit(uint64_t after, Look look, Seen seen);

  bool ended() const { return ended_; }  // any thread: run() has returned

 private:
  struct Door {
    Address where;
    std::unique_ptr<Listener> listener;
    std::shared_ptr<Service> service;  // replaced by a reload
  };

  void take_snapshot(std::shared_ptr<const Snapshot> snapshot, Sockets& fresh);
  void open_door(const std::string& address, ListenSocket socket);
  void serve_at(const Address& where, const std::shared_ptr<Service>& service);
  void on_accept(const std::string& address, int socket, const Address& peer);
  bool full(const Service& service) const;
  void make_room();
  void dismiss_all();
  void stop_when_empty();
  std::string next_id();
  void pick_out(const KickOrder& order);

  Loop& loop() override { return loop_; }
  Resolver& resolver() override { return resolver_; }
  Log& log() override { return shared_.log; }
  bool is_self(const Address& address) const override;
  bool admit(Session& session) override;
  TrustNotices& trust_notices() override { return shared_.trust_notices; }
  void on_logged_in(Session& session) override;
  void on_ended(Session& session) override;

  struct Held {
    std::unique_ptr<Session> session;
    bool at_gate = false;  // counted by the gate, as:
    Gate::Key counted = 0;
  };
  bool enter_gate(Held& held, int most);
  void leave_gate(Held& held);

  Shared& shared_;
  Loop loop_;
  Resolver resolver_;
  Timer drain_;
  std::mt19937_64 random_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::map<std::string, Door> doors_;
  std::map<uint64_t, Held> sessions_;        // by number
  std::map<uint64_t, Session*> logging_in_;  // oldest first
  uint64_t arrivals_ = 0;
  Departures departures_;
  bool stopping_ = false;
  std::atomic<bool> ended_ = false;
};

}  // namespace postern
