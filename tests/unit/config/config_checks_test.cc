#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <doctest/doctest.h>

#include "config_text.h"
#include "proxy/config/checks.h"

using namespace postern;

namespace {

const std::string kRoot =
    "username: warning: not set, Postern would go on as root, expected a user "
    "without rights";

// The problems that only a look at the system shows, but for the one that
// depends on who runs this.
Texts found(const Configuration& configuration) {
  CHECK(texts_of(configuration.problems) == Texts{});
  Texts texts = texts_of(check_configuration(configuration));
  std::erase(texts, "c/postern.conf: " + kRoot);
  return texts;
}

Texts found(const std::string& text) {
  return found(configure("outgoing_server 192.0.2.1\n" + text));
}

// One problem, and it says so.
bool says(const Texts& problems, std::string_view beginning,
          std::string_view part) {
  CAPTURE(problems);
  REQUIRE(problems.size() == 1);
  return problems[0].starts_with(beginning) &&
         problems[0].find(part) != std::string::npos;
}

class TextFile {
 public:
  explicit TextFile(std::string_view text) {
    path_ = std::filesystem::temp_directory_path() / "postern-XXXXXX";
    const int file = mkstemp(path_.data());
    REQUIRE(file >= 0);
    close(file);
    std::ofstream(path_) << text;
  }
  ~TextFile() { std::filesystem::remove(path_); }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

TEST_CASE("nothing is wrong with a plain service") {
  CHECK(found("protocol IMAP4") == Texts{});
}

TEST_CASE("certificates are read, and blamed where they are named") {
  const Texts problems = found(
      "protocol IMAP4S\nssl_mode ssl_listen\n"
      "ssl_cert_file /nonexistent/c\nssl_key_file /nonexistent/k");
  REQUIRE(problems.size() == 2);
  Texts sorted = problems;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted[0].starts_with("c/postern.conf:4: ssl_cert_file: "));
  CHECK(sorted[1].starts_with("c/postern.conf:5: ssl_key_file: "));
}

TEST_CASE("what backends' certificates are checked against is read") {
  CHECK(says(found("protocol IMAP4\nssl_mode ssl_outgoing\n"
                   "ssl_ca_file /nonexistent/ca"),
             "c/postern.conf:4: ssl_ca_file: ", "/nonexistent/ca"));
  CHECK(found("protocol IMAP4\nssl_ca_file /nonexistent/ca") == Texts{});
}

TEST_CASE("a mistake for all services is told once") {
  CHECK(says(
      found(configure_all("outgoing_server 192.0.2.1\nmap text /none",
                          {{"a", "protocol IMAP4"}, {"b", "protocol POP3"}})),
      "c/postern.conf:2: map: ", "/none"));
}

TEST_CASE("maps are opened, each blamed by its line") {
  const TextFile good("u1: mail.example\n");
  const TextFile bad("u1\n\nu2: a:b:c:d\n");
  CHECK(found("protocol IMAP4\nmap text " + good.path()) == Texts{});
  const Texts problems = found("protocol IMAP4\nmap text " + good.path() +
                               "\nmap text /none\nmap text " + bad.path());
  CAPTURE(problems);
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].starts_with("c/postern.conf:4: map: "));
  CHECK(problems[1].starts_with("c/postern.conf:5: map: "));
  CHECK(problems[1].find(bad.path() + ":1") != std::string::npos);
  CHECK(problems[2].find(bad.path() + ":3") != std::string::npos);
}

TEST_CASE("a map of Perdition's is blamed on map_library") {
  CHECK(says(found("protocol IMAP4\nmap_library_opt /none\n"
                   "map_library libperditiondb_posix_regex.so.0"),
             "c/postern.conf:4: map_library: ", "/none"));
}

TEST_CASE("a route to a pool that is not there") {
  const std::string route = "map static pool first\n";
  CHECK(found("protocol IMAP4\npool first 192.0.2.2\n" + route) == Texts{});
  CHECK(found("protocol IMAP4\npool other 192.0.2.2\n" + route) ==
        Texts{"c/postern.conf:4: map: there is no pool first, expected one "
              "that the global file has"});
}

TEST_CASE("names are resolved") {
  CHECK(
      says(found("protocol IMAP4\nbind_address host.invalid"),
           "c/postern.conf:3: bind_address: ", "host.invalid has no address"));
  CHECK(says(found("protocol IMAP4\noutgoing_server host.invalid"),
             "c/postern.conf:3: outgoing_server: warning: ",
             "host.invalid has no address"));
}

