#include "proxy/session/session_log.h"

#include <fstream>
#include <functional>

#include <doctest/doctest.h>

#include "proxy/base/log.h"
#include "tests/unit/session/stories.h"
#include "tests/unit/temp_dir.h"

using namespace postern;
using namespace std::string_literals;

namespace {

// What `write` logs, one string a line.
std::vector<std::string> logged(LogFormat format,
                                const std::function<void(Log&)>& write) {
  const TempDir dir;
  {
    LogOptions options;
    options.facility = dir.path("log");
    options.format = format;
    Log log(options);
    REQUIRE(log.open());
    write(log);
  }
  std::ifstream file(dir.path("log"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

// The only line, from its level on.
std::string logfmt(const std::function<void(Log&)>& write) {
  const auto lines = logged(LogFormat::Logfmt, write);
  REQUIRE(lines.size() == 1);
  return lines[0].substr(lines[0].find("level="));
}

// Lines from the ident on, without the process's number.
std::vector<std::string> perdition(const std::function<void(Log&)>& write) {
  auto lines = logged(LogFormat::Perdition, write);
  for (std::string& line : lines) {
    line.erase(0, 16);
    const size_t bracket = line.find('[');
    line.erase(bracket, line.find(']') + 1 - bracket);
  }
  return lines;
}

std::string perdition_line(const std::function<void(Log&)>& write) {
  const auto lines = perdition(write);
  REQUIRE(lines.size() == 1);
  return lines[0];
}

std::string ending_line(Ending ending) {
  SessionStory story = failed_story();
  story.ending = ending;
  return perdition_line([&](Log& log) { log_end(log, story); });
}

constexpr std::string_view kJane =
    "session=3-1f service=imap4s rip=192.0.2.7 rport=40001 lip=198.51.100.1 "
    "lport=993 via=\"\" user=Jane@Example.org routed_user=jane authid=\"\" "
    "master=\"\" "
    "mech=PLAIN "
    "front=ssl "
    "front_tls=TLSv1.3 front_cipher=TLS_AES_256_GCM_SHA384 "
    "front_group=X25519 front_resumed=no front_alpn=\"\" "
    "sni=mail.example.org client_cert=\"\" client_cert_sha256=\"\" "
    "backend=store1.example.org:143 "
    "backend_ip=203.0.113.5 backend_port=143 back=plaintext back_tls=\"\" "
    "back_cipher=\"\" back_group=\"\" back_resumed=\"\" identity=\"\" "
    "attempts=1 verdict=ok ";

}  // namespace

TEST_CASE("a session in logfmt") {
  const SessionStory story = happy_story();
  CHECK(logged(LogFormat::Logfmt, [&](Log& log) {
          log_connect(log, story);
        }).empty());
  CHECK(logfmt([&](Log& log) { log_login(log, story, {}); }) ==
        "level=notice event=login " + std::string(kJane) +
            "detail=\"\" seconds=61.007");
  CHECK(logfmt([&](Log& log) { log_end(log, story); }) ==
        "level=info event=end " + std::string(kJane) +
            "reason=\"client closed\" received=120 sent=34567 seconds=61.007");
  CHECK(logfmt([&](Log& log) {
          log_again(log, story);
        }).starts_with("level=notice event=still_here session=3-1f "));
}

TEST_CASE("a failed login in logfmt") {
  Verdict verdict;
  verdict.kind = Verdict::Kind::WrongPassword;
  verdict.text = "go away";
  const auto line = [&] {
    return logfmt([&](Log& log) { log_login(log, failed_story(), verdict); });
  };
  CHECK(
      line().starts_with("level=notice event=login_failed session=3-1f "
                         "service=pop3 rip=192.0.2.7 rport=40001 "));
  CHECK(line().ends_with(
      "verdict=wrong_password detail=\"go away\" seconds=61.007"));
  verdict.detail = "backend: NO";
  CHECK(line().ends_with("detail=\"backend: NO\" seconds=61.007"));
}

TEST_CASE("a connection that said nothing has its line too") {
  SessionStory story;
  story.id = "9";
  story.protocol = "IMAP4";
  story.client = *Address::parse("2001:db8::1", 5);
  const std::string line = logfmt([&](Log& log) { log_end(log, story); });
  CHECK(
      line.find(
          " rip=2001:db8::1 rport=5 lip=0.0.0.0 lport=0 via=\"\" user=\"\" ") !=
      std::string::npos);
  CHECK(line.find(" backend=\"\" backend_ip=\"\" backend_port=0 ") !=
        std::string::npos);
  CHECK(line.find(" attempts=0 verdict=none ") != std::string::npos);
}

TEST_CASE("a session in json") {
  const auto lines = logged(
      LogFormat::Json, [](Log& log) { log_login(log, happy_story(), {}); });
  REQUIRE(lines.size() == 1);
  CHECK(
      lines[0].find(R"("level":"notice","event":"login","session":"3-1f",)"
                    R"("service":"imap4s","rip":"192.0.2.7","rport":40001,)") !=
      std::string::npos);
}

TEST_CASE("a session in Perdition's words") {
  const SessionStory story = happy_story();
  const auto lines = perdition([&](Log& log) {
    log_connect(log, story);
    log_login(log, story, {});
    log_again(log, story);
    log_end(log, story);
  });
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] ==
        "perdition.imap4s: Connect:  192.0.2.7:40001->198.51.100.1:993");
  CHECK(lines[1] ==
        "perdition.imap4s: Auth: 192.0.2.7:40001->198.51.100.1:993 "
        "client-secure=ssl authorisation_id=NONE "
        "authentication_id=\"Jane@Example.org\" "
        "server=\"store1.example.org:143\" protocol=IMAP4S "
        "server-secure=plaintext status=\"ok\"");
  CHECK(lines[2] == lines[1]);
  CHECK(lines[3] ==
        "perdition.imap4s: Closing session: "
        "192.0.2.7:40001->198.51.100.1:993 authorisation_id=NONE "
        "authentication_id=\"Jane@Example.org\" received=120 sent=34567");
}

TEST_CASE("a master's login says whose mail it is and who has logged in") {
  SessionStory story = happy_story();
  story.authid = "ro\"ot";
  const auto lines = perdition([&](Log& log) {
    log_login(log, story, {});
    log_end(log, story);
  });
  for (const std::string& line : lines)
    CHECK(line.find(" authorisation_id=\"Jane@Example.org\" "
                    "authentication_id=\"ro\\x22ot\" ") != line.npos);
  const std::string ours = logged(LogFormat::Logfmt, [&](Log& log) {
                             log_login(log, story, {});
                           }).at(0);
  CHECK(ours.find(" user=Jane@Example.org routed_user=jane "
                  "authid=\"ro\\\"ot\" ") != ours.npos);
}

TEST_CASE("an idle session in Perdition's words") {
  SessionStory story = happy_story();
  story.ending = Ending::TimedOut;
  const auto lines = perdition([&](Log& log) { log_end(log, story); });
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "perdition.imap4s: Timeout piping data.");
  CHECK(lines[1].starts_with("perdition.imap4s: Closing session: "));
}

