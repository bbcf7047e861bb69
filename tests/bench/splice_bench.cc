// The splice between two socket pairs: small messages as in a dialogue, and
// bulk.  The system calls of both far ends are in it.

#include <cstdlib>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/net/loop.h"
#include "proxy/session/splice.h"
#include "tests/bench/micro.h"

using namespace postern;

namespace {

struct Nobody final : Transport::Owner, Splice::Owner {
  void on_plain(Transport&, std::string_view) override {}
  void on_secured(Transport&) override {}
  void on_end(Transport&, bool) override {}
  void on_broken(Transport&, const std::string&) override {}
  void on_drained(Transport&) override {}
  void on_spliced_out(Ending, std::string) override { std::abort(); }
};

class Spliced {
 public:
  Spliced()
      : client_side_(make_side(client_)),
        backend_side_(make_side(backend_)),
        splice_(loop_, *client_side_, *backend_side_, {}, nobody_) {
    splice_.start({}, {});
  }
  ~Spliced() {
    splice_.stop();
    close(client_);
    close(backend_);
  }
  Spliced(const Spliced&) = delete;
  Spliced& operator=(const Spliced&) = delete;

  // From the backend to the client, until all of it is there.
  void carry(std::string_view bytes) {
    static char into[size_t{256} << 10];
    for (size_t sent = 0, got = 0; got < bytes.size();) {
      const ssize_t out = send(backend_, bytes.data() + sent,
                               bytes.size() - sent, MSG_DONTWAIT);
      if (out > 0) sent += static_cast<size_t>(out);
      loop_.run_once();
      const ssize_t in = recv(client_, into, sizeof into, MSG_DONTWAIT);
      if (in > 0) got += static_cast<size_t>(in);
    }
  }

 private:
  std::unique_ptr<Transport> make_side(int& far_end) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
      std::abort();
    far_end = ends[1];
    auto side = Transport::adopt(loop_, ends[0], nobody_);
    if (!side) std::abort();
    return std::move(*side);
  }

  Loop loop_;
  Nobody nobody_;
  int client_ = -1;
  int backend_ = -1;
  std::unique_ptr<Transport> client_side_;
  std::unique_ptr<Transport> backend_side_;
  Splice splice_;
};

}  // namespace

int main(int count, char** words) {
  const bench::Micro micro(count, words);
  Spliced spliced;
  const std::string line = "* 7 EXISTS\r\n";
  micro.measure("a line of a dialogue", 5000, [&] { spliced.carry(line); });
  const std::string bulk(size_t{1} << 20, 'x');
  micro.measure(
      "1 KiB of a large message", 100, [&] { spliced.carry(bulk); }, 1024);
}
