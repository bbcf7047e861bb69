// postern-sample-server: a small mail server to put behind Postern, for the
// demonstration and for tests.  Plain text on loopback, one thread a client,
// mail kept in memory.  Not for anybody's real mail.

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <span>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "proxy/base/address.h"
#include "proxy/base/ascii.h"
#include "tests/sample/imap_server.h"
#include "tests/sample/pop3_server.h"

namespace postern::sample {

namespace {

constexpr const char* kUsage =
    "usage: postern-sample-server [option value]... [user:password]...\n"
    "  --imap PORT          IMAP (default 0: any free port)\n"
    "  --pop3 PORT          POP3 (default 0: any free port)\n"
    "  --name NAME          how the server calls itself (default: sample)\n"
    "  --listen ADDRESS     default: 127.0.0.1\n"

    "  --message-size N     octets of the message every mailbox begins with\n"
    "Prints \"NAME: imap PORT pop3 PORT\" when it is ready.\n";

struct Options {
  std::string imap = "0";
  std::string pop3 = "0";
  std::string name = "sample";
  std::string listen = "127.0.0.1";
  std::string message_size = "0";
};

struct Row {
  std::string_view option;
  std::string Options::*field;
};
constexpr std::array kRows = {
    Row{"--imap", &Options::imap},
    Row{"--pop3", &Options::pop3},
    Row{"--name", &Options::name},
    Row{"--listen", &Options::listen},
    Row{"--message-size", &Options::message_size},
};

using Serve = void (*)(ClientConnection&, MailStore&);

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "postern-sample-server: %s\n", why.c_str());
  std::_Exit(1);
}

uint64_t number(const std::string& text, uint64_t most) {
  const auto value = parse_number(text, most);
  if (!value) give_up(text + " is not a number up to " + std::to_string(most));
  return *value;
}

void add_user(MailStore& store, const std::string& line) {
  const size_t colon = line.find(':');
  if (colon == std::string::npos) give_up(line + ": expected user:password");
  store.add_user(line.substr(0, colon), line.substr(colon + 1));
}

struct Listening {
  int fd;
  uint16_t port;
};

Listening listen_on(const std::string& ip, const std::string& port) {
  const auto where =
      Address::parse(ip, static_cast<uint16_t>(number(port, UINT16_MAX)));
  if (!where) give_up(ip + " is not an IP address");
  const int fd =
      socket(where->v6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (bind(fd, where->raw(), where->raw_size()) != 0 ||
      listen(fd, SOMAXCONN) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0)
    give_up(where->text() + ": " + std::generic_category().message(errno));
  return {fd, Address::from(reinterpret_cast<sockaddr*>(&bound)).port()};
}

[[noreturn]] void accept_clients(int listening, Serve serve, MailStore& store) {
  for (;;) {
    const int fd = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) {  // most likely too many clients: wait for one to leave
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      continue;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::thread([fd, serve, &store] {
      ClientConnection client(fd);
      serve(client, store);
    }).detach();
  }
}

void allow_many_clients() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

[[noreturn]] void run(const Options& options,
                      std::span<const std::string> users) {
  allow_many_clients();
  MailStore store(options.name, number(options.message_size, 256 << 20));
  for (const std::string& user : users)
    add_user(store, user);
  const Listening imap = listen_on(options.listen, options.imap);
  const Listening pop3 = listen_on(options.listen, options.pop3);
  std::printf("%s: imap %u pop3 %u\n", options.name.c_str(), imap.port,
              pop3.port);
  std::fflush(stdout);
  std::thread(accept_clients, pop3.fd, serve_pop3, std::ref(store)).detach();
  accept_clients(imap.fd, serve_imap, store);
}

}  // namespace

}  // namespace postern::sample

int main(int argc, char** argv) {
  using namespace postern::sample;
  const std::span arguments(argv, static_cast<size_t>(argc));
  Options options;
  std::vector<std::string> users;
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    const auto* row = std::find_if(kRows.begin(), kRows.end(),
                                   [&](Row r) { return r.option == word; });
    if (row != kRows.end() && i + 1 < arguments.size()) {
      options.*row->field = arguments[++i];
    } else if (!word.starts_with('-')) {
      users.emplace_back(word);
    } else {
      std::fputs(kUsage, word == "--help" ? stdout : stderr);
      return word == "--help" ? 0 : 2;
    }
  }
  run(options, users);
}
