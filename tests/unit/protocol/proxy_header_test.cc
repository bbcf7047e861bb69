#include "proxy/protocol/proxy_header.h"

#include <vector>

#include <doctest/doctest.h>

using namespace postern;
using namespace std::string_literals;

namespace {

using Kind = ProxyHeaderRead::Kind;

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

// A version 2 header with that command and family octet.
std::string v2(const std::string& codes, const std::string& block) {
  std::string out = kSignature + codes;
  out += static_cast<char>(block.size() >> 8);
  out += static_cast<char>(block.size() & 0xff);
  return out + block;
}

const std::string kTcp4 = "\x21\x11"s;
const std::string kBlock4 = "\xcb\x00\x71\x09\xc0\x00\x02\x01\xc3\x50\x03\xe1"s;

std::string tlv(char type, const std::string& value) {
  std::string out(1, type);
  out += static_cast<char>(value.size() >> 8);
  out += static_cast<char>(value.size() & 0xff);
  return out + value;
}

// However it is cut: every beginning wants more or says the same.
ProxyHeaderRead read(const std::string& bytes) {
  const ProxyHeaderRead whole = read_proxy_header(bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    // A copy of exactly this size, so that reading behind it is found out.
    const std::vector<char> copy(bytes.begin(),
                                 bytes.begin() + static_cast<ptrdiff_t>(size));
    const auto part = read_proxy_header({copy.data(), copy.size()});
    const bool fine = part.kind == Kind::More ||
                      (part.kind == whole.kind && part.size == whole.size);
    CHECK_MESSAGE(fine, size);
  }
  return whole;
}

std::string both(const ProxyHeaderRead& read) {
  return read.header.source.text() + " " + read.header.destination.text();
}

ProxyHeader some_header() {
  ProxyHeader header;
  header.addressed = true;
  header.source = *Address::parse("203.0.113.9", 50000);
  header.destination = *Address::parse("192.0.2.1", 993);
  return header;
}

}  // namespace

TEST_CASE("a line of version 1") {
  auto got = read("PROXY TCP4 203.0.113.9 192.0.2.1 50000 993\r\n\x16\x03");
  CHECK(got.kind == Kind::Whole);
  CHECK(got.size == 44);
  CHECK(got.header.addressed);
  CHECK(both(got) == "203.0.113.9:50000 192.0.2.1:993");
  got = read("PROXY TCP6 2001:db8::9 2001:db8::1 0 65535\r\n");
  CHECK(both(got) == "[2001:db8::9]:0 [2001:db8::1]:65535");
}

