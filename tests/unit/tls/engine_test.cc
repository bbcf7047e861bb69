// Two engines against each other: handshake, data, close.

#include "proxy/tls/engine.h"

#include <doctest/doctest.h>

#include "tests/unit/tls/conversation.h"

using namespace postern;

namespace {

const TestFiles& files() {
  static const TestFiles made;
  return made;
}

struct VersionCase {
  const char* word;
  const char* name;
};
constexpr VersionCase kVersions[] = {{"tlsv1.2", "TLSv1.2"},
                                     {"tlsv1.3", "TLSv1.3"}};

}  // namespace

TEST_CASE("a handshake, words both ways, an end") {
  for (const VersionCase& version : kVersions) {
    CAPTURE(version.word);
    TlsClientOptions options;
    options.min_version = options.max_version = version.word;
    Pair pair(*make_server(files()), *make_client(files(), options));
    CHECK_FALSE(pair.open());
    CHECK(pair.server.engine->facts().version.empty());
    pair.settle();
    REQUIRE(pair.open());
    CHECK(pair.server.engine->facts().version == version.name);
    CHECK(pair.client.engine->facts().version == version.name);
    CHECK(pair.server.engine->facts().sni == "mail.example");
    CHECK(pair.server.engine->facts().group == "X25519");
    CHECK(pair.server.engine->facts().cipher ==
          pair.client.engine->facts().cipher);
    CHECK_FALSE(pair.server.engine->facts().resumed);

    pair.server.write("* OK ready\r\n");
    pair.client.write("a LOGIN u p\r\n");
    pair.settle();
    CHECK(pair.client.plain.view() == "* OK ready\r\n");
    CHECK(pair.server.plain.view() == "a LOGIN u p\r\n");

    pair.server.engine->close(pair.server.out);
    pair.settle();
    CHECK(pair.client.engine->peer_closed());
    CHECK_FALSE(pair.server.engine->peer_closed());
    CHECK(pair.client.error.empty());
    CHECK(pair.server.error.empty());
  }
}
