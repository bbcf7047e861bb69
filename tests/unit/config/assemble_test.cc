#include "proxy/config/assemble.h"

#include <doctest/doctest.h>

#include "config_text.h"

using namespace postern;

namespace {

// A service of `protocol` that says nothing else.
ServiceOptions service(const std::string& protocol, const std::string& more) {
  const Configuration result =
      configure_all("ssl_cert_file /c\nssl_key_file /k\noutgoing_server a",
                    {{"a", "protocol " + protocol + "\n" + more}});
  CHECK(texts_of(result.problems) == Texts{});
  return result.options.services.at(0);
}

ServiceOptions imap(const std::string& more) {
  return service("IMAP4", more);
}

Texts problems(const std::string& text) {
  return texts_of(configure(text).problems);
}

using Upgrade = BackOptions::Upgrade;

// What ssl_mode comes to, in one word for each side.
std::string sides(const ServiceOptions& options) {
  const SslMode& mode = options.ssl;
  std::string front = mode.listen           ? "ssl"
                      : mode.starttls_force ? "tls!"
                      : mode.starttls       ? "tls"
                                            : "plain";
  const std::string back = mode.outgoing                  ? "ssl"
                           : mode.outgoing_starttls_force ? "tls!"
                           : mode.outgoing_starttls       ? "tls"
                                                          : "plain";
  return front + " " + back;
}

}  // namespace

TEST_CASE("every word of ssl_mode") {
  CHECK(sides(imap("")) == "plain plain");
  CHECK(sides(imap("ssl_mode none")) == "plain plain");
  CHECK(sides(imap("ssl_mode ssl_listen")) == "ssl plain");
  CHECK(sides(imap("ssl_mode ssl_outgoing")) == "plain ssl");
  CHECK(sides(imap("ssl_mode ssl_all")) == "ssl ssl");
  CHECK(sides(imap("ssl_mode tls_listen")) == "tls plain");
  CHECK(sides(imap("ssl_mode tls_outgoing")) == "plain tls");
  CHECK(sides(imap("ssl_mode tls_all")) == "tls tls");
  CHECK(sides(imap("ssl_mode tls_listen_force")) == "tls! plain");
  CHECK(sides(imap("ssl_mode tls_outgoing_force")) == "plain tls!");
  CHECK(sides(imap("ssl_mode tls_all_force")) == "tls! tls!");
  CHECK(sides(imap("ssl_mode ssl_listen, tls_outgoing")) == "ssl tls");
  CHECK(sides(imap("ssl_mode tls_listen\nssl_mode tls_listen_force")) ==
        "tls! plain");
}

TEST_CASE("an unset ssl_mode is TLS for the protocols that are") {
  CHECK(sides(service("IMAP4S", "")) == "ssl ssl");
  CHECK(sides(service("POP3S", "ssl_mode ''")) == "ssl ssl");
  CHECK(sides(service("POP3S", "ssl_mode none")) == "plain plain");
  CHECK(sides(service("IMAP4S", "ssl_mode ssl_listen")) == "ssl plain");
  CHECK(sides(service("POP3", "")) == "plain plain");
}

TEST_CASE("the engines learn of it") {
  CHECK_FALSE(imap("").front.offer_tls);
  CHECK_FALSE(imap("ssl_mode ssl_listen").front.offer_tls);
  CHECK(imap("ssl_mode tls_listen").front.offer_tls);
  CHECK_FALSE(imap("ssl_mode tls_listen").front.require_tls);
  CHECK(imap("ssl_mode tls_listen_force").front.offer_tls);
  CHECK(imap("ssl_mode tls_listen_force").front.require_tls);
  CHECK(imap("ssl_mode ssl_outgoing").back.dialogue.upgrade == Upgrade::Never);
  CHECK(imap("ssl_mode tls_outgoing").back.dialogue.upgrade ==
        Upgrade::IfOffered);
  CHECK(imap("ssl_mode tls_outgoing_force").back.dialogue.upgrade ==
        Upgrade::Required);
  CHECK(imap("ssl_mode tls_listen").tls_front.alpn == "imap");
}

