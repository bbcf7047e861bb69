// Names to addresses, without blocking the loop (libuv's thread pool does the
// waiting).  Remembers answers for a while: one backend name serves thousands
// of logins.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/base/address.h"
#include "proxy/base/result.h"

struct addrinfo;

namespace postern {

class Loop;

// One per worker, used on its thread only.
class Resolver {
 public:
  using Addresses = std::vector<Address>;
  using Done = std::function<void(Result<Addresses>)>;

  explicit Resolver(Loop& loop) : loop_(loop) {}
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Answers exactly once, before returning for literals and known names; never
  // after the resolver is gone.  All addresses, in the system's order.
  void resolve(const Endpoint& where, Done done);

 private:
  struct Query;
  struct Known {
    uint64_t until = 0;  // loop's clock
    Addresses addresses;
  };
  void ask(std::unique_ptr<Query> query);
  void finish(Query& query, int status, const addrinfo* found);

  Loop& loop_;
  std::map<std::string, Known> known_;
  std::map<std::string, Query*> running_;
};

}  // namespace postern
