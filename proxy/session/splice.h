// Carries bytes both ways after the login, until someone leaves.  Understands
// nothing of what passes.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "proxy/net/timer.h"
#include "proxy/session/session_log.h"
#include "proxy/session/transport.h"

namespace postern {

class Loop;

struct SpliceOptions {
  // Unsent octets on one side that pause reading from the other (back
  // pressure); reading goes on below half of it.
  size_t watermark = 65536;
  uint64_t idle_ms = 0;  // no byte either way; 0: no limit
};

// Owned by the session, which owns both transports too; one thread.
class Splice final : private Transport::Owner {
 public:
  class Owner {
   public:
    // Called once, in words for the log: "client closed", "idle timeout", ….
    // Both sides may still have bytes to send; neither reads any more.
    virtual void on_spliced_out(Ending ending, std::string reason) = 0;
    // The backend has left of itself, not in answer to the client: for so many
    // milliseconds the client is not told.
    virtual uint64_t grace_ms() { return 0; }

   protected:
    ~Owner() = default;
  };

  Splice(Loop& loop, Transport& client, Transport& backend,
         SpliceOptions options, Owner& owner);

  // First what arrived too early for either side, then the stream.
  void start(std::string_view for_client, std::string_view for_backend);
  // Stops at once; the owner is not called.
  void stop();

  uint64_t received() const { return received_; }  // client to backend
  uint64_t sent() const { return sent_; }          // backend to client

 private:
  void on_plain(Transport& from, std::string_view bytes) override;
  void on_secured(Transport&) override {}
  void on_end(Transport& side, bool clean) override;
  void on_broken(Transport& side, const std::string& why) override;
  void on_drained(Transport& side) override;

  Transport& other(const Transport& side) {
    return &side == &client_ ? backend_ : client_;
  }
  const char* name(const Transport& side) const {
    return &side == &client_ ? "client" : "backend";
  }
  void carry(Transport& to, std::string_view bytes);
  void watch_idle();
  void hurry();
  bool backend_answers() const;
  void lose_backend(std::string reason);
  void finish(Ending ending, std::string reason);

  Loop& loop_;
  Transport& client_;
  Transport& backend_;
  const SpliceOptions options_;
  Owner& owner_;
  Timer idle_;
  uint64_t last_byte_ = 0;                // loop's clock
  std::optional<uint64_t> client_spoke_;  // last
  uint64_t received_ = 0;
  uint64_t sent_ = 0;
  bool client_left_ = false;
  bool lost_ = false;  // the backend has left, the client does not know yet
  bool over_ = false;
};

}  // namespace postern
