#include "proxy/session/routing.h"

#include <utility>

#include "proxy/session/user_name.h"

namespace postern {
namespace {

// A host named by a map or by the client is a pool of one.
Result<std::shared_ptr<Pool>> pool_of(const Service& service,
                                      const Route& route) {
  if (route.pool.empty()) {
    PoolOptions alone;
    alone.backends = {{route.host}};
    return Pool::make(std::move(alone), service.memory);
  }
  const auto found = service.pools.find(route.pool);
  if (found == service.pools.end())
    return Error{Fault::Config, "no pool is named \"" + route.pool + "\""};
  return found->second;
}

// Perdition's username_from_database: without it only the map's host counts.
std::string login_name(const Service& service, const Question& asked,
                       const Route& route) {
  const bool renamed =
      service.options.username_from_database && !route.user.empty();
  return name_for(kRemoteLogin, renamed ? route.user : asked.user,
                  service.options.names);
}

RouteAnswer destination(const Service& service, const Question& asked,
                        const Route& route) {
  auto pool = pool_of(service, route);
  if (!pool) return std::move(pool).error();
  return std::optional<Destination>(
      {std::move(*pool), service.back_of(route.pool),
       login_name(service, asked, route), route.tag});
}

RouteAnswer default_destination(const Service& service, const Question& asked) {
  if (!service.outgoing) return std::optional<Destination>();
  return std::optional<Destination>(
      {service.outgoing, service.back,
       name_for(kRemoteLogin, asked.user, service.options.names)});
}

// "user<delimiter>host[:port]" as typed by the client, split at the last
// delimiter; off unless configured, since it lets clients choose any host.
std::optional<Route> route_in_name(const Service& service,
                                   const std::string& user) {
  const std::string& delimiter = service.options.names.domain_delimiter;
  const size_t at = user.rfind(delimiter);
  if (at == std::string::npos || at == 0) return std::nullopt;
  const auto host = Endpoint::parse(user.substr(at + delimiter.size()));
  if (!host) return std::nullopt;
  return Route{.pool = {}, .host = *host, .user = user.substr(0, at)};
}

}  // namespace

void find_route(Loop& loop, const Service& service, const Question& asked,
                bool traced, RouteDone done) {
  RouteTrace trace;
  if (service.options.client_server_specification) {
    if (const auto route = route_in_name(service, asked.user)) {
      trace.rule = "client_server_specification";
      auto pool = pool_of(service, *route);
      if (!pool) return done(std::move(pool).error(), std::move(trace));
      const std::string user =
          name_for(kRemoteLogin, route->user, service.options.names);
      return done(
          std::optional<Destination>({std::move(*pool), service.back, user}),
          std::move(trace));
    }
  }
  Question mapped = asked;
  mapped.user = name_for(kServernameLookup, asked.user, service.options.names);
  trace.key = mapped.user;
  if (!service.chain) {
    trace.rule = "outgoing_server";
    return done(default_destination(service, asked), std::move(trace));
  }
  service.chain->find(
      loop, mapped, traced,
      [&service, asked, trace = std::move(trace), done = std::move(done)](
          Map::Answer answer, Chain::Trace maps) mutable {
        trace.maps = std::move(maps);
        trace.rule = answer && !*answer ? "outgoing_server" : "map";
        if (!answer) return done(std::move(answer).error(), std::move(trace));
        done(*answer ? destination(service, asked, **answer)
                     : default_destination(service, asked),
             std::move(trace));
      });
}

}  // namespace postern
