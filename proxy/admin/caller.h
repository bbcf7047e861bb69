// One client of the admin_socket: its lines in, our answers out, one request
// after the other.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/admin/answer.h"
#include "proxy/admin/request_reader.h"
#include "proxy/net/local_socket.h"
#include "proxy/net/loop.h"
#include "proxy/net/stream.h"
#include "proxy/net/timer.h"

namespace postern {

// Owned by the Desk, on the main thread, until on_left().  What it has asked
// for is carried out also if it does not stay for the answer.
class Caller final : public Mortal,
                     private Stream::Owner,
                     private Answer::Sink {
 public:
  // What its owner does for it.
  class Host {
   public:
    // A request, as words and as it was written; the answer may come at once
    // or later.
    virtual void on_request(const Caller& caller,
                            std::vector<std::string> words,
                            const std::string& line,
                            std::shared_ptr<Answer> answer) = 0;
    virtual void on_left(Caller& caller) = 0;

   protected:
    ~Host() = default;
  };

  // Takes over the socket, greets and listens; null if it is unusable.
  static std::unique_ptr<Caller> make(Host& host, Loop& loop, int socket);
  ~Caller() override;
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  const LocalPeer& peer() const { return peer_; }
  bool idle() const { return answer_ == nullptr; }

  // There is no room for it: says so and closes.
  void turn_away();

 private:
  Caller(Host& host, Loop& loop, LocalPeer peer);
  void work();
  void take(std::vector<std::string> words);
  void refuse(Trouble trouble, std::string_view text);
  void watch();
  void leave();

  void on_bytes(std::span<char> bytes) override;
  void on_end() override;
  void on_broken(std::string_view) override { leave(); }
  void on_drained() override;

  void send(std::string_view bytes) override;
  bool congested() const override;
  void on_answered() override;

  Host& host_;
  const LocalPeer peer_;
  Timer timer_;
  RequestReader requests_;
  std::unique_ptr<Stream> stream_;
  Answer* answer_ = nullptr;  // until it is finished; null: idle
  bool working_ = false;      // inside work()
  bool closing_ = false;      // no more requests are taken
  bool left_ = false;
};

}  // namespace postern
