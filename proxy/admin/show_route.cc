// `route`: where a login of this user would go, and why.

#include <map>
#include <utility>

#include "proxy/admin/machine_name.h"
#include "proxy/admin/service_round.h"
#include "proxy/base/ascii.h"
#include "proxy/session/routing.h"

namespace postern {
namespace {

constexpr Column kMaps[] = {
    {"service"}, {"map"}, {"key"}, {"answer"}, {"source"}};

constexpr Column kPlaces[] = {
    {"pool"},
    {"user"},
    {"lives_on"},
    {"pinned_to"},
    {"sessions", Form::Number},
    {"logging_in", Form::Number},
    {"waiting", Form::Number},
    {"moving", Form::Flag},
    {"expires_in", Form::Duration},
};

constexpr Column kRoutes[] = {
    {"service"}, {"decided_by"}, {"login_name"}, {"pool"},
    {"backend"}, {"chosen_by"},  {"state"},      {"why"},
};

using Rows = std::vector<std::vector<Value>>;

// What is found on the way; shown at its end, table by table.
struct Findings {
  Rows maps;
  Rows routes;
  std::map<std::string, std::vector<Value>> places;  // by pool
  bool found = false;
  bool trouble = false;
};

std::string pool_name(const Pool& pool) {
  return pool.name().empty() ? pool.backends().front()->where().text()
                             : pool.name();
}

std::vector<Value> place_of(const Pool& pool, const UserPlace& place) {
  return {pool.name(),
          place.user,
          text_or_none(place.backend),
          text_or_none(place.pinned_to),
          uint64_t{place.sessions},
          uint64_t{place.logging_in},
          uint64_t{place.waiting},
          place.moving,
          place.expires_in_ms ? Value(*place.expires_in_ms) : Value()};
}

void add_goal(Findings& findings, const std::string& service,
              const Destination& goal, const std::string& rule, uint64_t now) {
  const Pool& pool = *goal.pool;
  const Pick pick = goal.pool->peek({goal.user, now, {}, goal.tag});
  std::vector<Value> row = {service, rule, goal.user, pool_name(pool)};
  if (pick.backend) {
    const Standing standing = standing_of(pick.backend->state(), now);
    row.insert(row.end(),
               {pick.backend->where().text(), std::string(words(pick.by)),
                std::string(standing.word),
                text_or_none(pick.why.empty() ? standing.reason : pick.why)});
  } else {
    row.insert(row.end(),
               {Value(), Value(), Value(),
                pick.wait ? std::string("waits for the user's move to end")
                          : pick.why});
  }
  findings.routes.push_back(std::move(row));
  findings.found = true;
  if (!pool.affinity()) return;
  const auto place =
      pool.affinity()->find(pool.key_of(goal.user), now, pool.user_expire_ms());
  if (place) findings.places[pool.name()] = place_of(pool, *place);
}

void add_nothing(Findings& findings, const std::string& service,
                 const RouteAnswer& answer) {
  findings.trouble = findings.trouble || !answer;
  findings.routes.push_back(
      {service, Value(), Value(), Value(), Value(), Value(), Value(),
       answer ? std::string("no such user, and no outgoing_server")
              : "could not find out: " + answer.error().text});
}

void ask(const Call& call, const std::shared_ptr<Service>& service,
         const std::shared_ptr<Findings>& findings,
         std::function<void()> next) {
  Question question;
  question.user = call.asked.word(0);
  find_route(call.server.loop(), *service, question, true,
             [call, service, findings, next = std::move(next)](
                 const RouteAnswer& answer, const RouteTrace& trace) {
               const std::string& name = service->options.name;
               for (const ChainStep& step : trace.maps)
                 findings->maps.push_back(
                     {name, step.map, step.key, step.answer, source_of(step)});
               if (answer && *answer)
                 add_goal(*findings, name, **answer, trace.rule,
                          call.server.loop().now());
               else
                 add_nothing(*findings, name, answer);
               next();
             });
}

void show(Answer& answer, std::string_view name,
          std::span<const Column> columns, const Rows& rows) {
  answer.table(name, columns);
  for (const auto& row : rows)
    answer.row(row);
}

void show_all(Answer& answer, const Findings& findings) {
  show(answer, "maps", kMaps, findings.maps);
  Rows places;
  for (const auto& [pool, row] : findings.places)
    places.push_back(row);
  show(answer, "places", kPlaces, places);
  show(answer, "routes", kRoutes, findings.routes);
  if (findings.found) return answer.ok();
  if (findings.trouble)
    return answer.fail(Trouble::Failed, "it could not be found out");
  answer.fail(Trouble::NotFound, "there is no such user");
}

}  // namespace

void show_route(const Call& call) {
  const auto findings = std::make_shared<Findings>();
  ServiceRound::begin(
      call,
      [call, findings](const std::shared_ptr<Service>& service,
                       std::function<void()> next) {
        ask(call, service, findings, std::move(next));
      },
      [call, findings] { show_all(*call.answer, *findings); });
}

}  // namespace postern
