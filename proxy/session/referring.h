// Where a login goes on that a backend has sent to another server (RFC 2221),
// and why it does not.  Its conduct there is login.cc's.

#pragma once

#include <memory>
#include <string>

#include "backends/backend.h"
#include "backends/pool.h"
#include "proxy/protocol/action.h"
#include "proxy/session/service.h"

namespace postern {

// One after the other in one login.
inline constexpr int kMostReferrals = 2;

// With its port: where the referral names none, the one that goes with the
// protocol and the TLS spoken.
Endpoint referred_place(const Referral& to, const BackSideOptions& side,
                        const Protocol& protocol);

// Why a login must not go there, in words for the log; empty if it may.
std::string referral_barrier(const Referral& to, const Credentials& who,
                             const BackSideOptions& side,
                             const Protocol& protocol);

// `side` as it is, unless a password that has gone by TLS could go in the clear
// with it.
std::shared_ptr<const BackSide> no_less_secure(
    std::shared_ptr<const BackSide> side, bool went_by_tls);

// The pool's own if it has one there, else one of no pool, as if a map had
// named it.  `port`: of the pool's backends that name none.
std::shared_ptr<Backend> backend_at(const Endpoint& place, const Pool& pool,
                                    uint16_t port, PoolMemory* memory);

}  // namespace postern
