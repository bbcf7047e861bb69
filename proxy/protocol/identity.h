// Who the client is, as one mail proxy tells the next, in the dialects that
// Dovecot made common: keys of IMAP's ID ("x-originating-ip") and of XCLIENT in
// POP3 ("ADDR").  One table (identity.cc) reads and writes both.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/address.h"

namespace postern {

// Proxies a login may still pass, ourselves included, until it is taken for a
// loop.
inline constexpr int kProxyTtl = 7;
inline constexpr size_t kLongestSession = 64;  // octets; Dovecot's limit

// One pair of an ID command (RFC 2971).
struct IdField {
  std::string name;
  std::optional<std::string> value;  // nothing: NIL
};
using IdFields = std::vector<IdField>;

// One of ours, as it is told to others.
struct ShownField {
  std::string_view name;  // of a table that outlives everybody
  std::string value;
};

// Owned by the session.  Every text in it is fit to be sent as it is.
struct ClientIdentity {
  Address client;       // the mail client itself
  Address local;        // where it connected to
  std::string name;     // the host it asked for (SNI); may be empty
  std::string session;  // of our log, and of the backend's
  int ttl = kProxyTtl;
  bool tls = false;  // between the mail client and the first proxy
  IdFields fields;   // what the client says of itself: its program and the like
};

// What a proxy in front of us said of its client, as far as it made sense.
struct ToldIdentity {
  std::optional<Address> client;
  std::optional<uint16_t> client_port;
  std::optional<Address> local;
  std::optional<uint16_t> local_port;
  std::string name;
  std::string session;
  std::optional<int> ttl;
  std::optional<bool> tls;

  bool empty() const;
};

enum class IdentityDialect { Id, Xclient };

// How much of it a server is told: all, or only what the client says of itself
// because the rest has gone another way (PROXY header) or is nobody's business.
enum class Introduce { Fields, All };

// What became of that.
enum class Introduced {
  Nothing,      // nothing was to be told, or it has not come to that
  NotOffered,   // the server shows no way to tell it
  Sent,         // it was told, and did not say what it makes of it
  Unconfirmed,  // the same, of one that may believe us without saying so
  Trusted,      // it said that it believes us
  Untrusted,    // it would understand, but does not believe us
};

// Software that says whom it trusts, by its greeting or name.
bool is_postern(std::string_view name);
// It does so by XCLIENT; by ID only from 2.4 on.
bool is_dovecot(std::string_view name);

// True if `key` is one of the dialect's, whatever the case: only proxies may
// say it.  Of ID every "x-…" is, the ones to come too.
bool is_identity_key(IdentityDialect dialect, std::string_view key);

// False if the key is known but the value is none it can have.
bool read_identity(IdentityDialect dialect, const IdField& field,
                   ToldIdentity& told);

// The pairs for the next proxy or server, the TTL counted down.
std::vector<ShownField> show_identity(IdentityDialect dialect,
                                      const ClientIdentity& client);

// What was told replaces what the socket says.
void apply(const ToldIdentity& told, ClientIdentity& client);

// A DNS name that may stand where peers expect one (SNI is whatever a client
// sends).
bool is_host_name(std::string_view name);

// Fit to name a session to another proxy: 1 to 64 visible octets without
// quotes and backslashes.
bool is_session_id(std::string_view id);

}  // namespace postern