TEST_CASE("ports follow the protocol and the TLS of their side") {
  const auto ports = [](const ServiceOptions& options) {
    return std::pair(options.listen_port, options.back.port);
  };
  using Ports = std::pair<uint16_t, uint16_t>;
  CHECK(ports(imap("")) == Ports{143, 143});
  CHECK(ports(imap("ssl_mode tls_all")) == Ports{143, 143});
  CHECK(ports(imap("ssl_mode ssl_outgoing")) == Ports{143, 993});
  CHECK(ports(service("IMAP4S", "")) == Ports{993, 993});
  CHECK(ports(service("IMAP4S", "ssl_mode ssl_listen")) == Ports{993, 143});
  CHECK(ports(service("POP3S", "ssl_mode ssl_listen")) == Ports{995, 110});
  CHECK(ports(service("POP3S", "ssl_mode ssl_listen,tls_outgoing")) ==
        Ports{995, 110});
  CHECK(ports(service("POP3", "listen_port 1110\noutgoing_port pop3s")) ==
        Ports{1110, 995});
}

TEST_CASE("an ssl_mode that contradicts itself") {
  CHECK(problems(kService + "ssl_mode ssl_listen\nssl_mode tls_listen") ==
        Texts{"c/postern.conf:4: ssl_mode: ssl_listen contradicts tls_listen, "
              "expected TLS from the first byte or by STARTTLS, not both"});
  CHECK(problems(kService + "ssl_mode ssl_outgoing,tls_outgoing_force")
            .at(0)
            .find("ssl_outgoing contradicts tls_outgoing") !=
        std::string::npos);
  CHECK(problems(kService + "ssl_mode none,tls_outgoing")
            .at(0)
            .find("none contradicts") != std::string::npos);
  CHECK(problems(kService + "ssl_mode tls_listne")
            .at(0)
            .find("\"tls_listne\", expected none, ssl_listen, ") !=
        std::string::npos);
}

TEST_CASE("a side that listens with TLS needs a certificate and a key") {
  CHECK(problems(kService + "ssl_mode tls_listen") ==
        Texts{"c/postern.conf: ssl_cert_file: not set, expected a PEM file: "
              "ssl_mode is tls_listen",
              "c/postern.conf: ssl_key_file: not set, expected a PEM file: "
              "ssl_mode is tls_listen"});
  CHECK(problems(kService + "ssl_mode ssl_outgoing").empty());
}

TEST_CASE("a service needs a protocol and a place to send users to") {
  CHECK(texts_of(configure_all("", {{"a", "timeout 1h"}}).problems) ==
        Texts{"c/conf.d/a.conf: outgoing_server: not set, and no map either, "
              "expected a place to send users to",
              "c/conf.d/a.conf: protocol: not set, expected IMAP4, IMAP4S, "
              "POP3 or POP3S"});
  CHECK(problems("protocol IMAP4\nclient_server_specification").empty());
  CHECK(problems("protocol IMAP4\nmap text /a").empty());
}

TEST_CASE("what failed is not called missing as well") {
  CHECK(problems("protocol IMAP4\nmap bogus /a").size() == 1);
  CHECK(problems("protocol IMAP4\noutgoing_server a:b").size() == 1);
  CHECK(problems("protocol bogus\noutgoing_server a").size() == 1);
  CHECK(problems("protocol IMAP4\nmap_library x\nmap_library_opt y").size() ==
        1);
}

TEST_CASE("a domain to add has to be named") {
  CHECK(problems(kService + "add_domain all,1") ==
        Texts{"c/postern.conf:3: add_domain: there is no domain to add, "
              "expected explicit_domain too: the address is not looked up"});
  const ServiceOptions options = imap(
      "add_domain remote_login,2\nexplicit_domain example.com\n"
      "lower_case all\ndomain_delimiter %%");
  CHECK(options.names.add_domain == kRemoteLogin);
  CHECK(options.names.explicit_domain == "example.com");
  CHECK(options.names.lower_case == kAllStates);
  CHECK(options.lookup.delimiter == "%%");
}

TEST_CASE("masters are told apart as the backends do it") {
  const ServiceOptions options = imap("sasl_authzid\nmaster_user_separator *");
  CHECK(options.front.for_others);
  CHECK(options.front.master_separator == '*');
  CHECK(options.back.master_separator == '*');
  CHECK(imap("").front.master_separator == '\0');
  CHECK(problems(kService + "master_user_separator @") ==
        Texts{"c/postern.conf:3: master_user_separator: this is in "
              "domain_delimiter too, expected another character"});
  for (const char* wrong : {"a", "**", "\"\\\"\"", "' '", "7"})
    CHECK(problems(kService + "master_user_separator " + wrong).size() == 1);
}

