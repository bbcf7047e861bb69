// One machine of a pool.  What is configured, what the administrator said at
// run time and what health found out are three things; none ever overwrites
// another, whoever asks looks at all of them.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "backends/health/ramp.h"
#include "backends/health/turnstile.h"
#include "proxy/base/address.h"

namespace postern {

// As configured.
struct BackendOptions {
  Endpoint where;  // port 0: the service's default for the backend side
  // How much it is given, in the policy's terms; 0: no new users.  Unset: the
  // policy's usual weight.
  std::optional<uint32_t> weight = {};
  std::string tag = {};          // empty: untagged
  uint32_t max_connections = 0;  // 0: no limit
};

// How far an administrator wants a machine emptied.
enum class Drain : uint8_t {
  No,
  NoNewUsers,  // users who live there stay
  Leave,       // those too go elsewhere, at their next login at the latest
};

// What is known of one machine while the process runs.  It stays through
// reloads (see Roster).  Thread-safe.
class BackendState {
 public:
  // `pool` is empty for a host that a map or a client named.
  explicit BackendState(Endpoint where, std::string pool = {})
      : pool_(std::move(pool)), where_(std::move(where)) {}

  const std::string& pool() const { return pool_; }
  const Endpoint& where() const { return where_; }
  std::string name() const { return where_.text(); }

  // --- said by the administrator -------------------------------------------

  // Instead of the configured weight; 0: no new users.
  std::optional<uint32_t> weight() const;
  void set_weight(std::optional<uint32_t> weight);
  Drain drain() const { return drain_; }
  void set_drain(Drain drain);
  bool taken_down() const { return taken_down_; }
  void take_down(bool down);
  // Something that the administrator said is in force.
  bool administered() const;

  // Grows with every change above, of any machine: whoever computes something
  // from weights knows when to do it again.
  static uint64_t changes();

  // --- found out by health --------------------------------------------------

  // `reason` is for people.  True if this changed anything but the reason.
  bool set_health(bool up, std::string reason);
  bool healthy() const { return healthy_; }
  std::string health_reason() const;

  // Passive evidence: a connection that failed or answered badly keeps the
  // machine out of the first choice until `now` + hold; success clears it.
  // Milliseconds of the loops' clock.
  void failed(uint64_t now, uint64_t hold) { resting_until_ = now + hold; }
  void succeeded() { resting_until_ = 0; }
  bool resting(uint64_t now) const { return now < resting_until_; }

  // What a login by `service` found out of the machine; empty: all is well.
  // Whoever listens hears of trouble and of the first success behind it, on
  // the login's thread.
  using Listener =
      std::function<void(const std::string& service, const std::string& why)>;
  void listen(Listener listener);
  void report(const std::string& service, const std::string& why);

  // It has just come back, and gets its full share only in a while.
  void start_slowly(uint64_t now, uint64_t duration) {
    ramp_.start(now, duration);
  }
  const Ramp& ramp() const { return ramp_; }

  // --- sessions --------------------------------------------------------------

  // It has closed on a session at `now`: how long its client should not be
  // told.  A few are nothing; when more than a tenth of its sessions go within
  // a second the machine is dying, and the rest are told one after the other
  // over `spread_ms`.
  uint64_t spread_loss(uint64_t now, uint64_t spread_ms);

  // Of logins on their way there.
  Turnstile& turnstile() { return turnstile_; }

  // Sessions and logins on their way to become one.
  uint32_t seats() const { return seats_; }

  uint32_t sessions() const { return sessions_; }
  void add_session() { ++sessions_; }
  void remove_session() { --sessions_; }

 private:
  friend class Seat;
  static constexpr int64_t kAsConfigured = -1;

  const std::string pool_;
  const Endpoint where_;
  std::atomic<int64_t> weight_ = kAsConfigured;
  std::atomic<Drain> drain_ = Drain::No;
  std::atomic<bool> taken_down_ = false;
  std::atomic<bool> healthy_ = true;
  std::atomic<uint64_t> resting_until_ = 0;
  std::atomic<uint32_t> sessions_ = 0;
  std::atomic<uint32_t> seats_ = 0;
  std::atomic<bool> suspected_ = false;  // a login has reported trouble
  Ramp ramp_;
  Turnstile turnstile_{ramp_};
  mutable std::mutex mutex_;  // guards all below
  std::string reason_;
  uint64_t losses_since_ = 0;  // the second that is counted
  uint64_t losses_ = 0;
  uint64_t sessions_then_ = 0;
  Listener listener_;
};

// A place at a machine that is limited in them, from the beginning of a login
// to the end of its session.  Moves from thread to thread with neither.
class Seat {
 public:
  // Nothing if `most` are taken (0: no limit).
  static std::optional<Seat> take(std::shared_ptr<BackendState> at,
                                  uint32_t most);
  ~Seat();
  Seat(Seat&& other) noexcept = default;
  Seat& operator=(Seat&& other) noexcept;
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

 private:
  explicit Seat(std::shared_ptr<BackendState> at) : at_(std::move(at)) {}
  void give_back();

  std::shared_ptr<BackendState> at_;
};

// A machine as one configuration sees it.  Owned by its pool (shared with the
// sessions that use it), used by all threads.
class Backend {
 public:
  explicit Backend(const BackendOptions& options)
      : Backend(options, std::make_shared<BackendState>(options.where)) {}
  Backend(BackendOptions options, std::shared_ptr<BackendState> state)
      : options_(std::move(options)), state_(std::move(state)) {}

  const BackendOptions& options() const { return options_; }
  const Endpoint& where() const { return options_.where; }
  BackendState& state() const { return *state_; }
  const std::shared_ptr<BackendState>& shared_state() const { return state_; }
  // The same machine of the same pool, perhaps of another configuration.
  bool same(const Backend& other) const { return state_ == other.state_; }

  // What counts: the administrator's weight, else the configured one.
  uint32_t weight() const {
    return state_->weight().value_or(options_.weight.value_or(1));
  }
  // The weight in thousandths, less while it starts slowly.
  uint32_t share(uint64_t now) const {
    return weight() * state_->ramp().thousandths(now);
  }
  uint32_t load() const { return state_->seats(); }
  // There is no room for one more.
  bool full() const {
    return options_.max_connections != 0 && load() >= options_.max_connections;
  }
  std::optional<Seat> take_seat() const {
    return Seat::take(state_, options_.max_connections);
  }
  // Nobody may be sent there, because the administrator or health says so;
  // why_down() has the words.
  bool down() const { return state_->taken_down() || !state_->healthy(); }
  std::string why_down() const;
  // Users who live nowhere yet may be sent there, as far as the administrator
  // is concerned.
  bool takes_new_users() const {
    return state_->drain() == Drain::No && weight() != 0 &&
           !state_->taken_down();
  }

  void failed(uint64_t now, uint64_t hold) { state_->failed(now, hold); }
  void succeeded() { state_->succeeded(); }
  bool resting(uint64_t now) const { return state_->resting(now); }

  uint32_t sessions() const { return state_->sessions(); }
  void add_session() { state_->add_session(); }
  void remove_session() { state_->remove_session(); }

 private:
  const BackendOptions options_;
  const std::shared_ptr<BackendState> state_;
};

}  // namespace postern