TEST_CASE("failures in Perdition's words") {
  const std::pair<Failure, std::string> cases[] = {
      {Failure::WrongPassword, "failed: Re-Authentication Failure"},
      {Failure::Refused, "failed: Re-Authentication Failure"},
      {Failure::NoServer, "failed: Could not determine server"},
      {Failure::NoConnection, "failed: Could not connect to server"},
      {Failure::Negotiation, "failed: Connection Negotiation Failure"},
      {Failure::NoTls, "failed: TLS not present"},
      {Failure::Disabled, "failed: Login Disabled"}};
  for (const auto& [failure, words] : cases) {
    SessionStory story = failed_story();
    story.failure = failure;
    const std::string line =
        perdition_line([&](Log& log) { log_login(log, story, {}); });
    CHECK(line.ends_with(" protocol=POP3 server-secure=plaintext status=\"" +
                         words + "\""));
  }
  SessionStory nowhere = failed_story();
  nowhere.backend.clear();
  CHECK(perdition_line([&](Log& log) {
          log_login(log, nowhere, {});
        }).find(" server=\"(null):(null)\" ") != std::string::npos);
}

TEST_CASE("verdicts and failures") {
  Verdict verdict;
  const std::pair<Verdict::Kind, Failure> cases[] = {
      {Verdict::Kind::Accepted, Failure::None},
      {Verdict::Kind::WrongPassword, Failure::WrongPassword},
      {Verdict::Kind::Refused, Failure::Refused},
      {Verdict::Kind::Unavailable, Failure::Negotiation},
      {Verdict::Kind::Misconfigured, Failure::Negotiation},
      {Verdict::Kind::Disabled, Failure::Disabled}};
  for (const auto& [kind, failure] : cases) {
    verdict.kind = kind;
    CHECK(failure_of(verdict) == failure);
  }
}

TEST_CASE("ends before a login in Perdition's words") {
  const std::string ends = "192.0.2.7:40001->198.51.100.1:110";
  CHECK(ending_line(Ending::Orderly) ==
        "perdition.pop3: Closing NULL session: " + ends +
            " authorisation_id=NONE authentication_id=\"(null)\"");
  CHECK(ending_line(Ending::ClientLeft) ==
        "perdition.pop3: Fatal Error reading authentication information from "
        "client " +
            ends + ": Exiting child");
  CHECK(ending_line(Ending::TimedOut) ==
        "perdition.pop3: Fatal Error: Timeout reading authentication "
        "information from client " +
            ends + ": Exiting child");
  CHECK(ending_line(Ending::NoTls) ==
        "perdition.pop3: Fatal error establishing SSL connection to client");
}

TEST_CASE("IPv6 in Perdition's words") {
  SessionStory story = happy_story();
  story.client = *Address::parse("::1", 42960);
  story.local = *Address::parse("::1", 15202);
  CHECK(perdition_line([&](Log& log) { log_connect(log, story); }) ==
        "perdition.imap4s: Connect:  ::1:42960->::1:15202");
}

TEST_CASE("names forge nothing in any format") {
  SessionStory story = failed_story();
  story.user = "x\" status=\"ok\"\r\nNov 21 00:00:00 h perdition.pop3[1]: y";
  change(story.front_tls, &TlsFacts::sni, "sni\nevent=login"s);
  const auto login = [&](Log& log) { log_login(log, story, {}); };
  CHECK(perdition_line(login).find(
            R"(authentication_id="x\x22 status=\x22ok\x22\x0d\x0aNov 21 )"
            R"(00:00:00 h perdition.pop3[1]: y" server=)") !=
        std::string::npos);
  CHECK(logfmt(login).find(R"( user="x\" status=\"ok\"\x0d\x0aNov 21 )") !=
        std::string::npos);
  CHECK(logfmt(login).find(R"( sni="sni\x0aevent=login" )") !=
        std::string::npos);
  CHECK(logged(LogFormat::Json, login).size() == 1);
}