TEST_CASE("EXTERNAL needs a certificate, and a way on from here") {
  const std::string base = kService +
                           "ssl_mode tls_listen\nssl_cert_file /c\n"
                           "ssl_key_file /k\nssl_ca_file /ca\n";
  const std::string external = "sasl_mechanisms PLAIN,EXTERNAL\n";
  const std::string asking = "ssl_client_cert_verify optional\n";
  const std::string master = "master_user m\nmaster_password_file /p\n";
  const auto says = [](const Texts& texts, std::string_view part) {
    CAPTURE(texts);
    return texts.size() == 1 && texts[0].find(part) != std::string::npos;
  };
  CHECK(problems(base + external + asking + master).empty());
  CHECK(says(problems(base + external + master),
             ":7: sasl_mechanisms: EXTERNAL goes by the client's certificate"));
  CHECK(says(problems(base + external + asking),
             "leaves us without a password for the backends"));
  CHECK(says(problems(base + external + asking + master +
                      "client_server_specification\n"),
             "does not go with client_server_specification"));
  const std::string shown =
      "ssl_outgoing_cert_file /c\nssl_outgoing_key_file /k\n";
  CHECK(says(problems(base + external + asking + shown), "without a password"));
  CHECK(problems(base + external + asking + shown + "ssl_mode ssl_outgoing\n")
            .empty());
  CHECK(says(problems(base + external + asking + master +
                      "pool p a master_user='' master_password_file=''\n"),
             "sasl_mechanisms: warning: who logs in by EXTERNAL has no way "
             "into pool p"));
  CHECK(problems(base + external + asking +
                 "pool p a master_user=m master_password_file=/p\n")
            .empty());
}

TEST_CASE("a master needs a password, and nobody to listen") {
  CHECK(problems(kService + "master_user m") ==
        Texts{"c/postern.conf:3: master_user: master_password_file is not "
              "set, expected both"});
  CHECK(problems(kService + "master_password_file /p") ==
        Texts{"c/postern.conf:3: master_password_file: master_user is not "
              "set, expected both"});
  const Texts clear =
      problems(kService +
               "ssl_mode tls_outgoing\nmaster_user m\nmaster_password_file /p");
  REQUIRE(clear.size() == 1);
  CHECK(clear[0].starts_with(
      "c/postern.conf:4: master_user: tls_outgoing goes on in the clear"));
}

TEST_CASE("maps learn what concerns them all") {
  const ServiceOptions options = imap(
      "map sqlite /a\nmap text /b c\nmap_query SELECT 1\n"
      "map_timeout 3s\ndomain_delimiter +\nmap_cache_size 5\n"
      "map_cache_time 1s\nmap_cache_negative_time 2s\n"
      "map_cache_stale_time 3s");
  REQUIRE(options.lookup.maps.size() == 2);
  const MapOptions& sqlite = options.lookup.maps[0];
  const MapOptions& text = options.lookup.maps[1];
  CHECK(sqlite.query == "SELECT 1");
  CHECK(sqlite.timeout_ms == 3000);
  CHECK(sqlite.delimiter == "+");
  CHECK(text.query.empty());
  CHECK(text.argument == "/b c");
  CHECK(options.timeouts.lookup == 3000);
  CHECK(options.lookup.cache.max_entries == 5);
  CHECK(options.lookup.cache.positive_ms == 1000);
  CHECK(options.lookup.cache.negative_ms == 2000);
  CHECK(options.lookup.cache.stale_ms == 3000);
}

TEST_CASE("a query needs a map to ask") {
  CHECK(problems(kService + "map_query SELECT 1") ==
        Texts{"c/postern.conf:3: map_query: there is no map of type sqlite to "
              "use it with"});
  // As a default for all services it is no mistake.
  CHECK(
      configure_all("map_query SELECT 1", {{"a", kService}}).problems.empty());
}

TEST_CASE("Perdition's libraries are maps") {
  const auto maps = [](const std::string& text) {
    return imap(text).lookup.maps;
  };
  const std::string library =
      "map_library /usr/lib/x86_64-linux-gnu/libperditiondb_posix_regex.so.0\n";
  REQUIRE(maps(library).size() == 1);
  CHECK(maps(library)[0].type == "regex");
  CHECK(maps(library)[0].argument == "/etc/perdition/popmap.re");
  CHECK(maps(library + "map_library_opt /x")[0].argument == "/x");
  CHECK(maps("M libperditiondb_posix_regex.so.0.0.0\nm /x")[0].argument ==
        "/x");
  CHECK(maps("map_library ''").empty());
}

