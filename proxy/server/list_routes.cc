#include "proxy/server/list_routes.h"

#include "proxy/base/ascii.h"
#include "proxy/net/loop.h"
#include "proxy/session/routing.h"

namespace postern {
namespace {

Result<const Service*> find_service(const Snapshot& snapshot,
                                    const std::string& name) {
  for (const auto& each : snapshot.services)
    if (each->options.name == name) return each.get();
  if (!name.empty())
    return Error{Fault::Config,
                 "no service is named \"" + printable(name) + "\""};
  if (snapshot.services.size() == 1) return snapshot.services.front().get();
  return Error{Fault::Config,
               "there are several services, expected --service NAME"};
}

std::string nowhere(const std::string& why) {
  return "\t" + printable(why, 1024);
}

std::string describe(const RouteAnswer& answer, uint64_t now) {
  if (!answer) return nowhere(answer.error().text);
  if (!*answer) return nowhere("no such user");
  const Destination& goal = **answer;
  const Pick pick = goal.pool->peek({goal.user, now, {}, goal.tag});
  if (!pick.backend) return nowhere(pick.why);
  Endpoint where = pick.backend->where();
  if (where.port == 0) where.port = goal.side->options.port;
  return goal.pool->name() + "\t" + where.text();
}

}  // namespace

Status list_routes(const Snapshot& snapshot, const std::string& service,
                   std::istream& users, std::ostream& out) {
  const auto found = find_service(snapshot, service);
  if (!found) return found.error();
  Loop loop;
  std::string user;
  while (std::getline(users, user)) {
    Question asked;
    asked.user = user;
    bool answered = false;
    find_route(loop, **found, asked, false,
               [&](const RouteAnswer& answer, const RouteTrace&) {
                 answered = true;
                 out << printable(user, 1024) << '\t'
                     << describe(answer, loop.now()) << '\n';
               });
    while (!answered)
      loop.run_once();
  }
  return Done{};
}

}  // namespace postern
