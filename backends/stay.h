// One login's, then one session's, claim on the backend its user lives on.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace postern {

class Affinity;
class Loop;
struct UserEntry;  // of a table

// Made by a login of a sticky pool, handed on to the session.  Owned by that
// one, used on its loop's thread; the table it is entered in (Affinity) touches
// it under its own lock.  Letting go of it gives the claim up.
class Stay : public std::enable_shared_from_this<Stay> {
 public:
  // Who stays.  Called on the loop, never from inside a call of a Stay or a
  // Pool.
  class Guest {
   public:
    // It waited because its user was being moved; now it may pick again.
    virtual void on_may_go_on() = 0;
    // Its user is to live elsewhere.  The stay must be given up, soon; nobody
    // of this user gets in anywhere before it is.  `why` is for people.
    virtual void on_must_leave(const std::string& why) = 0;

   protected:
    ~Guest() = default;
  };

  Stay(Loop& loop, Guest& guest) : loop_(loop), guest_(&guest) {}
  ~Stay();
  Stay(const Stay&) = delete;
  Stay& operator=(const Stay&) = delete;

  void change_guest(Guest& guest) { guest_ = &guest; }

  // The backend where the user lives sends the login on to `elsewhere`.  False:
  // it must not go there, the user has sessions that are not.
  bool may_go_to(std::string_view elsewhere) const;

  // The backend has accepted the login, or `elsewhere` has, if it was sent
  // there.  False: the user has been told to leave meanwhile, or has sessions
  // in another place; the session must not begin.
  [[nodiscard]] bool confirm(std::string_view elsewhere = {});

  // The backend has been sent the password and has not refused it, but this
  // login is over: the mailbox may be open there for a moment.  Whoever comes
  // next is treated as after a session.
  void may_have_entered(std::string_view elsewhere = {});

  // Gives the claim up at `now` (the loop's clock); the user stays known there
  // if a login had been confirmed.  Done again it does nothing.
  void leave(uint64_t now);

 private:
  friend class Affinity;

  // From any thread; the guest hears of it on its own.
  void tell_may_go_on();
  void tell_must_leave(const std::string& why);

  Loop& loop_;
  Guest* guest_;
  std::shared_ptr<Affinity> table_;  // from the first pick on
  // All below: under the table's lock.
  UserEntry* entry_ = nullptr;  // nullptr: claims nothing
  bool waiting_ = false;        // for its user's move to end
  bool confirmed_ = false;
};

}  // namespace postern
