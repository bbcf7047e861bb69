#include "proxy/server/explain_route.h"

#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/net/loop.h"
#include "proxy/session/routing.h"

namespace postern {
namespace {

std::string describe(const Chain::Trace& maps) {
  std::string text;
  for (const ChainStep& step : maps) {
    text += "  map " + step.map + ": \"" + printable(step.key) +
            "\": " + printable(step.answer, 1024);
    if (step.stale) text += " (old answer: the map is in trouble)";
    text += "\n";
  }
  return text;
}

std::string reason(const Pick& pick) {
  std::string text = words(pick.by);
  if (pick.by == Pick::By::Failover)
    text += " from " + pick.from + ": " + pick.why;
  return text;
}

// Where the user lives, as far as that has been decided.
std::string describe_user(Pool& pool, const std::string& user, uint64_t now) {
  if (!pool.sticky()) return {};
  const std::string key = pool.key_of(user);
  const auto place = pool.affinity()->find(key, now, pool.user_expire_ms());
  std::string text = "    user \"" + printable(key) + "\"";
  if (place && !place->pinned_to.empty())
    text += ", override to " + place->pinned_to;
  if (place && !place->backend.empty()) text += ", lives on " + place->backend;
  if (place && place->moving) text += ", is being moved";
  return text + "\n";
}

// A host that a map or a client named has no pool of a name.
std::string name_of(const Pool& pool) {
  return pool.name().empty() ? pool.backends().front()->where().text()
                             : pool.name();
}

std::string tag_of(const Backend& backend) {
  const std::string& tag = backend.options().tag;
  return tag.empty() ? "" : " tag=" + tag;
}

std::string describe(const Destination& goal, const std::string& rule,
                     uint64_t now) {
  std::string text = "  decided by " + rule + "\n  login name \"" +
                     printable(goal.user) + "\"\n  pool " +
                     name_of(*goal.pool) + "\n" +
                     describe_user(*goal.pool, goal.user, now);
  const Pick next = goal.pool->peek({goal.user, now, {}, goal.tag});
  for (const auto& backend : goal.pool->backends()) {
    Endpoint where = backend->where();
    if (where.port == 0) where.port = goal.side->options.port;
    text += "    backend " + where.text() +
            " weight=" + std::to_string(backend->weight()) + tag_of(*backend) +
            " sessions=" + std::to_string(backend->sessions()) +
            (backend->down()         ? " " + backend->why_down()
             : backend->full()       ? " full"
             : backend->resting(now) ? " resting"
                                     : " ready");
    if (backend == next.backend) text += " <- next, by " + reason(next);
    text += "\n";
  }
  if (!next.backend) text += "    nowhere: " + next.why + "\n";
  return text;
}

std::string explain(Loop& loop, const Service& service,
                    const std::string& user) {
  std::string text = "service " + service.options.name + ", user \"" +
                     printable(user) + "\"\n";
  Question asked;
  asked.user = user;
  bool answered = false;
  find_route(loop, service, asked, true,
             [&](RouteAnswer answer, const RouteTrace& trace) {
               answered = true;
               if (!trace.key.empty() && trace.key != user)
                 text += "  looked up as \"" + printable(trace.key) + "\"\n";
               text += describe(trace.maps);
               if (!answer)
                 text += "  could not find out: " + answer.error().text + "\n";
               else if (!*answer)
                 text += "  no such user, and no outgoing_server\n";
               else
                 text += describe(**answer, trace.rule, loop.now());
             });
  while (!answered)
    loop.run_once();
  return text;
}

}  // namespace

Result<std::string> explain_route(const Snapshot& snapshot,
                                  const std::string& user,
                                  const std::string& service) {
  Loop loop;
  std::string text;
  for (const auto& each : snapshot.services)
    if (service.empty() || each->options.name == service)
      text += explain(loop, *each, user);
  if (text.empty())
    return Error{Fault::Config,
                 "no service is named \"" + printable(service) + "\""};
  return text;
}

}  // namespace postern
