// Accepts connections on one address, for one loop.

#pragma once

#include <functional>
#include <memory>

#include "proxy/base/address.h"
#include "proxy/base/result.h"
#include "proxy/net/handle.h"
#include "proxy/net/timer.h"

namespace postern {

class Loop;

// A listening socket that is closed with its owner.
class ListenSocket {
 public:
  ListenSocket() = default;
  explicit ListenSocket(int socket) : socket_(socket) {}
  ~ListenSocket();
  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&& other) noexcept;
  ListenSocket(const ListenSocket&) = delete;
  ListenSocket& operator=(const ListenSocket&) = delete;

  // One socket for each of `count` threads; the kernel spreads connections
  // over them (SO_REUSEPORT).  An address somebody else listens on is an
  // error, although SO_REUSEPORT alone would let two of our own kind share it.
  static Result<std::vector<ListenSocket>> open(const Address& where,
                                                size_t count);
  int fd() const { return socket_; }

 private:
  int socket_ = -1;
};

// Owned by a worker.  When descriptors run out it stops accepting for a moment
// instead of spinning: clients wait in the kernel's queue meanwhile.
class Listener {
 public:
  // `accepted` owns the new socket (non-blocking, close-on-exec).
  using Accepted = std::function<void(int socket, const Address& peer)>;
  // Told once per shortage, with the reason.
  using Short = std::function<void(std::string_view why)>;

  static Result<std::unique_ptr<Listener>> start(Loop& loop,
                                                 ListenSocket socket,
                                                 Accepted accepted,
                                                 Short short_of);

  void pause();
  void resume();

  // Of the sockets it accepts from now on; see socket_options.h.
  void keep_alive(unsigned seconds);

 private:
  Listener(Loop& loop, ListenSocket socket, Accepted accepted, Short short_of);
  void on_readable();
  void rest(int error);

  ListenSocket socket_;
  Accepted accepted_;
  Short short_of_;
  Handle<uv_poll_t> poll_;
  Timer retry_;
  bool short_ = false;   // descriptors ran out; said so already
  bool paused_ = false;  // by our owner
};

}  // namespace postern
