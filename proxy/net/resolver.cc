#include "proxy/net/resolver.h"

#include <utility>

#include <uv.h>

#include "proxy/net/loop.h"

namespace postern {
namespace {

constexpr uint64_t kFresh = 30000;   // milliseconds an answer is used
constexpr size_t kMaxKnown = 10000;  // names; then all are asked anew

Resolver::Addresses with_port(const Resolver::Addresses& found, uint16_t port) {
  Resolver::Addresses addresses;
  for (const Address& address : found)
    addresses.push_back(address.with_port(port));
  return addresses;
}

}  // namespace

// One name being asked, with everybody who waits for it.  Belongs to libuv
// until its callback has run.
struct Resolver::Query : uv_getaddrinfo_t {
  Resolver* resolver = nullptr;
  std::string name;
  std::vector<std::pair<uint16_t, Done>> waiting;
};

Resolver::~Resolver() {
  for (auto& [name, query] : running_) {
    query->resolver = nullptr;
    query->waiting.clear();
    uv_cancel(reinterpret_cast<uv_req_t*>(query));
  }
}

void Resolver::resolve(const Endpoint& where, Done done) {
  if (const auto literal = Address::parse(where.host, where.port))
    return done(Addresses{*literal});

  const auto known = known_.find(where.host);
  if (known != known_.end() && loop_.now() < known->second.until)
    return done(with_port(known->second.addresses, where.port));

  if (const auto running = running_.find(where.host);
      running != running_.end()) {
    running->second->waiting.emplace_back(where.port, std::move(done));
    return;
  }
  auto query = std::make_unique<Query>();
  query->resolver = this;
  query->name = where.host;
  query->waiting.emplace_back(where.port, std::move(done));
  ask(std::move(query));
}

void Resolver::ask(std::unique_ptr<Query> query) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  const int error = uv_getaddrinfo(
      loop_.uv(), query.get(),
      [](uv_getaddrinfo_t* request, int status, addrinfo* found) {
        const std::unique_ptr<Query> answered(static_cast<Query*>(request));
        if (answered->resolver != nullptr)
          answered->resolver->finish(*answered, status, found);
        uv_freeaddrinfo(found);
      },
      query->name.c_str(), nullptr, &hints);
  if (error < 0) return finish(*query, error, nullptr);
  running_[query->name] = query.get();
  (void)query.release();  // libuv's until its callback has run
}

void Resolver::finish(Query& query, int status, const addrinfo* found) {
  running_.erase(query.name);
  Addresses addresses;
  for (; found != nullptr; found = found->ai_next)
    addresses.push_back(Address::from(found->ai_addr));
  if (status == 0 && !addresses.empty()) {
    if (known_.size() >= kMaxKnown) known_.clear();
    known_[query.name] = {loop_.now() + kFresh, addresses};
  }
  // The answers may ask again, or end the sessions of others who wait.
  const auto waiting = std::exchange(query.waiting, {});
  for (const auto& [port, done] : waiting) {
    if (addresses.empty())
      done(Error{Fault::Network,
                 "cannot resolve " + query.name + ": " + uv_strerror(status)});
    else
      done(with_port(addresses, port));
  }
}

}  // namespace postern
