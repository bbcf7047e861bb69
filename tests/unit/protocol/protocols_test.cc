#include "proxy/protocol/protocols.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("protocols are found by Perdition's words, whatever the case") {
  REQUIRE(find_protocol("imap4s") != nullptr);
  CHECK(find_protocol("imap4s")->name == "IMAP4S");
  CHECK(find_protocol("Pop3")->name == "POP3");
  CHECK(find_protocol("IMAP") == nullptr);
  CHECK(find_protocol("POP3SS") == nullptr);
  CHECK(find_protocol("") == nullptr);
}

TEST_CASE("ports are those of the registry") {
  CHECK(find_protocol("IMAP4")->listen_port == 143);
  CHECK(find_protocol("IMAP4S")->listen_port == 993);
  CHECK(find_protocol("POP3")->listen_port == 110);
  CHECK(find_protocol("POP3S")->listen_port == 995);
}

// "S" says what the client's door is like; a backend may be behind another.
TEST_CASE("the doors of a family differ in nothing but where TLS begins") {
  for (const Protocol& protocol : protocols()) {
    const uint16_t door =
        protocol.implicit_tls ? protocol.tls_port : protocol.clear_port;
    CHECK(protocol.listen_port == door);
    CHECK(protocol.alpn == protocol.family);
    CHECK(protocol.name.ends_with('S') == protocol.implicit_tls);
  }
}

TEST_CASE("every protocol makes engines that speak it") {
  const FrontOptions front_options;
  const BackOptions back_options;
  const Credentials who{"u1", Secret("pw1"), "USER"};
  for (const Protocol& protocol : protocols()) {
    Actions out;
    protocol.make_front(front_options)->greet(out);
    REQUIRE(out.size() == 1);
    const std::string& greeting = std::get<Send>(out[0]).bytes;
    CHECK(greeting.starts_with(protocol.family == "imap" ? "* OK" : "+OK"));

    out.clear();
    protocol.make_back(back_options, who)->closed(out);
    REQUIRE(out.size() == 1);
    CHECK(std::get<Settled>(out[0]).verdict.kind == Verdict::Kind::Unavailable);
  }
}
