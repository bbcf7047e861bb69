#include "proxy/config/values.h"

#include <algorithm>
#include <optional>
#include <span>

#include "lookup/key.h"
#include "proxy/base/ascii.h"
#include "proxy/protocol/mechanisms.h"
#include "proxy/session/user_name.h"

namespace postern {
namespace {

constexpr size_t kShownOctets = 64;
// 24 days: milliseconds must fit an int.
constexpr uint64_t kLongest = 576ull * 3600 * 1000;

struct Unit {
  std::string_view name;
  uint64_t size;
};

// Largest first, so that printing finds the shortest text.
const Unit kTimes[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
const Unit kSizes[] = {{"M", 1 << 20}, {"k", 1 << 10}};

struct NamedPort {
  std::string_view name;
  uint16_t port;
};
// Not the system's table: containers often have none.
const NamedPort kPorts[] = {{"imap", 143},  {"imap2", 143}, {"imaps", 993},
                            {"pop3", 110},  {"pop-3", 110}, {"pop3s", 995},
                            {"sieve", 4190}};

struct StateWord {
  std::string_view name;
  uint8_t bits;
};
// The names that print() uses come first.
const StateWord kStates[] = {{"all", kAllStates},
                             {"servername_lookup", kServernameLookup},
                             {"local_authentication", kLocalAuthentication},
                             {"remote_login", kRemoteLogin},
                             {"server_lookup", kServernameLookup},
                             {"local_auth", kLocalAuthentication}};

const std::string_view kTlsVersions[] = {"tlsv1", "tlsv1.1", "tlsv1.2",
                                         "tlsv1.3"};

struct FormatName {
  std::string_view name;
  LogFormat format;
};
const FormatName kFormats[] = {{"logfmt", LogFormat::Logfmt},
                               {"json", LogFormat::Json},
                               {"perdition", LogFormat::Perdition}};

struct ModeName {
  std::string_view name;
  IdentityMode mode;
};
const ModeName kModes[] = {
    {"auto", IdentityMode::Auto},        {"id", IdentityMode::Id},
    {"xclient", IdentityMode::Xclient},  {"proxy", IdentityMode::Proxy},
    {"proxy_v1", IdentityMode::ProxyV1}, {"none", IdentityMode::None}};

struct AcceptName {
  std::string_view name;
  AcceptProxy wanted;
};
const AcceptName kAccepts[] = {{"off", AcceptProxy::Off},
                               {"optional", AcceptProxy::Optional},
                               {"required", AcceptProxy::Required}};

// The number before the unit; nothing if it is none or far too large.
std::optional<uint64_t> parse_with_unit(std::string_view text,
                                        std::span<const Unit> units,
                                        uint64_t bare) {
  const size_t digits =
      std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number(text.substr(0, digits), uint64_t{1} << 40);
  if (!number) return {};
  const std::string_view unit = text.substr(digits);
  if (unit.empty()) return *number * bare;
  for (const Unit& each : units)
    if (same_text(unit, each.name)) return *number * each.size;
  return {};
}

std::string print_with_unit(uint64_t number, std::span<const Unit> units) {
  for (const Unit& each : units)
    if (number != 0 && number % each.size == 0)
      return std::to_string(number / each.size).append(each.name);
  return std::to_string(number);
}

template <class Item, class Print>
std::string join(const std::vector<Item>& items, Print print) {
  std::string text;
  for (const Item& item : items) {
    if (!text.empty()) text += ',';
    text += print(item);
  }
  return text;
}

}  // namespace

Error unexpected(std::string_view value, std::string_view expected) {
  std::string text = "\"" + printable(value, kShownOctets) + "\", expected ";
  return {Fault::Config, text.append(expected)};
}

std::vector<std::string_view> words_of_list(std::string_view text) {
  if (trim(text).empty()) return {};
  std::vector<std::string_view> words = split(text, ',');
  for (std::string_view& word : words)
    word = trim(word);
  return words;
}

std::string list_of_words(const std::vector<std::string>& words) {
  return join(words, [](const std::string& word) { return word; });
}

std::vector<std::string_view> words_between_blanks(std::string_view text) {
  std::vector<std::string_view> words;
  for (;;) {
    text = trim(text);
    if (text.empty()) return words;
    const size_t end = std::min(text.find_first_of(" \t"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

Result<uint64_t> parse_count(std::string_view text, uint64_t least,
                             uint64_t most) {
  const auto number = parse_number(text, most);
  if (number && *number >= least) return *number;
  return unexpected(text, "a number from " + std::to_string(least) + " to " +
                              std::to_string(most));
}

Result<uint64_t> parse_milliseconds(std::string_view text, uint64_t least,
                                    uint64_t unit) {
  const auto time = parse_with_unit(text, kTimes, 1000);
  if (!time)
    return unexpected(text,
                      "seconds, or a number with one of the units ms, s, m, h");
  if (*time < least || *time > kLongest)
    return unexpected(text, "a time from " + print_milliseconds(least) +
                                " to " + print_milliseconds(kLongest));
  if (*time % unit != 0) return unexpected(text, "whole seconds");
  return *time;
}

Result<uint64_t> parse_size(std::string_view text, uint64_t least,
                            uint64_t most) {
  const auto size = parse_with_unit(text, kSizes, 1);
  if (size && *size >= least && *size <= most) return *size;
  return unexpected(text, "octets from " + print_size(least) + " to " +
                              print_size(most) +
                              ", as a number or with one of the units k, M");
}

std::string print_milliseconds(uint64_t milliseconds) {
  return print_with_unit(milliseconds, kTimes);
}

std::string print_size(uint64_t octets) {
  return print_with_unit(octets, kSizes);
}

Result<bool> Flag::parse(std::string_view text) {
  for (const std::string_view yes : {"yes", "on", "true"})
    if (same_text(text, yes)) return true;
  for (const std::string_view no : {"no", "off", "false"})
    if (same_text(text, no)) return false;
  return unexpected(text, "nothing, or yes, no, on, off, true or false");
}

Result<bool> NegatedFlag::parse(std::string_view text) {
  auto parsed = Flag::parse(text);
  if (parsed) *parsed = !*parsed;
  return parsed;
}

Result<std::string> NonEmptyText::parse(std::string_view text) {
  if (text.empty()) return unexpected(text, "at least one character");
  return std::string(text);
}

Result<uint16_t> Port::parse(std::string_view text) {
  if (text.empty()) return uint16_t{0};
  for (const NamedPort& each : kPorts)
    if (same_text(text, each.name)) return each.port;
  const auto port = parse_number(text, 65535);
  if (port && *port != 0) return static_cast<uint16_t>(*port);
  return unexpected(text,
                    "a port from 1 to 65535, or imap, imaps, pop3 or pop3s");
}

std::string Port::print(uint16_t port) {
  return port == 0 ? std::string() : std::to_string(port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (auto endpoint = Endpoint::parse(text)) return *endpoint;
  if (const size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    const auto port = Port::parse(text.substr(colon + 1));
    auto host = Endpoint::parse(text.substr(0, colon));
    if (port && *port != 0 && host && host->port == 0) {
      host->port = *port;
      return *host;
    }
  }
  return unexpected(text,
                    "a host name or address, or HOST:PORT with a port "
                    "from 1 to 65535; [ADDRESS]:PORT for IPv6");
}

Result<EndpointList::Type> EndpointList::parse(std::string_view text) {
  Type endpoints;
  for (const std::string_view word : words_of_list(text)) {
    auto endpoint = parse_endpoint(word);
    if (!endpoint) return std::move(endpoint).error();
    endpoints.push_back(std::move(*endpoint));
  }
  return endpoints;
}

std::string EndpointList::print(const Type& endpoints) {
  return join(endpoints, [](const Endpoint& each) { return each.text(); });
}

Result<BackendList::Type> BackendList::parse(std::string_view text) {
  auto endpoints = EndpointList::parse(text);
  if (!endpoints) return std::move(endpoints).error();
  Type backends;
  for (Endpoint& endpoint : *endpoints)
    backends.push_back({std::move(endpoint)});
  return backends;
}

std::string BackendList::print(const Type& backends) {
  return join(backends,
              [](const BackendOptions& each) { return each.where.text(); });
}

Result<ProtocolName::Type> ProtocolName::parse(std::string_view text) {
  if (const Protocol* protocol = find_protocol(text)) return protocol;
  std::string names;
  for (const Protocol& each : protocols())
    names.append(names.empty() ? "" : ", ").append(each.name);
  if (same_text(text, "MANAGESIEVE"))
    return Error{Fault::Config,
                 "MANAGESIEVE is not available yet, expected " + names};
  return unexpected(text, names);
}

std::string ProtocolName::print(Type protocol) {
  return std::string(protocol->name);
}

Result<Mechanisms::Type> Mechanisms::parse(std::string_view text) {
  Type known;
  for (const Mechanism& row : mechanisms())
    known.emplace_back(row.name);
  Type wanted;
  for (const std::string_view word : words_of_list(text)) {
    std::string name = to_upper(word);
    if (std::ranges::find(known, name) == known.end())
      return unexpected(word, "names among " + list_of_words(known));
    wanted.push_back(std::move(name));
  }
  return wanted;
}

std::string Mechanisms::print(const Type& mechanisms) {
  return list_of_words(mechanisms);
}

Result<KeyFormats::Type> KeyFormats::parse(std::string_view text) {
  Type formats;
  for (const std::string_view word : words_of_list(text)) {
    if (word.empty()) return unexpected(text, "formats between commas");
    if (Status checked = check_key_format(word); !checked)
      return std::move(checked).error();
    formats.emplace_back(word);
  }
  if (formats.empty()) return unexpected(text, "at least one format");
  return formats;
}

std::string KeyFormats::print(const Type& formats) {
  return list_of_words(formats);
}

Result<uint8_t> NameStates::parse(std::string_view text) {
  unsigned bits = 0;
  for (const std::string_view word : words_of_list(text)) {
    unsigned found = 0;
    for (const StateWord& each : kStates)
      if (word == each.name) found = each.bits;
    if (found == 0)
      return unexpected(word,
                        "servername_lookup, local_authentication, "
                        "remote_login or all");
    bits |= found;
  }
  return static_cast<uint8_t>(bits);
}

std::string NameStates::print(uint8_t states) {
  std::string text;
  for (const StateWord& each : kStates) {
    if ((states & each.bits) != each.bits) continue;
    text.append(text.empty() ? "" : ",").append(each.name);
    states = static_cast<uint8_t>(states & ~each.bits);
  }
  return text;
}

Result<uint8_t> NameStatesAndDepth::parse(std::string_view text) {
  const size_t comma = text.rfind(',');
  if (comma != std::string_view::npos &&
      parse_number(trim(text.substr(comma + 1)), 255))
    text = text.substr(0, comma);
  return NameStates::parse(text);
}

Result<std::string> TlsVersion::parse(std::string_view text) {
  if (text.empty()) return std::string();
  for (const std::string_view version : kTlsVersions)
    if (same_text(text, version)) return std::string(version);
  return unexpected(text, "tlsv1, tlsv1.1, tlsv1.2 or tlsv1.3");
}

Result<NetworkList::Type> NetworkList::parse(std::string_view text) {
  Type networks;
  for (const std::string_view word : words_of_list(text)) {
    auto network = Netmask::parse(word);
    if (!network) return std::move(network).error();
    networks.push_back(*network);
  }
  return networks;
}

std::string NetworkList::print(const Type& networks) {
  return join(networks, [](const Netmask& each) { return each.text(); });
}

Result<AddressList::Type> AddressList::parse(std::string_view text) {
  Type addresses;
  for (const std::string_view word : words_of_list(text)) {
    const auto address = Address::parse(word, 0);
    if (!address) return unexpected(word, "an address of this machine");
    addresses.push_back(*address);
  }
  return addresses;
}

std::string AddressList::print(const Type& addresses) {
  return join(addresses, [](const Address& each) { return each.ip(); });
}

Result<ReferralHosts> ReferralHostList::parse(std::string_view text) {
  Type hosts;
  for (const std::string_view word : words_of_list(text)) {
    auto host = ReferralHost::parse(word);
    if (!host) return unexpected(word, "HOST[:PORT] or *.DOMAIN[:PORT]");
    hosts.push_back(std::move(*host));
  }
  return hosts;
}

std::string ReferralHostList::print(const Type& hosts) {
  return join(hosts, [](const ReferralHost& each) { return each.text(); });
}

Result<IdentityMode> IdentityModeName::parse(std::string_view text) {
  for (const ModeName& each : kModes)
    if (same_text(text, each.name)) return each.mode;
  return unexpected(text, "auto, id, xclient, proxy, proxy_v1 or none");
}

std::string IdentityModeName::print(IdentityMode mode) {
  for (const ModeName& each : kModes)
    if (mode == each.mode) return std::string(each.name);
  return {};
}

Result<AcceptProxy> AcceptProxyName::parse(std::string_view text) {
  for (const AcceptName& each : kAccepts)
    if (same_text(text, each.name)) return each.wanted;
  return unexpected(text, "off, optional or required");
}

std::string AcceptProxyName::print(AcceptProxy wanted) {
  for (const AcceptName& each : kAccepts)
    if (wanted == each.wanted) return std::string(each.name);
  return {};
}

Result<LogFormat> LogFormatName::parse(std::string_view text) {
  for (const FormatName& each : kFormats)
    if (same_text(text, each.name)) return each.format;
  return unexpected(text, "logfmt, json or perdition");
}

std::string LogFormatName::print(LogFormat format) {
  for (const FormatName& each : kFormats)
    if (format == each.format) return std::string(each.name);
  return {};
}

}  // namespace postern
