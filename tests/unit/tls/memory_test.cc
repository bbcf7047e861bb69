// What a connection keeps while nothing happens, counted at OpenSSL's
// allocator.

#include <atomic>
#include <cstdlib>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/crypto.h>

#include "tests/unit/tls/conversation.h"
#include "tests/unit/tls/raw_client.h"

using namespace postern;

namespace {

std::atomic<size_t> in_use = 0;

// Each block remembers its size in front of itself.
// NOLINTBEGIN(cppcoreguidelines-owning-memory): this is an allocator
constexpr size_t kHead = alignof(std::max_align_t);

void* counted_malloc(size_t size, const char*, int) {
  auto* block = static_cast<char*>(std::malloc(size + kHead));
  if (block == nullptr) return nullptr;
  *reinterpret_cast<size_t*>(block) = size;
  in_use += size;
  return block + kHead;
}

void counted_free(void* memory, const char*, int) {
  if (memory == nullptr) return;
  char* block = static_cast<char*>(memory) - kHead;
  in_use -= *reinterpret_cast<size_t*>(block);
  std::free(block);
}

void* counted_realloc(void* memory, size_t size, const char* file, int line) {
  if (memory == nullptr) return counted_malloc(size, file, line);
  char* block = static_cast<char*>(memory) - kHead;
  in_use -= *reinterpret_cast<size_t*>(block);
  block = static_cast<char*>(std::realloc(block, size + kHead));
  if (block == nullptr) return nullptr;
  *reinterpret_cast<size_t*>(block) = size;
  in_use += size;
  return block + kHead;
}

// NOLINTEND(cppcoreguidelines-owning-memory)

// OpenSSL takes them only before its first allocation, that is before main().
const int kCounting =
    CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free);

}  // namespace

TEST_CASE("an idle connection holds no buffers") {
  REQUIRE(kCounting == 1);
  const TestFiles files;
  const auto server = make_server(files);
  const auto client = make_client(files);
  Pair warm(*server, *client);
  warm.settle();

  const size_t before = in_use;
  Pair pair(*server, *client);
  pair.settle();
  REQUIRE(pair.open());
  const size_t opened = in_use;
  const std::string text(size_t{1} << 20, 'x');
  pair.client.write(text);
  pair.server.write(text);
  pair.settle(65536);
  REQUIRE(pair.server.plain.size() == text.size());
  CHECK(in_use <= opened);
  // A record buffer alone is 16 KiB; this is for both ends.
  MESSAGE("both ends: ", opened - before, " octets");
  CHECK(opened - before < size_t{40} * 1024);

  // Half a record has to wait somewhere, but only until the rest is there.
  pair.client.write("a NOOP\r\n");
  const std::string record = pair.client.sent();
  pair.server.feed(std::string_view(record).substr(0, 10));
  CHECK(in_use > opened);
  pair.server.feed(std::string_view(record).substr(10));
  CHECK(in_use <= opened);
}

TEST_CASE("a connection gives everything back") {
  const TestFiles files;
  const auto server = make_server(files);
  const auto client = make_client(files);
  const auto connect = [&] {
    Pair pair(*server, *client);
    pair.settle();
    REQUIRE(pair.open());
  };
  connect();
  const size_t before = in_use;
  for (int i = 0; i < 10; ++i)
    connect();
  CHECK(in_use <= before);
}

TEST_CASE("T7.5: clients that take no tickets leave nothing behind") {
  const auto server = make_server(test_files());
  const auto come_and_go = [&](int version) {
    RawClient client([&](SSL* ssl) {
      SSL_set_options(ssl, SSL_OP_NO_TICKET);
      SSL_set_min_proto_version(ssl, version);
      SSL_set_max_proto_version(ssl, version);
    });
    const auto engine = server->make_engine();
    REQUIRE(client.talk(*engine).empty());
    engine->queue_ticket();
    Buffer out;
    REQUIRE(engine->write("a OK\r\n", out));
    client.feed(out.view());
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    come_and_go(version);
    const size_t before = in_use;
    for (int i = 0; i < 50; ++i)
      come_and_go(version);
    CHECK(in_use <= before);
  }
}
