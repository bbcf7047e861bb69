#include "proxy/config/reader.h"

#include <doctest/doctest.h>

#include "config_text.h"

using namespace postern;

namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

Assignments read(std::string_view text, FileKind kind = FileKind::Global) {
  return read_settings({"f", std::string(text)}, kind);
}

Values values(const Assignments& assignments) {
  Values values;
  for (const Assignment& each : assignments.given)
    values.emplace_back(each.setting->name, each.value);
  return values;
}

// Of a text without problems.
Values values(std::string_view text) {
  const Assignments assignments = read(text);
  CHECK(texts_of(assignments.problems) == Texts{});
  return values(assignments);
}

Texts problems(std::string_view text, FileKind kind = FileKind::Global) {
  return texts_of(read(text, kind).problems);
}

Assignments arguments(const Texts& words) {
  return read_arguments(words);
}

}  // namespace

TEST_CASE("a setting is a key and the rest of the line") {
  CHECK(values("timeout 60\n") == Values{{"timeout", "60"}});
  CHECK(values("ok_line You  are so in \t\n") ==
        Values{{"ok_line", "You  are so in"}});
  CHECK(values("ok_line \"  in \"") == Values{{"ok_line", "  in "}});
  CHECK(values("ok_line ''") == Values{{"ok_line", ""}});
}

TEST_CASE("an equals sign may stand between key and value") {
  CHECK(values("timeout=60") == Values{{"timeout", "60"}});
  CHECK(values("timeout = 60") == Values{{"timeout", "60"}});
  CHECK(values("timeout =60") == Values{{"timeout", "60"}});
  CHECK(values("timeout= 60") == Values{{"timeout", "60"}});
  CHECK(values("ok_line=You are in") == Values{{"ok_line", "You are in"}});
  CHECK(values("ok_line=") == Values{{"ok_line", ""}});
  CHECK(values("ok_line== in") == Values{{"ok_line", "= in"}});
  CHECK(values("map_query SELECT a WHERE b = c") ==
        Values{{"map_query", "SELECT a WHERE b = c"}});
}

TEST_CASE("Perdition's quoting") {
  CHECK(values("ok_line pre'mid  '\"post  \"") ==
        Values{{"ok_line", "premid  post  "}});
  CHECK(values("query_key \\\\u,\\\\D\\\\d") ==
        Values{{"query_key", "\\u,\\D\\d"}});
  CHECK(values("ok_line one \\\n two # three") ==
        Values{{"ok_line", "one  two"}});
}

TEST_CASE("indentation and a missing last newline are fine") {
  CHECK(values("  timeout 5\n\tquiet") ==
        Values{{"timeout", "5"}, {"quiet", "yes"}});
}

TEST_CASE("a bare key switches on, and six words say which way") {
  CHECK(values("quiet") == Values{{"quiet", "yes"}});
  CHECK(values("quiet off\nlogin_disabled=TRUE") ==
        Values{{"quiet", "off"}, {"login_disabled", "TRUE"}});
  CHECK(problems("no_lookup\nquiet bogus\nquiet ''") ==
        Texts{"f:1: no_lookup: warning: no effect: addresses of clients are "
              "never looked up",
              "f:2: quiet: \"bogus\", expected nothing, or yes, no, on, off, "
              "true or false",
              "f:3: quiet: \"\", expected nothing, or yes, no, on, off, true "
              "or false"});
}

TEST_CASE("one letter is the short name") {
  CHECK(values("t 60\nO in\nq\nP IMAP4\nM ''") == Values{{"timeout", "60"},
                                                         {"ok_line", "in"},
                                                         {"quiet", "yes"},
                                                         {"protocol", "IMAP4"},
                                                         {"map_library", ""}});
  CHECK(problems("z 1\nT 60") ==
        Texts{"f:1: z: unknown setting", "f:2: T: unknown setting"});
}

TEST_CASE("aliases") {
  CHECK(values("server_ok_line\nssl_ca_accept_self_signed") ==
        Values{{"server_resp_line", "yes"},
               {"ssl_cert_accept_self_signed", "yes"}});
}

TEST_CASE("an unknown setting is an error, and reading goes on") {
  CHECK(problems("timeuot 5\nssl-mode none\nTimeout 5\n--quiet\nfoo bar\n") ==
        Texts{"f:1: timeuot: unknown setting, did you mean timeout?",
              "f:2: ssl-mode: unknown setting, did you mean ssl_mode?",
              "f:3: Timeout: unknown setting, did you mean timeout?",
              "f:4: --quiet: unknown setting, did you mean quiet?",
              "f:5: foo: unknown setting"});
  const Assignments assignments = read("foo\ntimeout 5");
  CHECK(values(assignments) == Values{{"timeout", "5"}});
  CHECK(assignments.problems.size() == 1);
}

