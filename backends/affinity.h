// Which backend each user of a pool lives on, while there is a session and for
// a while after the last one; so that no mailbox is ever open on two backends
// through us.
//
//   nobody -> logging in -> has sessions -> remembered -> nobody
//                 |              |              ^
//                 +---> being moved ------------+
//
// While a user is being moved, all who claim the old backend are told to leave
// and new logins wait.  A move ends when the last one has left, and whoever
// watches (see Mover) has seen to what is to happen in between.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "backends/backend.h"
#include "backends/stay.h"
#include "proxy/base/result.h"

namespace postern {

struct UserMove;

// Where a login goes, or why nowhere.
struct Pick {
  enum class By { Policy, Affinity, Override, Failover };

  std::shared_ptr<Backend> backend;
  bool wait = false;  // no backend, but the guest will be told to go on
  By by = By::Policy;
  // Without a backend: what to tell the administrator.  With Failover: why the
  // user does not stay where they were, and where that was.
  std::string why;
  std::string from;
};

const char* words(Pick::By by);

// What the administrator may know of one user.
struct UserPlace {
  std::string user;     // the key
  std::string backend;  // empty: nowhere yet
  size_t sessions = 0;  // that have logged in
  size_t logging_in = 0;
  size_t waiting = 0;  // for the move to end
  bool moving = false;
  std::string move_to;                    // if an administrator moves them
  std::optional<uint64_t> expires_in_ms;  // remembered without a session
  std::string pinned_to;                  // the override
};

// The table of one pool.  Thread-safe: one lock, held for a few lookups.  Owned
// by the Director and by the pools of that name; outlives configurations.
class Affinity : public std::enable_shared_from_this<Affinity> {
 public:
  // Everybody of a user that is being moved has left.  Called without the
  // lock, on any thread; finish_move() or cancel_move() must follow, now or
  // later.  Not called when a user leaves a dead backend and no session had to
  // be cut off: then the move has ended already.
  using Vacated = std::function<void(const std::string& user, bool by_admin)>;

  explicit Affinity(std::string pool, Vacated vacated = nullptr);
  ~Affinity();
  Affinity(const Affinity&) = delete;
  Affinity& operator=(const Affinity&) = delete;

  const std::string& pool() const { return pool_; }

  // How the pool judges and chooses, under the lock.
  class Chooser {
   public:
    enum class Stand {
      Stay,    // the user may go on there
      Go,      // must go elsewhere
      Refuse,  // may neither stay nor go
    };
    struct Judged {
      Stand stand;
      std::string why;  // if not Stay
    };
    // `occupied`: somebody of this user is there.
    virtual Judged judge(const Backend& home, bool occupied) = 0;
    // This pool's own backend for that machine; null if it has none.
    virtual std::shared_ptr<Backend> find(const std::string& name) = 0;
    virtual std::shared_ptr<Backend> find(const Backend& machine) = 0;
    virtual Pick choose() = 0;

   protected:
    ~Chooser() = default;
  };

  struct Limits {
    uint64_t expire_ms;  // after a user's last session
    size_t remembered;   // users without sessions; beyond it the oldest go
  };

  // Enters `stay` as a claim on the backend where `user` (a key) lives, from
  // now on if need be; what it claimed before is given up.
  Pick pick(std::string_view user, const std::shared_ptr<Stay>& stay,
            uint64_t now, const Limits& limits, Chooser& chooser);
  // What pick() would say of a new login, entering nothing.
  Pick peek(std::string_view user, uint64_t now, const Limits& limits,
            Chooser& chooser);

  // --- overrides: "this user lives there", until changed ---------------------

  // `backend` as configured; empty: none any more.  Nobody is moved.
  void pin(std::string_view user, std::string backend);
  std::string pinned_to(std::string_view user) const;
  std::map<std::string, std::string> pins() const;  // backend by user

  // --- moves -----------------------------------------------------------------

  // For an administrator.  Everybody of this user leaves; new logins wait from
  // now on, until finish_move() or cancel_move().  `vacated` is called when it
  // is so far, perhaps before this returns.  Fault::TryLater: is being moved
  // already.
  Status begin_move(std::string_view user, const std::string& to,
                    const std::string& why);
  // The user lives at `to` now.  Null ends a move that nobody ordered: the
  // next login chooses.
  void finish_move(std::string_view user, std::shared_ptr<Backend> to,
                   uint64_t now);
  // Whoever is still there may stay, who waits may follow.
  void cancel_move(std::string_view user, uint64_t now);

  // Forgets where the user lives, if nobody of theirs is there.
  void forget(std::string_view user);

  // --- looking at it ---------------------------------------------------------

  std::optional<UserPlace> find(std::string_view user, uint64_t now,
                                uint64_t expire_ms) const;
  size_t size() const;

 private:
  friend class Stay;
  class Turn;
  using Entry = UserEntry;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  template <class Value>
  using ByUser = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  void leave(Stay& stay, uint64_t now);  // these for Stay
  bool may_go_to(const Stay& stay, std::string_view elsewhere) const;
  bool confirm(Stay& stay, std::string_view elsewhere);
  void suspect(Stay& stay, std::string_view elsewhere);

  // All below: the caller holds the lock.
  Pick decide(const Entry* entry, std::string_view user, Chooser& chooser);
  Pick decide_anew(std::string_view user, Chooser& chooser);
  static bool fits(const Stay& stay, std::string_view elsewhere);
  void count_session(Stay& stay, std::string_view elsewhere);
  Entry& entry_of(std::string_view user);
  Entry* known(std::string_view user) const;
  void detach(Stay& stay, uint64_t now, Turn& turn);
  void start_move(Entry& entry, UserMove move);
  void end_move(Entry& entry);
  void on_empty(Entry& entry, Turn& turn);
  void remember(Entry& entry, uint64_t now);
  void unlink(Entry& entry);
  void drop_if_unused(Entry& entry);
  void expire(uint64_t now, const Limits& limits);

  const std::string pool_;
  const Vacated vacated_;
  mutable std::mutex mutex_;  // guards all below
  ByUser<std::unique_ptr<Entry>> entries_;
  ByUser<std::string> pins_;
  // Users without sessions, in the order in which they will be forgotten.
  Entry* oldest_ = nullptr;
  Entry* newest_ = nullptr;
  size_t remembered_ = 0;
};

}  // namespace postern