TEST_CASE("T8.3 UNKNOWN leaves the socket's addresses") {
  for (const char* line :
       {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::1 what ever\r\n"}) {
    const auto got = read(line);
    CHECK(got.kind == Kind::Whole);
    CHECK_FALSE(got.header.addressed);
  }
}

TEST_CASE("T8.3 lines that are wrong") {
  for (const char* line : {"PROXY TCP4 999.1.1.1 192.0.2.1 1 2\r\n",
                           "PROXY TCP4 ::1 ::1 1 2\r\n",
                           "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
                           "PROXY TCP6 [::1] [::1] 1 2\r\n",
                           "PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n",
                           "PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n",
                           "PROXY TCP4 192.0.2.1 192.0.2.2 1e3 2\r\n",
                           "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
                           "PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n",
                           "PROXY TCP4\t192.0.2.1 192.0.2.2 1 2\r\n",
                           "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n",
                           "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
                           "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
                           "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
                           "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n",
                           "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n",
                           "PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n",
                           "PROXY UNKNOWNS\r\n",
                           "PROXY \r\n",
                           "PROXY UNKNOWN \r \r\n",
                           "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n"})
    CHECK_MESSAGE(read(line).kind == Kind::Malformed, line);
}

TEST_CASE("T8.2 a line that does not end") {
  const std::string word = "PROXY ";
  CHECK(read(word + std::string(100, 'x')).kind == Kind::More);
  CHECK(read(word + std::string(101, 'x')).kind == Kind::Malformed);
  CHECK(read(word + "UNKNOWN " + std::string(91, 'x') + "\r\n").kind ==
        Kind::Whole);
  CHECK(read(word + "UNKNOWN " + std::string(92, 'x') + "\r\n").kind ==
        Kind::Malformed);
}

TEST_CASE("version 2") {
  auto got = read(v2(kTcp4, kBlock4) + "\x16\x03\x01");
  CHECK(got.kind == Kind::Whole);
  CHECK(got.size == 28);
  CHECK(both(got) == "203.0.113.9:50000 192.0.2.1:993");
  const std::string six = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x09"s;
  got = read(v2("\x21\x21"s, six + six + "\xc3\x50\x03\xe1"s));
  CHECK(both(got) == "[2001:db8::9]:50000 [2001:db8::9]:993");
}

TEST_CASE("T8.4 version 2 that tells no addresses") {
  for (const auto& [codes, block] :
       {std::pair("\x20\x00"s, ""s), std::pair("\x20\x11"s, kBlock4),
        std::pair("\x20\xff"s, "\x01\xff\xff"s), std::pair("\x21\x00"s, ""s),
        std::pair("\x21\x31"s, std::string(216, 'x'))}) {
    const auto got = read(v2(codes, block) + "rest");
    CHECK(got.kind == Kind::Whole);
    CHECK(got.size == 16 + block.size());
    CHECK_FALSE(got.header.addressed);
  }
}

TEST_CASE("T8.4 version 2 that is wrong") {
  for (const std::string& bytes :
       {v2(kTcp4, kBlock4.substr(0, 11)), v2("\x31\x11"s, kBlock4),
        v2("\x11\x11"s, kBlock4), v2("\x22\x11"s, kBlock4),
        v2("\x21\x12"s, kBlock4), v2("\x21\x41"s, kBlock4),
        v2("\x21\x21"s, kBlock4), v2("\x21\x31"s, kBlock4),
        v2(kTcp4, kBlock4 + "\x01\xff\xff"s), v2(kTcp4, kBlock4 + "\x01"s),
        v2(kTcp4, kBlock4 + "\x01\x00"s), v2(kTcp4, kBlock4 + "\x01\x00\x02x"s),
        v2(kTcp4, kBlock4 + tlv('\x20', "\x01\x00\x00\x00"s)),
        v2(kTcp4, kBlock4 + tlv('\x20', "\x01\x00\x00\x00\x00\x21\x00\x05v"s)),
        v2(kTcp4, kBlock4 + tlv('\x05', std::string(129, 'u'))),
        v2(kTcp4, kBlock4 + tlv('\x03', "abc")),
        v2(kTcp4, kBlock4 + tlv('\x03', "abcd"))})
    CHECK(read(bytes).kind == Kind::Malformed);
}

TEST_CASE("T8.4 a length of 65535 is waited for, then taken in full") {
  std::string bytes = kSignature + kTcp4 + "\xff\xff"s + kBlock4;
  CHECK(read_proxy_header(bytes).kind == Kind::More);
  bytes += tlv('\x04', std::string(65535 - 12 - 3, 'x'));
  CHECK(bytes.size() == kLongestProxyHeader);
  CHECK(read_proxy_header(bytes.substr(0, bytes.size() - 1)).kind ==
        Kind::More);
  const auto got = read_proxy_header(bytes + "rest");
  CHECK(got.kind == Kind::Whole);
  CHECK(got.size == kLongestProxyHeader);
}

TEST_CASE("what is no header at all") {
  for (const char* line : {"a NOOP\r\n", "PROXX", "proxy TCP4", "\x16\x03\x01",
                           "\r\n\r\n\r\n", "\r\nx"})
    CHECK_MESSAGE(read(line).kind == Kind::Absent, line);
  for (const char* line : {"", "P", "PROXY", "\r\n", "\r\n\r\n"})
    CHECK_MESSAGE(read(line).kind == Kind::More, line);
  CHECK(looks_like_proxy_header("PROXY x"));
  CHECK(looks_like_proxy_header(v2(kTcp4, kBlock4)));
  CHECK_FALSE(looks_like_proxy_header("PROXY"));
  CHECK_FALSE(looks_like_proxy_header("\r\n\r\n"));
}

TEST_CASE("the values of version 2") {
  const std::string ssl = "\x01\x00\x00\x00\x00"s + tlv('\x21', "TLSv1.3") +
                          tlv('\x22', "alice") + tlv('\x23', "AES") +
                          tlv('\x28', std::string(300, 'c'));
  const auto got = read(
      v2(kTcp4, kBlock4 + tlv('\x01', "imap") + tlv('\x02', "mail.example") +
                    tlv('\x04', "") + tlv('\x05', "id-1") + tlv('\x20', ssl) +
                    tlv('\x30', "netns") + tlv('\xe0', "somebody's") +
                    tlv('\xe7', "ttl=3")));
  CHECK(got.kind == Kind::Whole);
  CHECK(got.header.alpn == "imap");
  CHECK(got.header.authority == "mail.example");
  CHECK(got.header.unique_id == "id-1");
  CHECK(got.header.ttl == 3);
  REQUIRE(got.header.tls);
  CHECK(got.header.tls->tls);
  CHECK_FALSE(got.header.tls->certificate);
  CHECK(got.header.tls->verify == 0);
  CHECK(got.header.tls->version == "TLSv1.3");
  CHECK(got.header.tls->common_name == "alice");
  CHECK(got.header.tls->cipher == "AES");
}

TEST_CASE("values that make no sense are not kept") {
  const std::string ssl = "\x00\xff\xff\xff\xff"s + tlv('\x21', "v\n");
  const auto got = read(v2(kTcp4, kBlock4 + tlv('\x02', "not a name") +
                                      tlv('\x01', "im\nap") + tlv('\xe7', "3") +
                                      tlv('\x20', ssl)));
  CHECK(got.kind == Kind::Whole);
  CHECK(got.header.alpn.empty());
  CHECK(got.header.authority.empty());
  CHECK_FALSE(got.header.ttl);
  REQUIRE(got.header.tls);
  CHECK_FALSE(got.header.tls->tls);
  CHECK(got.header.tls->verify == 0xffffffff);
  CHECK(got.header.tls->version.empty());
}

TEST_CASE("a checksum") {
  const std::string right =
      v2(kTcp4, kBlock4 + tlv('\x03', "\x5d\xa1\x1a\x2e"s));
  CHECK(read(right).kind == Kind::Whole);
  CHECK(read(right + "more").kind == Kind::Whole);
  for (size_t at = 16; at < right.size(); ++at) {
    if (at >= 28 && at < 31) continue;  // type and length of the value itself
    std::string wrong = right;
    wrong[at] ^= 1;
    CHECK_MESSAGE(read(wrong).kind == Kind::Malformed, at);
  }
}

TEST_CASE("what is written is what was meant") {
  ProxyHeader header = some_header();
  CHECK(proxy_header_v1(header) ==
        "PROXY TCP4 203.0.113.9 192.0.2.1 50000 993\r\n");
  CHECK(proxy_header_v2(header) == v2(kTcp4, kBlock4));

  header.alpn = "imap";
  header.authority = "mail.example";
  header.unique_id = "0123456789abcdef";
  header.ttl = 6;
  header.tls = ProxyTls{true, true, 0, "TLSv1.3", "alice", "TLS_AES"};
  const auto got = read(proxy_header_v2(header));
  CHECK(both(got) == "203.0.113.9:50000 192.0.2.1:993");
  CHECK(got.header.alpn == "imap");
  CHECK(got.header.authority == "mail.example");
  CHECK(got.header.unique_id == "0123456789abcdef");
  CHECK(got.header.ttl == 6);
  REQUIRE(got.header.tls);
  CHECK(got.header.tls->certificate);
  CHECK(got.header.tls->verify == 0);
  CHECK(got.header.tls->common_name == "alice");
}

TEST_CASE("a name that nobody verified is not told") {
  ProxyHeader header = some_header();
  header.tls = ProxyTls{true, true, 1, "TLSv1.3", "mallory", ""};
  CHECK(read(proxy_header_v2(header)).header.tls->common_name.empty());
}

TEST_CASE("what is too much for a receiver is left out") {
  ProxyHeader header = some_header();
  header.authority = "not a name";
  header.unique_id = std::string(129, 'u');
  header.tls = ProxyTls{true,
                        true,
                        0,
                        std::string(256, 'v'),
                        std::string(256, 'n'),
                        std::string(256, 'c')};
  CHECK(proxy_header_v2(header) ==
        v2(kTcp4, kBlock4 + tlv('\x20', "\x03\0\0\0\0"s)));
  header.tls = ProxyTls{true,
                        true,
                        0,
                        std::string(255, 'v'),
                        std::string(255, 'n'),
                        std::string(255, 'c')};
  header.unique_id = std::string(128, 'u');
  header.alpn = "managesieve";
  std::string name;
  for (int i = 0; i < 126; ++i)
    name += "a.";
  header.authority = name + "a";
  CHECK(proxy_header_v2(header).size() < 1500);
}

TEST_CASE("addresses of two families") {
  ProxyHeader header = some_header();
  header.destination = *Address::parse("2001:db8::1", 993);
  CHECK(proxy_header_v1(header) == "PROXY UNKNOWN\r\n");
  // The mapped address is an IPv4 address again for whoever reads it as we do.
  CHECK(both(read(proxy_header_v2(header))) ==
        "203.0.113.9:50000 [2001:db8::1]:993");
}

TEST_CASE("connections of our own") {
  for (const std::string& bytes :
       {local_proxy_header_v1(), local_proxy_header_v2(),
        proxy_header_v1(ProxyHeader()), proxy_header_v2(ProxyHeader())}) {
    const auto got = read(bytes);
    CHECK(got.kind == Kind::Whole);
    CHECK(got.size == bytes.size());
    CHECK_FALSE(got.header.addressed);
  }
}
