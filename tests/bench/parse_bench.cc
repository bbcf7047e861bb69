// The engines of both sides: a login as a mail client and a backend speak it.

#include <cstdlib>

#include "proxy/protocol/protocols.h"
#include "tests/bench/micro.h"

using namespace postern;

namespace {

struct Talk {
  const char* protocol;
  const char* client;   // up to and with its password
  const char* backend;  // one step of the dialogue a line
};

constexpr Talk kImap = {
    "IMAP4",
    "a ID (\"name\" \"mail program\" \"version\" \"1.0\")\r\n"
    "b CAPABILITY\r\nc LOGIN alice@example.org secret\r\n",
    "* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN] ready\r\n"};
constexpr Talk kPop3 = {"POP3",
                        "CAPA\r\nUSER alice@example.org\r\nPASS secret\r\n",
                        "+OK ready\r\n"};

void expect(bool true_here, const char* what) {
  if (true_here) return;
  std::fprintf(stderr, "parse_bench: %s\n", what);
  std::exit(1);
}

void front(const Protocol& protocol, const FrontOptions& options,
           const char* said) {
  Actions actions;
  const auto engine = protocol.make_front(options);
  engine->greet(actions);
  engine->feed(said, actions);
  expect(std::holds_alternative<LogIn>(actions.back()), "no login was seen");
  Verdict verdict;
  verdict.kind = Verdict::Kind::Accepted;
  engine->settle(verdict, actions);
}

void back(const Protocol& protocol, const Credentials& who, const char* said) {
  Actions actions;
  const BackOptions options;
  const auto engine = protocol.make_back(options, who);
  engine->feed(said, actions);
  expect(!actions.empty(), "the backend's greeting was not answered");
}

void measure(const bench::Micro& micro, const Talk& talk) {
  const Protocol& protocol = *find_protocol(talk.protocol);
  const FrontOptions options;
  Credentials who;
  who.user = "alice@example.org";
  who.secret.append("secret");
  const std::string name(protocol.name);
  micro.measure((name + ": a client logs in").c_str(), 5000,
                [&] { front(protocol, options, talk.client); });
  micro.measure((name + ": a backend greets").c_str(), 5000,
                [&] { back(protocol, who, talk.backend); });
}

}  // namespace

int main(int count, char** words) {
  const bench::Micro micro(count, words);
  measure(micro, kImap);
  measure(micro, kPop3);
}
