// From a user's name to a pool: the service's rules around the chain of maps.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lookup/chain.h"
#include "proxy/session/service.h"

namespace postern {

class Loop;

struct Destination {
  std::shared_ptr<Pool> pool;
  std::shared_ptr<const BackSide> side;  // how its backends are talked to
  std::string user;                      // the name to log in with there
  std::string tag = {};                  // of the backends it may be
};

// Why a user goes where: for `--route` and the log.
struct RouteTrace {
  std::string key;    // the name as looked up
  Chain::Trace maps;  // every map asked, with its answer
  std::string rule;   // "client_server_specification", "map", "outgoing_server"
};

// Errors and empty answers as those of Map: "could not find out" is not "no
// such user", and neither ever falls back to a default server by accident.
using RouteAnswer = Result<std::optional<Destination>>;
using RouteDone = std::function<void(RouteAnswer, RouteTrace)>;

// Answers exactly once, on `loop`, possibly before returning.  `service` must
// stay until then.
void find_route(Loop& loop, const Service& service, const Question& asked,
                bool traced, RouteDone done);

}  // namespace postern