TEST_CASE("sending users back to ourselves") {
  const std::string us =
      " is where Postern itself listens, expected a mail "
      "server";
  CHECK(found("protocol IMAP4\noutgoing_server 127.0.0.1") ==
        Texts{"c/postern.conf:3: outgoing_server: 127.0.0.1:143" + us});
  CHECK(found(configure_all("", {{"a",
                                  "protocol IMAP4\nbind_address 192.0.2.1\n"
                                  "outgoing_server 192.0.2.2:110"},
                                 {"b",
                                  "protocol POP3\nbind_address 192.0.2.2\n"
                                  "outgoing_server 192.0.2.1:110"}})) ==
        Texts{"c/conf.d/a.conf:3: outgoing_server: 192.0.2.2:110" + us});
  CHECK(found("protocol IMAP4\noutgoing_server 127.0.0.1:1143") == Texts{});
  CHECK(found("protocol IMAP4\nbind_address 192.0.2.9\n"
              "outgoing_server 127.0.0.1") == Texts{});
}

TEST_CASE("root should become somebody else") {
  const auto warnings = [](const std::string& text) {
    const auto problems = check_configuration(
        configure("protocol IMAP4\noutgoing_server 192.0.2.1\n" + text));
    return std::ranges::count(texts_of(problems), "c/postern.conf: " + kRoot);
  };
  CHECK(warnings("") == (geteuid() == 0 ? 1 : 0));
  CHECK(warnings("username nobody") == 0);
}

TEST_CASE("users, groups and folders of this system") {
  CHECK(found("protocol IMAP4\nusername root\ngroup root") == Texts{});
  CHECK(found("protocol IMAP4\nusername 65534\ngroup 65534") == Texts{});
  CHECK(found("protocol IMAP4\nusername no-such-user\ngroup no-such-group") ==
        Texts{"c/postern.conf:3: username: \"no-such-user\" is unknown, "
              "expected a user of this system",
              "c/postern.conf:4: group: \"no-such-group\" is unknown, expected "
              "a group of this system"});
  CHECK(found("protocol IMAP4\npid_file /none/pid\nlog_facility /none/log") ==
        Texts{"c/postern.conf:3: pid_file: /none is no directory, expected one "
              "for /none/pid",
              "c/postern.conf:4: log_facility: /none is no directory, expected "
              "one for /none/log"});
  CHECK(found("protocol IMAP4\npid_file /pid\nlog_facility /log") == Texts{});
}

TEST_CASE("an idle timeout below what the protocols promise") {
  CHECK(found("protocol IMAP4\ntimeout 10m") ==
        Texts{"c/postern.conf:3: timeout: warning: 10m is less than the 30m "
              "that the protocol promises"});
  CHECK(found("protocol POP3\ntimeout 10m") == Texts{});
  CHECK(found("protocol POP3\ntimeout 0") == Texts{});
  CHECK(found("protocol POP3\ntimeout 599") ==
        Texts{"c/postern.conf:3: timeout: warning: 599s is less than the 10m "
              "that the protocol promises"});
}

TEST_CASE("a mechanism for which users must not be renamed") {
  const std::string scram =
      "protocol IMAP4\nsasl_mechanisms PLAIN,SCRAM-SHA-1\n";
  for (const std::string by :
       {"username_from_database", "lower_case remote_login", "strip_domain all",
        "client_server_specification"}) {
    CAPTURE(by);
    CHECK(says(found(scram + by),
               "c/postern.conf:3: sasl_mechanisms: warning: SCRAM-SHA-1 binds",
               " by " + by.substr(0, by.find(' ')) + " cannot log in"));
  }
  CHECK(found(scram + "lower_case servername_lookup") == Texts{});
  CHECK(found("protocol IMAP4\nsasl_mechanisms PLAIN,XOAUTH2\n"
              "username_from_database") == Texts{});
}

TEST_CASE("settings that come to nothing") {
  CHECK(found("protocol IMAP4\nssl_cert_file /c\nexplicit_domain a") ==
        Texts{"c/postern.conf:3: ssl_cert_file: warning: is not used, ssl_mode "
              "does not ask for it",
              "c/postern.conf:4: explicit_domain: warning: is not used, "
              "add_domain does not ask for it"});
  // As a default for all services it is no mistake.
  CHECK(found(configure_all("outgoing_server 192.0.2.1\nssl_cert_file /c",
                            {{"a", "protocol IMAP4"}})) == Texts{});
}

TEST_CASE("a master's password is read, and nobody else's to read") {
  const TextFile file("toor\n");
  const std::string pool = "protocol IMAP4\npool p 192.0.2.1 master_user=m ";
  const std::string text = pool + "master_password_file=";
  const std::string where = "c/postern.conf:3: pool: p: master_password_file: ";
  CHECK(found(text + file.path()) == Texts{});
  CHECK(says(found(text + "/nonexistent/p"), where, "/nonexistent/p"));
  std::filesystem::permissions(file.path(), std::filesystem::perms::all);
  CHECK(says(found(text + file.path()), where, "chmod o="));
}
