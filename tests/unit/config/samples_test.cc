// Files as administrators have them: the samples that come with Postern, and
// Perdition's as they are found in the wild.

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "config_text.h"

using namespace postern;

namespace {

std::string sample(const std::string& name) {
  std::ifstream file(POSTERN_SOURCE "/conf.d/" + name);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the samples of the four services") {
  const Configuration result = configure_all(sample("postern.conf.sample"),
                                             {{"imap4", sample("imap4.conf")},
                                              {"imap4s", sample("imap4s.conf")},
                                              {"pop3", sample("pop3.conf")},
                                              {"pop3s", sample("pop3s.conf")}});
  CHECK(texts_of(result.problems) == Texts{});
  REQUIRE(result.options.services.size() == 4);
  for (const ServiceOptions& service : result.options.services) {
    CAPTURE(service.name);
    const bool implicit = service.protocol->implicit_tls;
    CHECK(service.listen_port == service.protocol->listen_port);
    CHECK(service.back.port == service.protocol->clear_port);
    CHECK(service.ssl.listen == implicit);
    CHECK(service.ssl.starttls_force == !implicit);
    CHECK(service.lookup.maps.size() == 1);
  }
}

TEST_CASE("Perdition's recipe for TLS in front of a plain server") {
  const std::string files =
      "\nssl_cert_file /etc/perdition/perdition.crt.pem\n"
      "ssl_key_file /etc/perdition/perdition.key.pem\n"
      "outgoing_server mail.example\n";
  const Configuration result = configure_all(
      "", {{"imap4", "protocol IMAP4\nssl_mode tls_listen" + files},
           {"imap4s", "protocol IMAP4S\nssl_mode ssl_listen" + files},
           {"pop3", "protocol POP3\nssl_mode tls_listen" + files},
           {"pop3s", "protocol POP3S\nssl_mode ssl_listen" + files}});
  CHECK(texts_of(result.problems) == Texts{});
  std::vector<uint16_t> listening;
  std::vector<uint16_t> backends;
  for (const ServiceOptions& service : result.options.services) {
    listening.push_back(service.listen_port);
    backends.push_back(service.back.port);
  }
  CHECK(listening == std::vector<uint16_t>{143, 993, 110, 995});
  CHECK(backends == std::vector<uint16_t>{143, 143, 110, 110});
}

TEST_CASE("a file for one protocol that moves users by domain") {
  const Configuration result = configure(R"(
# Domains to their servers.
protocol           IMAP4
bind_address       0.0.0.0:143,[::]:143
log_facility       mail
M /usr/lib/x86_64-linux-gnu/libperditiondb_posix_regex.so.0.0.0
m /etc/perdition/popmap.re
strip_domain       remote_login
ssl_mode           tls_listen
ssl_cert_file      /etc/ssl/mail.pem
ssl_key_file       /etc/ssl/mail.key
ssl_no_cert_verify
ssl_no_cn_verify
ok_line            "Come in, \"mate\""
timeout            2400
no_lookup
)");
  CHECK(texts_of(result.problems) ==
        Texts{"c/postern.conf:16: no_lookup: warning: no effect: addresses of "
              "clients are never looked up"});
  REQUIRE(result.usable());
  const ServiceOptions& service = result.options.services.at(0);
  CHECK(service.listen.size() == 2);
  CHECK(service.front.ok_line == "Come in, \"mate\"");
  CHECK(service.names.strip_domain == kRemoteLogin);
  CHECK(service.timeouts.idle == 2400000);
  CHECK_FALSE(service.back.tls.verify_chain);
}

TEST_CASE("a file with a map that is not there") {
  const Configuration result = configure(R"(
protocol POP3
lower_case all
explicit_domain example.net
add_domain servername_lookup
map_library /usr/lib/libperditiondb_mysql.so.0
map_library_opt localhost:3306:users:popmap:reader:secret
outgoing_server 192.0.2.5
pop_capability UIDL.USER.TOP
)");
  REQUIRE(result.problems.size() == 1);
  CHECK(texts_of(result.problems)[0].starts_with(
      "c/postern.conf:6: map_library: there is no map of the kind mysql"));
}
