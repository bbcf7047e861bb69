#include "proxy/config/values.h"

#include <doctest/doctest.h>

#include "proxy/session/user_name.h"

using namespace postern;

namespace {

template <class Value>
std::string printed(std::string_view text) {
  const auto parsed = Value::parse(text);
  if (!parsed) return "error: " + parsed.error().text;
  return Value::print(*parsed);
}

template <class Value>
bool takes(std::string_view text) {
  return static_cast<bool>(Value::parse(text));
}

}  // namespace

TEST_CASE("flags take six words in any case") {
  for (const char* yes : {"yes", "on", "true", "YES", "On"}) {
    CHECK(printed<Flag>(yes) == "yes");
    CHECK(printed<NegatedFlag>(yes) == "yes");
    CHECK(*Flag::parse(yes));
    CHECK_FALSE(*NegatedFlag::parse(yes));
  }
  for (const char* no : {"no", "off", "false", "False"}) {
    CHECK(printed<Flag>(no) == "no");
    CHECK(printed<NegatedFlag>(no) == "no");
  }
  for (const char* bad : {"", "1", "0", "ye", "yes ", "maybe"})
    CHECK_FALSE(takes<Flag>(bad));
  CHECK(printed<Flag>("maybe") ==
        "error: \"maybe\", expected nothing, or yes, no, on, off, true or "
        "false");
}

TEST_CASE("numbers have ends") {
  using Small = Number<1, 20>;
  CHECK(printed<Small>("1") == "1");
  CHECK(printed<Small>("020") == "20");
  CHECK(printed<Small>("21") ==
        "error: \"21\", expected a number from 1 to 20");
  for (const char* bad :
       {"", "0", "-1", "+1", "1x", " 1", "1.5", "99999999999999999999999"})
    CHECK_FALSE(takes<Small>(bad));
}

TEST_CASE("times are seconds unless a unit says otherwise") {
  CHECK(*Time<>::parse("1800") == 1800000);
  CHECK(*Time<>::parse("1500ms") == 1500);
  CHECK(*Time<>::parse("2s") == 2000);
  CHECK(*Time<>::parse("35m") == 2100000);
  CHECK(*Time<>::parse("2H") == 7200000);
  CHECK(*Time<>::parse("0") == 0);
  CHECK(printed<Time<>>("2100") == "35m");
  CHECK(printed<Time<>>("90") == "90s");
  CHECK(printed<Time<>>("1500ms") == "1500ms");
  CHECK(printed<Time<>>("0h") == "0");
  for (const char* bad : {"", "s", "5x", "1.5s", "-1", "5 s", "577h",
                          "18446744073709551616", "1099511627776h"})
    CHECK_FALSE(takes<Time<>>(bad));
  CHECK_FALSE(takes<Time<1>>("0"));
  CHECK(printed<Time<>>("5x") ==
        "error: \"5x\", expected seconds, or a number with one of the units "
        "ms, s, m, h");
  CHECK(printed<Time<1>>("600h") ==
        "error: \"600h\", expected a time from 1ms to 576h");
}

TEST_CASE("some times are whole seconds") {
  CHECK(*WholeSeconds<>::parse("5m") == 300);
  CHECK(printed<WholeSeconds<>>("240") == "4m");
  CHECK(printed<WholeSeconds<>>("2500ms") ==
        "error: \"2500ms\", expected whole seconds");
  CHECK_FALSE(takes<WholeSeconds<1>>("0"));
}

TEST_CASE("sizes are octets unless a unit says otherwise") {
  using Small = Size<512, 1 << 20>;
  CHECK(*Small::parse("8k") == 8192);
  CHECK(*Small::parse("8K") == 8192);
  CHECK(*Small::parse("1m") == 1 << 20);
  CHECK(printed<Small>("8192") == "8k");
  CHECK(printed<Small>("1000") == "1000");
  CHECK(printed<Small>("2M") ==
        "error: \"2M\", expected octets from 512 to 1M, as a number or with "
        "one of the units k, M");
  for (const char* bad : {"", "k", "8kb", "511", "8 k", "1G"})
    CHECK_FALSE(takes<Small>(bad));
}

TEST_CASE("ports are numbers or names of mail services") {
  CHECK(*Port::parse("143") == 143);
  CHECK(*Port::parse("imaps") == 993);
  CHECK(*Port::parse("POP3") == 110);
  CHECK(*Port::parse("") == 0);
  CHECK(printed<Port>("") == "");
  for (const char* bad : {"0", "65536", "-1", "http", "143 "})
    CHECK_FALSE(takes<Port>(bad));
}

TEST_CASE("hosts with ports") {
  CHECK(printed<EndpointList>("mail.example") == "mail.example");
  CHECK(printed<EndpointList>("a:143, [::1]:993 ,192.0.2.1") ==
        "a:143,[::1]:993,192.0.2.1");
  CHECK(printed<EndpointList>("::1") == "::1");
  CHECK(printed<EndpointList>("mail.example:imap") == "mail.example:143");
  CHECK(EndpointList::parse("")->empty());
  CHECK(printed<BackendList>("a,b:1143") == "a,b:1143");
  for (const char* bad : {"a,,b", "a:0", "a:99999", "a:http", "a b", ":143",
                          "[::1", "a:143:imap", ","})
    CHECK_FALSE(takes<EndpointList>(bad));
}

