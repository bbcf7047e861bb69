#include "proxy/session/referring.h"

#include <array>
#include <utility>

#include "backends/pool_memory.h"
#include "proxy/base/ascii.h"
#include "proxy/protocol/mechanisms.h"

namespace postern {
namespace {

uint16_t usual_port(const BackSideOptions& side, const Protocol& protocol) {
  return side.implicit_tls ? protocol.tls_port : protocol.clear_port;
}

// What is given to servers for a password is ours to choose.
bool takes_passwords(std::string_view mechanism) {
  static constexpr std::array<std::string_view, 4> kWays = {"", "*", "PLAIN",
                                                            "LOGIN"};
  for (const std::string_view way : kWays)
    if (same_text(mechanism, way)) return true;
  return false;
}

}  // namespace

Endpoint referred_place(const Referral& to, const BackSideOptions& side,
                        const Protocol& protocol) {
  Endpoint place = to.where;
  if (place.port == 0) place.port = usual_port(side, protocol);
  return place;
}

std::string referral_barrier(const Referral& to, const Credentials& who,
                             const BackSideOptions& side,
                             const Protocol& protocol) {
  const Endpoint place = referred_place(to, side, protocol);
  if (!allows(side.referral_hosts, place,
              {usual_port(side, protocol), side.port}))
    return "referral_hosts does not name it";
  // Whose password we have is all we know.
  if (!to.user.empty() && !same_text(to.user, who.user))
    return "it is for another user";
  if (relayed_mechanism(who) != nullptr)
    return who.mechanism + " can be said to one server only";
  if (!takes_passwords(to.mechanism))
    return "it asks for the mechanism " + to.mechanism;
  return {};
}

std::shared_ptr<const BackSide> no_less_secure(
    std::shared_ptr<const BackSide> side, bool went_by_tls) {
  using Upgrade = BackOptions::Upgrade;
  if (!went_by_tls || side->options.dialogue.upgrade != Upgrade::IfOffered)
    return side;
  auto strict = std::make_shared<BackSide>(*side);
  strict->options.dialogue.upgrade = Upgrade::Required;
  return strict;
}

std::shared_ptr<Backend> backend_at(const Endpoint& place, const Pool& pool,
                                    uint16_t port, PoolMemory* memory) {
  for (const auto& each : pool.backends()) {
    Endpoint where = each->where();
    if (where.port == 0) where.port = port;
    if (where.port == place.port && same_text(where.host, place.host))
      return each;
  }
  BackendOptions alone{place};
  auto state = memory == nullptr ? std::make_shared<BackendState>(place)
                                 : memory->roster().state_of({}, place);
  return std::make_shared<Backend>(std::move(alone), std::move(state));
}

}  // namespace postern
