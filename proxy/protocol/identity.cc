#include "proxy/protocol/identity.h"

#include <algorithm>
#include <iterator>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

constexpr uint64_t kLongestTtl = 255;
constexpr size_t kLongestName = 253;  // octets of a DNS name
constexpr size_t kLongestLabel = 63;

using Text = std::string_view;
using Client = ClientIdentity;

template <auto Member>
bool read_ip(Text text, ToldIdentity& told) {
  told.*Member = Address::parse(text, 0);
  return (told.*Member).has_value() && !text.starts_with('[');
}

template <auto Member>
bool read_port(Text text, ToldIdentity& told) {
  const auto port = parse_number(text, 65535);
  if (port) told.*Member = static_cast<uint16_t>(*port);
  return port.has_value();
}

bool read_name(Text text, ToldIdentity& told) {
  if (!is_host_name(text)) return false;
  told.name = text;
  return true;
}

bool read_session(Text text, ToldIdentity& told) {
  if (!is_session_id(text)) return false;
  told.session = text;
  return true;
}

bool read_ttl(Text text, ToldIdentity& told) {
  const auto ttl = parse_number(text, kLongestTtl);
  if (ttl) told.ttl = static_cast<int>(*ttl);
  return ttl.has_value();
}

bool read_transport(Text text, ToldIdentity& told) {
  told.tls = same_text(text, "TLS");
  return *told.tls || same_text(text, "insecure");
}

std::string port_text(const Address& address) {
  return std::to_string(address.port());
}

struct Row {
  Text id;
  Text xclient;
  bool (*read)(Text text, ToldIdentity& told);
  std::string (*show)(const Client& client);  // null: only read; "": not sent
};

// In the order Dovecot's own proxy sends them.
constexpr Row kRows[] = {
    {"x-session-id", "SESSION", read_session,
     [](const Client& c) { return c.session; }},
    {"x-originating-ip", "ADDR", read_ip<&ToldIdentity::client>,
     [](const Client& c) { return c.client.ip(); }},
    {"x-originating-port", "PORT", read_port<&ToldIdentity::client_port>,
     [](const Client& c) { return port_text(c.client); }},
    {"x-connected-ip", "DESTADDR", read_ip<&ToldIdentity::local>,
     [](const Client& c) { return c.local.ip(); }},
    {"x-connected-port", "DESTPORT", read_port<&ToldIdentity::local_port>,
     [](const Client& c) { return port_text(c.local); }},
    {"x-proxy-ttl", "TTL", read_ttl,
     [](const Client& c) { return std::to_string(c.ttl - 1); }},
    {"x-client-transport", "CLIENT-TRANSPORT", read_transport,
     [](const Client& c) { return std::string(c.tls ? "TLS" : "insecure"); }},
    {"x-connected-name", "DESTNAME", read_name,
     [](const Client& c) { return c.name; }},
    {"x-session-ext-id", "", read_session, nullptr},
};

Text key_of(const Row& row, IdentityDialect dialect) {
  return dialect == IdentityDialect::Id ? row.id : row.xclient;
}

const Row* find_row(IdentityDialect dialect, Text key) {
  const auto* const row = std::ranges::find_if(kRows, [&](const Row& each) {
    const Text own = key_of(each, dialect);
    return !own.empty() && same_text(own, key);
  });
  return row == std::end(kRows) ? nullptr : row;
}

bool is_label(Text label) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !label.empty() && label.size() <= kLongestLabel &&
         std::ranges::all_of(label, letter) && !label.starts_with('-') &&
         !label.ends_with('-');
}

}  // namespace

bool ToldIdentity::empty() const {
  return !client && !local && name.empty() && session.empty() && !ttl && !tls;
}

bool is_identity_key(IdentityDialect dialect, std::string_view key) {
  if (dialect == IdentityDialect::Id) return starts_with_text(key, "x-");
  return find_row(dialect, key) != nullptr;
}

bool read_identity(IdentityDialect dialect, const IdField& field,
                   ToldIdentity& told) {
  const Row* const row = find_row(dialect, field.name);
  if (row == nullptr || !field.value) return true;
  return row->read(*field.value, told);
}

std::vector<ShownField> show_identity(IdentityDialect dialect,
                                      const ClientIdentity& client) {
  std::vector<ShownField> fields;
  fields.reserve(std::size(kRows));
  for (const Row& row : kRows) {
    if (row.show == nullptr) continue;
    std::string value = row.show(client);
    if (!value.empty())
      fields.push_back({key_of(row, dialect), std::move(value)});
  }
  return fields;
}

void apply(const ToldIdentity& told, ClientIdentity& client) {
  if (told.client)
    client.client = told.client->with_port(told.client_port.value_or(0));
  if (told.local)
    client.local = told.local->with_port(told.local_port.value_or(0));
  if (!told.name.empty()) client.name = told.name;
  if (!told.session.empty()) client.session = told.session;
  if (told.ttl) client.ttl = *told.ttl;
  if (told.tls) client.tls = *told.tls;
}

bool is_postern(std::string_view name) {
  return name.find("Postern") != std::string_view::npos;
}

bool is_dovecot(std::string_view name) {
  return name.find("Dovecot") != std::string_view::npos;
}

bool is_host_name(std::string_view name) {
  if (name.size() > kLongestName || Address::parse(name, 0)) return false;
  return std::ranges::all_of(split(name, '.'), is_label);
}

bool is_session_id(std::string_view id) {
  return !id.empty() && id.size() <= kLongestSession &&
         std::ranges::all_of(id, [](char c) {
           return c > ' ' && c <= '~' && c != '"' && c != '\\';
         });
}

}  // namespace postern
