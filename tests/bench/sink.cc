// The backend of the comparison: an IMAP server that keeps nothing and costs
// little, so that the proxy in front of it is what is measured.
//
//   bench-sink PORT [OCTETS_OF_A_MESSAGE]
//
// "x STATUS" answers with the number of logins since the start.

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>

namespace {

constexpr char kGreeting[] =
    "* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR IDLE AUTH=PLAIN] ready\r\n";

size_t logins = 0;
std::string message;  // the answer to FETCH up to its tagged line

class Peer {
 public:
  explicit Peer(int socket) : socket_(socket) { put(kGreeting); }
  ~Peer() { close(socket_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // False when it is over.
  bool advance() {
    if (!flush()) return false;
    while (out_.empty() && !leaving_) {
      static char bytes[1 << 18];
      const ssize_t size = recv(socket_, bytes, sizeof bytes, 0);
      if (size == 0) return false;
      if (size < 0) return errno == EAGAIN;
      take({bytes, static_cast<size_t>(size)});
      if (!flush()) return false;
    }
    return !leaving_ || !out_.empty();
  }
  bool wants_write() const { return !out_.empty(); }

 private:
  void take(std::string_view bytes) {
    while (!bytes.empty()) {
      if (literal_ > 0) {
        const size_t part = std::min(literal_, bytes.size());
        literal_ -= part;
        bytes.remove_prefix(part);
        continue;
      }
      const size_t end = bytes.find('\n');
      line_ += bytes.substr(0, end);
      if (end == std::string_view::npos) return;
      bytes.remove_prefix(end + 1);
      answer(line_);
      line_.clear();
    }
  }

  void answer(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return finish_append();
    if (line == "DONE") return put(idle_tag_ + " OK done\r\n");
    const size_t space = line.find(' ');
    const std::string tag(line.substr(0, space));
    std::string_view command = line.substr(std::min(space, line.size()));
    if (command.starts_with(' ')) command.remove_prefix(1);
    obey(tag, command);
  }

  void obey(const std::string& tag, std::string_view command) {
    const auto is = [command](std::string_view word) {
      return command.starts_with(word);
    };
    if (is("UID FETCH")) return put(message + tag + " OK done\r\n");
    if (is("APPEND")) return begin_append(tag, command);
    if (is("IDLE")) {
      idle_tag_ = tag;
      return put("+ idling\r\n");
    }
    if (is("LOGOUT")) {
      put("* BYE bye\r\n" + tag + " OK done\r\n");
      leaving_ = true;
      return;
    }
    if (is("LOGIN") || is("AUTHENTICATE")) ++logins;
    if (is("CAPABILITY")) put("* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n");
    if (is("STATUS")) put("* STATUS " + std::to_string(logins) + "\r\n");
    put(tag + " OK done\r\n");
  }

  void begin_append(const std::string& tag, std::string_view command) {
    const size_t brace = command.rfind('{');
    if (brace == std::string_view::npos) return;
    literal_ = static_cast<size_t>(std::strtoull(
        std::string(command.substr(brace + 1)).c_str(), nullptr, 10));
    append_tag_ = tag;
    put("+ go on\r\n");
  }

  // The empty rest of the command behind its literal.
  void finish_append() {
    if (!append_tag_.empty()) put(append_tag_ + " OK done\r\n");
    append_tag_.clear();
  }

  void put(std::string_view bytes) { out_ += bytes; }

  bool flush() {
    while (sent_ < out_.size()) {
      const ssize_t size =
          send(socket_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
      if (size < 0) return errno == EAGAIN;
      sent_ += static_cast<size_t>(size);
    }
    out_.clear();
    sent_ = 0;
    return true;
  }

  const int socket_;
  std::string line_;
  std::string out_;
  size_t sent_ = 0;
  size_t literal_ = 0;
  std::string idle_tag_;
  std::string append_tag_;
  bool leaving_ = false;
};

int listen_on(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  where.sin_port = htons(port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
      listen(fd, 4096) != 0) {
    std::perror("bench-sink");
    std::exit(1);
  }
  return fd;
}

void make_message(size_t size) {
  std::string body(size, 'x');
  for (size_t i = 78; i < size; i += 80)
    body.replace(i - 1, 2, "\r\n");
  message = "* 1 FETCH (UID 1 BODY[] {" + std::to_string(size) + "}\r\n" +
            body + ")\r\n";
}

void watch(int epoll, int operation, int fd, bool writing) {
  epoll_event event{};
  event.events = writing ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.fd = fd;
  epoll_ctl(epoll, operation, fd, &event);
}

class Server {
 public:
  explicit Server(uint16_t port) : listener_(listen_on(port)) {
    watch(epoll_, EPOLL_CTL_ADD, listener_, false);
  }

  [[noreturn]] void run() {
    epoll_event ready[256];
    for (;;) {
      const int count = epoll_wait(epoll_, ready, 256, -1);
      for (int i = 0; i < count; ++i) {
        if (ready[i].data.fd == listener_)
          accept_all();
        else
          advance(ready[i].data.fd);
      }
    }
  }

 private:
  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      peers_[fd] = std::make_unique<Peer>(fd);
      watch(epoll_, EPOLL_CTL_ADD, fd, false);
      advance(fd);
    }
  }

  void advance(int fd) {
    const auto found = peers_.find(fd);
    if (found == peers_.end()) return;
    const bool before = found->second->wants_write();
    if (!found->second->advance()) {
      peers_.erase(found);
      return;
    }
    const bool after = found->second->wants_write();
    if (before != after) watch(epoll_, EPOLL_CTL_MOD, fd, after);
  }

  const int listener_;
  const int epoll_ = epoll_create1(0);
  std::unordered_map<int, std::unique_ptr<Peer>> peers_;
};

}  // namespace

int main(int count, char** words) {
  if (count < 2) {
    std::fputs("usage: bench-sink PORT [OCTETS_OF_A_MESSAGE]\n", stderr);
    return 2;
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  make_message(count > 2 ? std::strtoull(words[2], nullptr, 10) : 1 << 20);
  Server(static_cast<uint16_t>(std::atoi(words[1]))).run();
}
