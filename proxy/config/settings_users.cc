// Settings of how users belong to backends, and of what administrators change
// at run time.  Those of one pool are in pool_line.cc.

#include "proxy/config/kinds.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

template <class Value, auto Member>
constexpr Kind kOfDirector = kKind<Value, &ServerOptions::director, Member>;

template <class Value, auto Member>
constexpr Kind kOfMoves =
    kKind<Value, &ServerOptions::director, &DirectorOptions::moves, Member>;

const Setting kUsersSettings[] = {
    {"state_file", 0, Scope::Global,
     kOfDirector<FileName, &DirectorOptions::state_file>,
     "SQLite file for overrides, drains, weights and the like that were set at "
     "run time; empty: they end with the process"},
    {"user_expire", 0, Scope::Global,
     kOfDirector<Time<kLeastUserExpireMs>, &DirectorOptions::user_expire_ms>,
     "how long after its last session a user of a sticky pool still belongs to "
     "its backend"},
    {"user_kick_delay", 0, Scope::Global,
     kOfMoves<Time<>, &MoveOptions::kick_delay_ms>,
     "how long a user who is moved has no session anywhere, for the old "
     "backend to finish"},
    {"user_move_timeout", 0, Scope::Global,
     kOfMoves<Time<1>, &MoveOptions::timeout_ms>,
     "how long logins wait for their user's move, and a move for sessions to "
     "end"},
    {"user_move_script", 0, Scope::Global,
     kOfMoves<FileName, &MoveOptions::script>,
     "program that is run before a moved user gets in, with user, old and new "
     "backend; empty: none"},
    {"user_move_script_timeout", 0, Scope::Global,
     kOfMoves<Time<1>, &MoveOptions::script_ms>,
     "how long it may take before it is killed and the move goes on"},
    {"max_user_moves", 0, Scope::Global,
     kOfMoves<Number<1, 100000>, &MoveOptions::most>,
     "users that may be moved at once"},
    {"disconnect_spread", 0, Scope::Global,
     kOfDirector<Time<>, &DirectorOptions::disconnect_spread_ms>,
     "over how long clients are told that their backend died; 0: at once"},
};

}  // namespace

std::span<const Setting> user_settings() {
  return kUsersSettings;
}

}  // namespace postern