TEST_CASE("libraries that have no map here say what to use") {
  const auto says = [](const std::string& library) {
    return problems("protocol IMAP4\nmap_library " + library).at(0);
  };
  CHECK(says("/usr/lib/libperditiondb_gdbm.so.0") ==
        "c/postern.conf:2: map_library: there is no map of the kind gdbm here, "
        "expected \"map text FILE\" with the file it was made from, or \"map "
        "sqlite FILE\"");
  CHECK(says("libperditiondb_mysql.so.0").find("map sqlite FILE") !=
        std::string::npos);
  CHECK(says("libperditiondb_ldap.so").find("kind ldap") != std::string::npos);
  CHECK(says("/opt/mine.so").find("none of Perdition's libraries") !=
        std::string::npos);
}

TEST_CASE("map and map_library do not mix") {
  const std::string library = "map_library libperditiondb_posix_regex.so\n";
  CHECK(problems("protocol IMAP4\nmap text /a\n" + library) ==
        Texts{"c/postern.conf:3: map_library: map is used too, expected only "
              "one of them"});
  CHECK(problems(kService + "map_library_opt /a") ==
        Texts{"c/postern.conf:3: map_library_opt: there is no map_library it "
              "belongs to, expected \"map TYPE ARGUMENT\""});

  // A service's file stands above the global one.
  const auto maps = [](const std::string& global, const std::string& own) {
    const Configuration result = configure_all(global, {{"a", kService + own}});
    CHECK(texts_of(result.problems) == Texts{});
    return result.options.services[0].lookup.maps;
  };
  CHECK(maps("map text /a", library).at(0).type == "regex");
  CHECK(maps(library + "m /b", "map text /a").at(0).type == "text");
  CHECK(maps(library, "map_library_opt /b").at(0).argument == "/b");
  CHECK(maps("map text /a", "map_library ''").empty());
}

TEST_CASE("capabilities go by the protocol") {
  const std::string both = "imap_capability A B\npop_capability C.D\n";
  CHECK(service("IMAP4", both).front.capability == "A B");
  CHECK(service("POP3S", both + "ssl_mode none").front.capability == "C.D");
  CHECK(service("IMAP4", "I E\npop_capability C").front.capability == "E");
  CHECK(service("POP3", both + "capability E").front.capability == "C.D");
  CHECK(service("POP3", "").front.capability.empty());
}

TEST_CASE("the text after a login") {
  CHECK(imap("").front.pass_backend_text);
  CHECK(imap("").front.ok_line.empty());
  CHECK(imap("ok_line You are in").front.ok_line == "You are in");
  CHECK(imap("ok_line You are in").front.pass_backend_text);
  CHECK(imap("ok_line You are in\nserver_resp_line").front.ok_line.empty());
  CHECK_FALSE(imap("server_resp_line no").front.pass_backend_text);
  CHECK(imap("ok_line in\no no").front.ok_line == "in");
}

TEST_CASE("the log is as loud as it is told to be") {
  const auto least = [](const std::string& text) {
    return configure(kService + text).options.log.least;
  };
  CHECK(least("") == LogLevel::Info);
  CHECK(least("quiet") == LogLevel::Error);
  CHECK(least("debug") == LogLevel::Debug);
  CHECK(least("debug\nquiet") == LogLevel::Debug);
}

TEST_CASE("a group without a user") {
  CHECK(problems(kService + "group mail") ==
        Texts{"c/postern.conf:3: group: username is not set, expected both"});
  CHECK(problems(kService + "group mail\nusername nobody").empty());
}

