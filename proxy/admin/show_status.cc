// `status`: how the daemon is.

#include <unistd.h>
#include <utility>
#include <vector>

#include "proxy/admin/commands.h"
#include "proxy/base/clock.h"
#include "proxy/base/log.h"

namespace postern {
namespace {

constexpr Column kDaemon[] = {
    {"version"},
    {"pid", Form::Number},
    {"state"},
    {"started", Form::Time},
    {"uptime", Form::Duration},
    {"config_file"},
    {"config_loaded", Form::Time},
    {"threads", Form::Number},
    {"sessions", Form::Number},
    {"sessions_at_most", Form::Number},
    {"log_level"},
    {"log_lines_lost", Form::Number},
    {"state_file"},
    {"state_file_health"},
};

constexpr Column kServices[] = {
    {"service"},
    {"protocol"},
    {"listening"},
    {"sessions", Form::Number},
    {"logged_in", Form::Number},
    {"limit", Form::Number},
    {"logins", Form::Number},
    {"failures", Form::Number},
};

constexpr Column kMoves[] = {
    {"user"}, {"from"}, {"to"}, {"step"}, {"for", Form::Duration},
};

constexpr Column kPools[] = {
    {"pool"},
    {"policy"},
    {"sticky", Form::Flag},
    {"backends", Form::Number},
    {"up", Form::Number},
    {"sessions", Form::Number},
    {"users_known", Form::Number},
};

uint64_t count(int number) {
  return number < 0 ? 0 : static_cast<uint64_t>(number);
}

// The global limit if there is one, else what descriptors allow.
uint64_t most_sessions(const Server& server) {
  const int wanted = server.snapshot()->options.connection_limit;
  const int possible = server.shared().max_sessions;
  return count(wanted != 0 && wanted < possible ? wanted : possible);
}

// "ok", or the trouble; nothing without a state_file.
Value state_file_health(Server& server) {
  if (server.snapshot()->options.director.state_file.empty()) return {};
  std::string trouble = server.director().state_trouble();
  return trouble.empty() ? std::string("ok") : std::move(trouble);
}

void show_daemon(Server& server, const Log& log, Answer& answer) {
  const Dates& dates = server.dates();
  answer.facts("daemon", kDaemon);
  answer.row({std::string(POSTERN_VERSION), static_cast<uint64_t>(getpid()),
              std::string(server.stopping() ? "stopping" : "serving"),
              dates.started, milliseconds_since_1970() - dates.started,
              text_or_none(server.snapshot()->options.config_file),
              dates.loaded, uint64_t{server.workers().size()},
              count(server.shared().sessions), most_sessions(server),
              std::string(name_of(log.level())), log.lost(),
              text_or_none(server.snapshot()->options.director.state_file),
              state_file_health(server)});
}

std::string addresses_of(const Snapshot& snapshot, const std::string& service) {
  std::string text;
  const auto found = snapshot.addresses.find(service);
  if (found == snapshot.addresses.end()) return text;
  for (const Address& address : found->second)
    text += (text.empty() ? "" : ",") + address.text();
  return text;
}

void show_services(const Snapshot& snapshot, Answer& answer) {
  answer.table("services", kServices);
  for (const auto& service : snapshot.services) {
    const ServiceOptions& options = service->options;
    const int limit = options.limits.connections;
    answer.row({options.name, std::string(options.protocol->name),
                addresses_of(snapshot, options.name),
                count(service->counts->open), count(service->counts->logged_in),
                limit == 0 ? Value() : Value(count(limit)),
                service->counts->logins.load(),
                service->counts->failures.load()});
  }
}

// Up: new users may be sent there.
void show_pool(const Pool& pool, Answer& answer) {
  uint64_t up = 0;
  uint64_t sessions = 0;
  for (const auto& backend : pool.backends()) {
    if (!backend->down() && backend->takes_new_users()) ++up;
    sessions += backend->sessions();
  }
  answer.row(
      {pool.name(), pool.options().policy, pool.sticky(),
       uint64_t{pool.backends().size()}, up, sessions,
       pool.affinity() ? Value(uint64_t{pool.affinity()->size()}) : Value()});
}

void show_pools(const Snapshot& snapshot, Answer& answer) {
  answer.table("pools", kPools);
  for (const auto& [name, pool] : snapshot.pools)
    show_pool(*pool, answer);
  for (const auto& service : snapshot.services)
    if (service->outgoing) show_pool(*service->outgoing, answer);
}

void show_moves(const std::vector<MoveUnderWay>& moves, Answer& answer) {
  answer.table("moves", kMoves);
  const auto place = [](const MoveUnderWay& move, const std::string& backend) {
    return backend.empty() ? Value() : Value(move.pool + "/" + backend);
  };
  for (const MoveUnderWay& each : moves)
    answer.row({each.user, place(each, each.from), place(each, each.to),
                std::string(each.step), each.for_ms});
}

}  // namespace

// What the Director's thread knows comes last, when it has told.
void show_status(const Call& call) {
  show_daemon(call.server, call.server.log(), *call.answer);
  show_services(*call.server.snapshot(), *call.answer);
  show_pools(*call.server.snapshot(), *call.answer);
  call.server.director().list_moves([call](std::vector<MoveUnderWay> moves) {
    call.server.loop().post([call, moves = std::move(moves)] {
      show_moves(moves, *call.answer);
      call.answer->ok();
    });
  });
}

}  // namespace postern
