// How values are written in the configuration: one struct for each way, with
// parse() and its inverse print().  Errors say what is wrong and what was
// expected; the reader adds where.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"
#include "proxy/base/address.h"
#include "proxy/base/log.h"
#include "proxy/base/netmask.h"
#include "proxy/base/result.h"
#include "proxy/protocol/protocols.h"
#include "proxy/session/service.h"

namespace postern {

// "\"…\", expected …" for error texts.
Error unexpected(std::string_view value, std::string_view expected);

// Words between commas, trimmed; none in "".
std::vector<std::string_view> words_of_list(std::string_view text);

// The way words_of_list() reads it.
std::string list_of_words(const std::vector<std::string>& words);

// Words between blanks and tabs.
std::vector<std::string_view> words_between_blanks(std::string_view text);

Result<uint64_t> parse_count(std::string_view text, uint64_t least,
                             uint64_t most);
Result<uint64_t> parse_milliseconds(std::string_view text, uint64_t least,
                                    uint64_t unit);
Result<uint64_t> parse_size(std::string_view text, uint64_t least,
                            uint64_t most);
std::string print_milliseconds(uint64_t milliseconds);
std::string print_size(uint64_t octets);

struct Flag {
  using Type = bool;
  static constexpr std::string_view kPlaceholder{};
  static Result<bool> parse(std::string_view text);
  static std::string print(bool on) { return on ? "yes" : "no"; }
};

// For Perdition's settings that begin with "no": yes switches off.
struct NegatedFlag {
  using Type = bool;
  static constexpr std::string_view kPlaceholder{};
  static Result<bool> parse(std::string_view text);
  static std::string print(bool on) { return Flag::print(!on); }
};

struct Text {
  using Type = std::string;
  static constexpr std::string_view kPlaceholder = "TEXT";
  static Result<std::string> parse(std::string_view text) {
    return std::string(text);
  }
  static std::string print(const std::string& text) { return text; }
};

struct FileName : Text {
  static constexpr std::string_view kPlaceholder = "FILE";
};

struct DirectoryName : Text {
  static constexpr std::string_view kPlaceholder = "DIRECTORY";
};

struct Name : Text {
  static constexpr std::string_view kPlaceholder = "NAME";
};

struct NonEmptyText : Text {
  static Result<std::string> parse(std::string_view text);
};

template <uint64_t Least, uint64_t Most>
struct Number {
  using Type = uint64_t;
  static constexpr std::string_view kPlaceholder = "NUMBER";
  static Result<uint64_t> parse(std::string_view text) {
    return parse_count(text, Least, Most);
  }
  static std::string print(uint64_t number) { return std::to_string(number); }
};

// Kept in milliseconds.
template <uint64_t Least = 0>
struct Time {
  using Type = uint64_t;
  static constexpr std::string_view kPlaceholder = "TIME";
  static Result<uint64_t> parse(std::string_view text) {
    return parse_milliseconds(text, Least, 1);
  }
  static std::string print(uint64_t time) { return print_milliseconds(time); }
};

// Kept in seconds.
template <uint64_t Least = 0>
struct WholeSeconds {
  using Type = uint64_t;
  static constexpr std::string_view kPlaceholder = "TIME";
  static Result<uint64_t> parse(std::string_view text) {
    auto parsed = parse_milliseconds(text, Least * 1000, 1000);
    if (parsed) *parsed /= 1000;
    return parsed;
  }
  static std::string print(uint64_t seconds) {
    return print_milliseconds(seconds * 1000);
  }
};

template <uint64_t Least, uint64_t Most>
struct Size {
  using Type = uint64_t;
  static constexpr std::string_view kPlaceholder = "SIZE";
  static Result<uint64_t> parse(std::string_view text) {
    return parse_size(text, Least, Most);
  }
  static std::string print(uint64_t octets) { return print_size(octets); }
};

// A number or the name of a mail service; "" is 0, the default.
struct Port {
  using Type = uint16_t;
  static constexpr std::string_view kPlaceholder = "PORT";
  static Result<uint16_t> parse(std::string_view text);
  static std::string print(uint16_t port);
};

// Of one host, the port as for Port.
Result<Endpoint> parse_endpoint(std::string_view text);

struct EndpointList {
  using Type = std::vector<Endpoint>;
  static constexpr std::string_view kPlaceholder = "HOST[:PORT],...";
  static Result<Type> parse(std::string_view text);
  static std::string print(const Type& endpoints);
};

struct BackendList {
  using Type = std::vector<BackendOptions>;
  static constexpr std::string_view kPlaceholder = "HOST[:PORT],...";
  static Result<Type> parse(std::string_view text);
  static std::string print(const Type& backends);
};

struct ProtocolName {
  using Type = const Protocol*;
  static constexpr std::string_view kPlaceholder = "PROTOCOL";
  static Result<Type> parse(std::string_view text);
  static std::string print(Type protocol);
};

struct Mechanisms {
  using Type = std::vector<std::string>;
  static constexpr std::string_view kPlaceholder = "MECHANISM,...";
  static Result<Type> parse(std::string_view text);
  static std::string print(const Type& mechanisms);
};

// query_key.
struct KeyFormats {
  using Type = std::vector<std::string>;
  static constexpr std::string_view kPlaceholder = "FORMAT,...";
  static Result<Type> parse(std::string_view text);
  static std::string print(const Type& formats);
};

// Bits of NameState.
struct NameStates {
  using Type = uint8_t;
  static constexpr std::string_view kPlaceholder = "STATE,...";
  static Result<uint8_t> parse(std::string_view text);
  static std::string print(uint8_t states);
};

// add_domain: Perdition's depth may follow the states.  It counts labels of a
// name found by reverse lookup, which does not happen here.
struct NameStatesAndDepth : NameStates {
  static Result<uint8_t> parse(std::string_view text);
};

struct TlsVersion {
  using Type = std::string;
  static constexpr std::string_view kPlaceholder = "VERSION";
  static Result<std::string> parse(std::string_view text);
  static std::string print(const std::string& version) { return version; }
};

struct NetworkList {
  using Type = Networks;
  static constexpr std::string_view kPlaceholder = "NETWORK,...";
  static Result<Type> parse(std::string_view text);
  static std::string print(const Type& networks);
};

// Of this machine, without ports.
struct AddressList {
  using Type = std::vector<Address>;
  static constexpr std::string_view kPlaceholder = "ADDRESS,...";
  static Result<Type> parse(std::string_view text);
  static std::string print(const Type& addresses);
};

// referral_hosts.
struct ReferralHostList {
  using Type = ReferralHosts;
  static constexpr std::string_view kPlaceholder = "HOST[:PORT],...";
  static Result<Type> parse(std::string_view text);
  static std::string print(const Type& hosts);
};

struct IdentityModeName {
  using Type = IdentityMode;
  static constexpr std::string_view kPlaceholder =
      "auto|id|xclient|proxy|proxy_v1|none";
  static Result<Type> parse(std::string_view text);
  static std::string print(Type mode);
};

struct AcceptProxyName {
  using Type = AcceptProxy;
  static constexpr std::string_view kPlaceholder = "off|optional|required";
  static Result<Type> parse(std::string_view text);
  static std::string print(Type wanted);
};

struct LogFormatName {
  using Type = LogFormat;
  static constexpr std::string_view kPlaceholder = "logfmt|json|perdition";
  static Result<LogFormat> parse(std::string_view text);
  static std::string print(LogFormat format);
};

}  // namespace postern