TEST_CASE("every option can be set") {
  const Configuration result = configure_all(
      "threads 2\nusername u\ngroup g\npid_file /p\ndrain_timeout 1m\n"
      "log_facility /log\nlog_format perdition\nlog_ident i\n"
      "log_queue_size 8k\nsyslog_socket /s\nquiet",
      {{"a", kService +
                 "tcp_keepalive off\ntcp_keepalive_time 9\ngreeting Hi\n"
                 "login_disabled\nsasl_mechanisms PLAIN\n"
                 "ssl_passphrase_file /p\nssl_ca_chain_file /c\n"
                 "ssl_listen_ciphers A\nssl_listen_min_proto_version tlsv1.2\n"
                 "ssl_listen_max_proto_version tlsv1.3\n"
                 "ssl_no_cipher_server_preference\nssl_ca_file /f\n"
                 "ssl_ca_path /d\nssl_cert_accept_self_signed\n"
                 "ssl_cert_accept_expired\nssl_cert_accept_not_yet_valid\n"
                 "ssl_cert_verify_depth 3\nssl_no_cert_verify\n"
                 "ssl_no_cn_verify\nssl_outgoing_ciphers B\n"
                 "ssl_outgoing_min_proto_version tlsv1\n"
                 "ssl_outgoing_max_proto_version tlsv1.1\n"
                 "ssl_crl_file /r\nssl_outgoing_name n\nssl_outgoing_pin "
                 "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
                 "username_from_database\nquery_key \\\\u,\\\\U\n"
                 "authenticate_timeout 1\nssl_handshake_timeout 2\n"
                 "connect_timeout 3\nbackend_login_timeout 4\ntimeout 5\n"
                 "close_timeout 6\nauth_failure_delay 7\nconnect_relog 8\n"
                 "max_logging_in_per_ip 1\nmax_bad_commands 2\n"
                 "max_login_attempts 4\nmax_commands 6\nmax_line_size 600\n"
                 "max_literal_size 700\nmax_tag_size 8\nmax_user_size 9\n"
                 "max_password_size 10\nmax_id_size 2000\n"
                 "max_backend_line_size 900\nmax_backend_reply_size 1000\n"
                 "max_backend_reply_lines 11\nwatermark 5000\n"}});
  CHECK(texts_of(result.problems) == Texts{});
  const ServerOptions& server = result.options;
  CHECK(server.threads == 2);
  CHECK(server.username == "u");
  CHECK(server.group == "g");
  CHECK(server.pid_file == "/p");
  CHECK(server.drain_seconds == 60);
  CHECK(server.quiet);
  CHECK(server.log.facility == "/log");
  CHECK(server.log.format == LogFormat::Perdition);
  CHECK(server.log.ident == "i");
  CHECK(server.log.queue_bytes == 8192);
  CHECK(server.log.syslog_path == "/s");

  const ServiceOptions& options = server.services.at(0);
  CHECK_FALSE(options.tcp_keepalive);
  CHECK(options.keepalive_seconds == 9);
  CHECK(options.username_from_database);
  CHECK(options.failure_delay_ms == 7000);
  CHECK(options.relog_seconds == 8);
  CHECK(options.lookup.key_formats == std::vector<std::string>{"\\u", "\\U"});

  const FrontOptions& front = options.front;
  CHECK(front.greeting == "Hi");
  CHECK(front.login_disabled);
  CHECK(front.mechanisms == std::vector<std::string>{"PLAIN"});
  CHECK(front.max_bad_commands == 2);
  CHECK(front.max_logins == 4);
  CHECK(front.max_commands == 6);
  CHECK(front.max_line == 600);
  CHECK(front.max_literal == 700);
  CHECK(front.max_tag == 8);
  CHECK(front.max_user == 9);
  CHECK(front.max_password == 10);
  CHECK(front.max_id == 2000);
  CHECK(options.back.dialogue.max_line == 900);
  CHECK(options.back.dialogue.max_total == 1000);
  CHECK(options.back.dialogue.max_lines == 11);
  CHECK(options.limits.logging_in_per_ip == 1);
  CHECK(options.limits.watermark == 5000);

  const Timeouts& timeouts = options.timeouts;
  CHECK(timeouts.login == 1000);
  CHECK(timeouts.handshake == 2000);
  CHECK(timeouts.connect == 3000);
  CHECK(timeouts.back_login == 4000);
  CHECK(timeouts.idle == 5000);
  CHECK(timeouts.linger == 6000);

  const TlsServerOptions& listen = options.tls_front;
  CHECK(listen.passphrase_file == "/p");
  CHECK(listen.chain_file == "/c");
  CHECK(listen.ciphers == "A");
  CHECK(listen.min_version == "tlsv1.2");
  CHECK(listen.max_version == "tlsv1.3");
  CHECK_FALSE(listen.server_preference);

  const TlsClientOptions& outgoing = options.back.tls;
  CHECK(outgoing.ca_file == "/f");
  CHECK(outgoing.ca_path == "/d");
  CHECK(outgoing.accept_self_signed);
  CHECK(outgoing.accept_expired);
  CHECK(outgoing.accept_not_yet_valid);
  CHECK(outgoing.verify_depth == 3);
  CHECK_FALSE(outgoing.verify_chain);
  CHECK_FALSE(outgoing.verify_name);
  CHECK(outgoing.ciphers == "B");
  CHECK(outgoing.min_version == "tlsv1");
  CHECK(outgoing.max_version == "tlsv1.1");
  CHECK(outgoing.crl_file == "/r");
  CHECK(outgoing.name == "n");
  CHECK(outgoing.pins.size() == 1);
}
