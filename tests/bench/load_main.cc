// Load for the comparison of proxies: clients that log in, stay, fetch or
// append, and one line of JSON about how it went.
//
//   bench-load MODE --port N [--tls plain|implicit|starttls] [--clients N]
//     [--seconds S] [--resume] [--rate LOGINS_PER_SECOND] [--size OCTETS]
//     [--held N] [--pings PER_SECOND] [--users N]
//
// login  log in, NOOP, LOGOUT, over and over
// idle   hold `held` clients in IDLE and ping them by DONE and IDLE; says
//        "HOLDING" when all are there
// fetch  download one message again and again; append uploads it

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <sys/resource.h>
#include <type_traits>

#include "tests/bench/load.h"

namespace bench {
namespace {

SSL_CTX* make_tls() {
  SSL_CTX* tls = SSL_CTX_new(TLS_client_method());
  // Backends of tests sign for themselves.
  SSL_CTX_set_verify(tls, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set1_groups_list(tls, "X25519:P-256");
  SSL_CTX_set_session_cache_mode(
      tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS |
                            SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_sess_set_new_cb(tls, [](SSL* ssl, SSL_SESSION* session) {
    static_cast<Client*>(SSL_get_app_data(ssl))->keep(session);
    return 1;
  });
  return tls;
}

[[noreturn]] void usage(const char* why) {
  std::fprintf(stderr, "bench-load: %s\n", why);
  std::exit(2);
}

Tls tls_word(const std::string& word) {
  if (word == "plain") return Tls::Plain;
  if (word == "implicit") return Tls::Implicit;
  if (word == "starttls") return Tls::Starttls;
  usage("--tls is plain, implicit or starttls");
}

Options read_options(int count, char** words) {
  Options options;
  const auto number = [](auto& field) {
    return [&field](const char* text) {
      field = static_cast<std::remove_reference_t<decltype(field)>>(
          std::atof(text));
    };
  };
  const std::map<std::string, std::function<void(const char*)>> known = {
      {"--port", number(options.target.port)},
      {"--tls", [&](const char* text) { options.tls = tls_word(text); }},
      {"--clients", number(options.clients)},
      {"--seconds", number(options.seconds)},
      {"--rate", number(options.rate)},
      {"--size", number(options.size)},
      {"--held", number(options.held)},
      {"--pings", number(options.pings)},
      {"--users", number(options.users)}};
  if (count < 2) usage("which of login, idle, fetch, append?");
  options.mode = words[1];
  for (int i = 2; i < count; ++i) {
    const std::string name = words[i];
    if (name == "--resume") {
      options.resume = true;
      continue;
    }
    const auto found = known.find(name);
    if (found == known.end()) usage("unknown option");
    if (++i == count) usage("a value is missing");
    found->second(words[i]);
  }
  return options;
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
  bench::Options options = bench::read_options(count, words);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  SSL_CTX* const tls = bench::make_tls();
  options.target.tls = tls;
  const int status = bench::Load(options).run();
  SSL_CTX_free(tls);
  return status;
}
