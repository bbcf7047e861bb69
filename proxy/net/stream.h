// A TCP connection as bytes in and bytes out.  No TLS, no protocol, no limits:
// those belong to its owner, who reads backlog() and pauses the other side.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "proxy/base/address.h"
#include "proxy/base/result.h"
#include "proxy/net/fast_lane.h"
#include "proxy/net/handle.h"

namespace postern {

class Loop;

// One thread, that of its loop.  May be destroyed at any time except from
// inside on_bytes(); unsent bytes are lost then, so finish() first.
class Stream {
 public:
  class Owner {
   public:
    virtual void on_connected() {}
    // The bytes live in the loop's read buffer until the call returns; the
    // owner may overwrite them.
    virtual void on_bytes(std::span<char> bytes) = 0;
    virtual void on_end() = 0;  // the peer sends no more
    // Connecting, reading or writing failed; nothing more will come.
    virtual void on_broken(std::string_view why) = 0;
    virtual void on_drained() = 0;  // backlog() went down

   protected:
    ~Owner() = default;
  };

  // Takes over a connected, non-blocking socket.
  static Result<std::unique_ptr<Stream>> adopt(Loop& loop, int socket,
                                               Owner& owner);
  // Starts to connect; on_connected() or on_broken() follows.  TCP_NODELAY is
  // set: mail protocols are dialogues, and Nagle's wait would cost 40 ms a
  // login.  Accepted sockets have it from their listener.
  // `from`: our own address (its port is 0), unless the system is to choose.
  static Result<std::unique_ptr<Stream>> connect(Loop& loop, const Address& to,
                                                 Owner& owner,
                                                 const Address* from = nullptr);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  void change_owner(Owner& owner) { owner_ = &owner; }

  // Reading starts switched off.
  void resume();
  void pause();
  bool paused() const { return paused_; }
  // While on: what is read leads to much work, and is read at the end of a
  // turn; see Loop::queue_long_step().
  void expect_long_steps(bool on) { long_steps_ = on; }
  void take_long_step();

  // From here on this stream goes before those who log in: see FastLane.
  void enter_fast_lane();
  void read_now();  // what is there, if that is little

  // Sends what the socket takes now and keeps the rest, which is overwritten
  // when it is gone, until stop_wiping().
  void write(std::string_view bytes);
  void stop_wiping() { wiping_ = false; }
  size_t backlog() const;  // octets written but not yet sent

  // The last that is written, and FIN behind it and the backlog: in one
  // segment where that goes.
  void finish(std::string_view last = {});

  // See socket_options.h.
  void keep_alive(unsigned seconds);

  Address local() const;
  Address peer() const;

 private:
  struct WriteOp;
  struct Ops;  // the libuv callbacks

  Stream(Loop& loop, Owner& owner) : loop_(loop), owner_(&owner) {}
  int socket() const;
  void on_readable();
  void wait_for_long_step();
  bool read(size_t most);
  void end();
  void send_or_queue(std::string_view bytes, int flags);
  void begin_reading();
  void stop_reading();
  Status bind(const Address& from);
  void broken(int error);

  Loop& loop_;
  Owner* owner_;
  Handle<uv_tcp_t> tcp_;
  std::optional<FastLane::Place> place_;
  bool paused_ = true;
  bool reading_ = false;  // libuv watches the socket
  bool bulky_ = false;    // much came with the last read
  bool long_steps_ = false;
  bool queued_ = false;  // for a long step
  bool wiping_ = true;
  bool broken_ = false;
  bool finished_ = false;
};

}  // namespace postern