TEST_CASE("protocols by name") {
  CHECK(printed<ProtocolName>("imap4s") == "IMAP4S");
  CHECK(printed<ProtocolName>("POP3") == "POP3");
  CHECK_FALSE(takes<ProtocolName>("IMAP"));
  CHECK_FALSE(takes<ProtocolName>(""));
  CHECK(printed<ProtocolName>("ManageSieve")
            .starts_with("error: MANAGESIEVE is not available yet, expected "));
  CHECK(printed<ProtocolName>("bogus").starts_with(
      "error: \"bogus\", expected "));
}

TEST_CASE("mechanisms are those there are") {
  CHECK(printed<Mechanisms>("plain, LOGIN") == "PLAIN,LOGIN");
  CHECK(printed<Mechanisms>("") == "");
  CHECK_FALSE(takes<Mechanisms>("PLAIN,CRAM-MD5"));
  CHECK_FALSE(takes<Mechanisms>("PLAIN LOGIN"));
}

TEST_CASE("key formats") {
  CHECK(printed<KeyFormats>("\\U,\\D\\d") == "\\U,\\D\\d");
  CHECK_FALSE(takes<KeyFormats>("\\x"));
  CHECK_FALSE(takes<KeyFormats>("\\U,,\\d"));
  CHECK_FALSE(takes<KeyFormats>(""));
}

TEST_CASE("states of a name") {
  CHECK(*NameStates::parse("servername_lookup,remote_login") ==
        (kServernameLookup | kRemoteLogin));
  CHECK(printed<NameStates>("server_lookup,local_auth") ==
        "servername_lookup,local_authentication");
  CHECK(printed<NameStates>("local_authentication,all") == "all");
  CHECK(printed<NameStates>("") == "");
  CHECK_FALSE(takes<NameStates>("server"));
  CHECK_FALSE(takes<NameStates>("all,2"));
  CHECK_FALSE(takes<NameStates>("all,"));
}

TEST_CASE("a depth may follow the states of add_domain") {
  CHECK(printed<NameStatesAndDepth>("all,2") == "all");
  CHECK(printed<NameStatesAndDepth>("remote_login") == "remote_login");
  CHECK_FALSE(takes<NameStatesAndDepth>("2,all"));
  CHECK_FALSE(takes<NameStatesAndDepth>("all,2,3"));
}

TEST_CASE("versions of TLS") {
  CHECK(printed<TlsVersion>("TLSv1.3") == "tlsv1.3");
  CHECK(printed<TlsVersion>("") == "");
  CHECK_FALSE(takes<TlsVersion>("sslv3"));
  CHECK_FALSE(takes<TlsVersion>("1.2"));
}

TEST_CASE("formats of the log") {
  for (const char* name : {"logfmt", "json", "perdition"})
    CHECK(printed<LogFormatName>(name) == name);
  CHECK_FALSE(takes<LogFormatName>("xml"));
}

TEST_CASE("words between blanks and commas") {
  using Words = std::vector<std::string_view>;
  CHECK(words_between_blanks(" a \t b  ") == Words{"a", "b"});
  CHECK(words_between_blanks(" \t ").empty());
  CHECK(words_of_list(" a , b,") == Words{"a", "b", ""});
  CHECK(words_of_list("  ").empty());
}

TEST_CASE("what is wrong is shown without its teeth") {
  CHECK(unexpected("a\x1b[2J", "sense").text ==
        "\"a\\x1b[2J\", expected sense");
  CHECK(unexpected(std::string(100, 'x'), "less").text.size() < 100);
}

TEST_CASE("networks") {
  CHECK(NetworkList::print(*NetworkList::parse("192.0.2.0/24, ::1,10.0.0.1")) ==
        "192.0.2.0/24,::1,10.0.0.1");
  CHECK(NetworkList::parse("")->empty());
  CHECK_FALSE(NetworkList::parse("192.0.2.0/24,localhost"));
  CHECK_FALSE(NetworkList::parse("192.0.2.1/24"));
}

TEST_CASE("ways to tell who the client is") {
  for (const char* word :
       {"auto", "id", "xclient", "proxy", "proxy_v1", "none"})
    CHECK(IdentityModeName::print(*IdentityModeName::parse(word)) == word);
  CHECK_FALSE(IdentityModeName::parse("yes"));
  for (const char* word : {"off", "optional", "required"})
    CHECK(AcceptProxyName::print(*AcceptProxyName::parse(word)) == word);
  CHECK_FALSE(AcceptProxyName::parse("on"));
  CHECK(AddressList::print(*AddressList::parse("127.0.0.1,::1")) ==
        "127.0.0.1,::1");
  CHECK_FALSE(AddressList::parse("localhost"));
  CHECK_FALSE(AddressList::parse("127.0.0.1:143"));
}

TEST_CASE("servers that logins may be sent on to") {
  CHECK(ReferralHostList::print(*ReferralHostList::parse(
            "IMAP2.example, *.internal:1143,[::1]:993 ,192.0.2.1")) ==
        "imap2.example,*.internal:1143,[::1]:993,192.0.2.1");
  CHECK(ReferralHostList::parse("")->empty());
  CHECK(ReferralHostList::parse("imap*.example").error().text ==
        "\"imap*.example\", expected HOST[:PORT] or *.DOMAIN[:PORT]");
  CHECK_FALSE(ReferralHostList::parse("*"));
}
