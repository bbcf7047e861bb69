// The table of SASL mechanisms we can carry.  Adding one is a Sasl that finds
// the user's name, and a row.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/sasl.h"

namespace postern {

struct Mechanism {
  std::string_view name;
  // Octets of one message of the client, decoded; more is refused unread.
  size_t max_message;
  // Null: a password is what we get, to be given to the backend in whatever way
  // it takes.  Else the mechanism is relayed: it is spoken to the backend too,
  // beginning with this message, and the rest of the exchange runs between
  // client and backend.
  Secret (*first_message)(const Credentials& who);
  // What is relayed is bound to the user's name as the client gave it.
  bool binds_name;
  // A challenge of the backend can only mean that it has refused.
  bool challenge_refuses;
  // What the client has proved is between it and us: it is offered to those
  // whose certificate we have verified, whatever backends offer.  Spoken to a
  // backend it is our own certificate that counts, and the client has no part.
  bool by_certificate;
  std::unique_ptr<Sasl> (*make)(SaslRules rules);

  bool relayed() const { return first_message != nullptr; }
  // Octets of a line that carries a message, where `usual` ones may have so
  // many: a token needs more room than anything else a client may say.
  size_t max_line(size_t usual) const;
};

std::span<const Mechanism> mechanisms();

// In any case; nullptr if there is none.
const Mechanism* find_mechanism(std::string_view name);

// The same among those that are `allowed`.
const Mechanism* find_mechanism(std::string_view name,
                                const std::vector<std::string>& allowed);

// Those of `allowed` that clients are told of, where `offered` is what every
// backend offers (see Back::offered()), nothing if that is not known. Passwords
// always find a way.  `certified`: the client by its certificate.  The names
// are those of `allowed` itself.
std::vector<std::string_view> announced_mechanisms(
    const std::vector<std::string>& allowed,
    const std::optional<std::string>& offered, bool certified);

// The "AUTH=…" of a list such as that, without what must not be relayed: a
// mechanism that the backend offers with channel binding too (RFC 5802 section
// 6; the client would see it offered without).
std::string relayable(std::string_view offered);

// The row of a relayed mechanism, or nullptr for a password.
const Mechanism* relayed_mechanism(const Credentials& who);

// What a backend asks in the exchange is for the client to answer.
bool client_answers(const Credentials& who);

}  // namespace postern