TEST_CASE("a missing value does not swallow the next line") {
  const Assignments assignments = read("timeout\nquiet\n");
  CHECK(texts_of(assignments.problems) ==
        Texts{"f:1: timeout: has no value, expected TIME"});
  CHECK(values(assignments) == Values{{"quiet", "yes"}});
  REQUIRE(assignments.failed.size() == 1);
  CHECK(assignments.failed.front()->name == "timeout");
}

TEST_CASE("every problem is told, in the order of the lines") {
  CHECK(problems("timeout x\nok_line 'open\nbogus\nlisten_port 0\n") ==
        Texts{"f:1: timeout: \"x\", expected seconds, or a number with one of "
              "the units ms, s, m, h",
              "f:2: the quote ' is not closed", "f:3: bogus: unknown setting",
              "f:4: listen_port: \"0\", expected a port from 1 to 65535, or "
              "imap, imaps, pop3 or pop3s"});
}

TEST_CASE("a joined line counts from where it began") {
  CHECK(problems("\n\ntimeout \\\n \\\n x\nbogus") ==
        Texts{"f:3: timeout: \"x\", expected seconds, or a number with one of "
              "the units ms, s, m, h",
              "f:6: bogus: unknown setting"});
}

TEST_CASE("settings of the daemon stay out of a service's file") {
  CHECK(problems("threads 2\nu nobody\ntimeout 5", FileKind::Service) ==
        Texts{"f:1: threads: belongs to the daemon, expected in the global "
              "file",
              "f:2: username: belongs to the daemon, expected in the global "
              "file"});
}

TEST_CASE("connection_limit means what its file is about") {
  const Assignments global = read("connection_limit 5");
  const Assignments service = read("connection_limit 5", FileKind::Service);
  REQUIRE(global.given.size() == 1);
  REQUIRE(service.given.size() == 1);
  CHECK(global.given[0].setting->scope == Scope::Global);
  CHECK(service.given[0].setting->scope == Scope::Service);
}

TEST_CASE("what is not there yet is not accepted silently") {
  CHECK(problems("authenticate_in\ninetd_mode\nmanagesieve_capability x") ==
        Texts{"f:1: authenticate_in: not available yet: authentication by PAM",
              "f:2: inetd_mode: not available yet: being started by inetd",
              "f:3: managesieve_capability: not available yet: ManageSieve"});
}

TEST_CASE("passwords are not logged, whatever a file says") {
  CHECK(problems("log_passwd never").empty());
  CHECK(problems("log_passwd fail\nconnection_logging\nC") ==
        Texts{"f:1: log_passwd: \"fail\", expected never: Postern does not "
              "write passwords down, whatever the reason",
              "f:2: connection_logging: refused: it writes passwords and mail "
              "into the log",
              "f:3: connection_logging: refused: it writes passwords and mail "
              "into the log"});
}

TEST_CASE("a value holds no control characters but tabs") {
  CHECK(problems("ok_line a\x01z\nmap_query a\tb\ngreeting a\rb") ==
        Texts{"f:1: ok_line: \"a\\x01z\" holds a control character, expected "
              "none",
              "f:3: greeting: \"a\\x0db\" holds a control character, expected "
              "none"});
}

TEST_CASE("arguments are settings too") {
  const Assignments given =
      arguments({"--timeout", "5", "--ssl_mode=none", "-P", "IMAP4", "-F+",
                 "-q", "--debug=off", "--map_library", ""});
  CHECK(texts_of(given.problems) == Texts{});
  CHECK(values(given) == Values{{"timeout", "5"},
                                {"ssl_mode", "none"},
                                {"protocol", "IMAP4"},
                                {"log_facility", "+"},
                                {"quiet", "yes"},
                                {"debug", "off"},
                                {"map_library", ""}});
  CHECK(to_text(given.given[0].where) == "command line");
}

TEST_CASE("arguments that make no sense") {
  CHECK(texts_of(arguments({"--tiemout=5", "word", "--quiet=x", "-", "--",
                            "--t", "5", "-Z", "--timeout"})
                     .problems) ==
        Texts{"command line: tiemout: unknown setting, did you mean timeout?",
              "command line: \"word\" is no option, expected --NAME VALUE",
              "command line: quiet: \"x\", expected nothing, or yes, no, on, "
              "off, true or false",
              "command line: \"-\" is no option, expected --NAME VALUE",
              "command line: \"--\" is no option, expected --NAME VALUE",
              "command line: --t: unknown setting",
              "command line: \"5\" is no option, expected --NAME VALUE",
              "command line: Z: unknown setting",
              "command line: timeout: has no value, expected TIME"});
}
