#include "proxy/server/worker.h"

#include <utility>

namespace postern {
namespace {

// Looking at a session costs about a microsecond: nobody else waits for long.
constexpr int kVisitsPerTurn = 256;

}  // namespace

Worker::Worker(Shared& shared)
    : shared_(shared),
      resolver_(loop_),
      drain_(loop_),
      random_(std::random_device{}()),
      departures_(loop_, [this](uint64_t number, const std::string& why) {
        const auto found = sessions_.find(number);
        if (found != sessions_.end()) found->second.session->kick(why);
      }) {}

void Worker::run() {
  loop_.run();
  ended_ = true;
}

void Worker::serve(const std::shared_ptr<const Snapshot>& snapshot,
                   Sockets fresh) {
  // std::function must be copyable, sockets are not.
  auto sockets = std::make_shared<Sockets>(std::move(fresh));
  loop_.post([this, snapshot, sockets] { take_snapshot(snapshot, *sockets); });
}

void Worker::take_snapshot(std::shared_ptr<const Snapshot> snapshot,
                           Sockets& fresh) {
  snapshot_ = std::move(snapshot);
  for (auto& [address, socket] : fresh)
    open_door(address, std::move(socket));
  for (auto& [address, door] : doors_)
    door.service = nullptr;
  for (const auto& service : snapshot_->services) {
    const auto addresses = snapshot_->addresses.find(service->options.name);
    for (const Address& address : addresses->second)
      serve_at(address, service);
  }
  std::erase_if(doors_, [](const auto& each) { return !each.second.service; });
}

void Worker::serve_at(const Address& where,
                      const std::shared_ptr<Service>& service) {
  const auto door = doors_.find(where.text());
  if (door == doors_.end()) return;
  const ServiceOptions& options = service->options;
  door->second.where = where;
  door->second.service = service;
  door->second.listener->keep_alive(
      options.tcp_keepalive ? static_cast<unsigned>(options.keepalive_seconds)
                            : 0);
}

void Worker::open_door(const std::string& address, ListenSocket socket) {
  auto listener = Listener::start(
      loop_, std::move(socket),
      [this, address](int fd, const Address& peer) {
        on_accept(address, fd, peer);
      },
      [this, address](std::string_view why) {
        shared_.log.say(LogLevel::Error, "accepting on " + address +
                                             " pauses: " + std::string(why));
      });
  if (!listener)
    return shared_.log.say(LogLevel::Error, "cannot accept on " + address +
                                                ": " + listener.error().text);
  doors_[address].listener = std::move(*listener);
}

void Worker::on_accept(const std::string& address, int socket,
                       const Address& peer) {
  const Door& door = doors_[address];
  const std::shared_ptr<Service> service = door.service;
  const uint64_t number = ++arrivals_;
  auto made = Session::make(*this, service,
                            {number, next_id(), socket, peer, door.where});
  if (!made)
    return shared_.log.say(LogLevel::Warning, "connection from " + peer.ip() +
                                                  ": " + made.error().text);
  Session& session = **made;
  // Clients of a trusted proxy are counted once it has told of them.
  const bool counts = !contains(service->options.trusted_networks, peer);
  Held& held = sessions_[number];
  held.session = std::move(*made);
  const bool admitted =
      !full(*service) &&
      (!counts || enter_gate(held, service->options.limits.logging_in_per_ip));
  ++shared_.sessions;
  logging_in_[number] = &session;
  if (!admitted) return session.turn_away();
  make_room();
  session.start();
}

bool Worker::full(const Service& service) const {
  const int all = shared_.sessions;
  const auto over = [](int count, int limit) {
    return limit != 0 && count > limit;
  };
  // This connection is counted by its service already, not yet among all.
  return over(all + 1, shared_.max_sessions) ||
         over(all + 1, snapshot_->options.connection_limit) ||
         over(service.counts->open, service.options.limits.connections);
}

// Those who have not logged in make room for newcomers, the oldest first; those
// who have are never touched.
void Worker::make_room() {
  if (logging_in_.size() <= shared_.max_logging_in) return;
  Session* const oldest = logging_in_.begin()->second;
  logging_in_.erase(logging_in_.begin());
  oldest->dismiss(Farewell::TooMany);
}

bool Worker::is_self(const Address& address) const {
  return snapshot_->is_self(address);
}

bool Worker::enter_gate(Held& held, int most) {
  held.counted = Gate::key(held.session->client());
  held.at_gate = shared_.gate.enter(held.counted, most);
  return held.at_gate;
}

void Worker::leave_gate(Held& held) {
  if (std::exchange(held.at_gate, false)) shared_.gate.leave(held.counted);
}

bool Worker::admit(Session& session) {
  Held& held = sessions_[session.number()];
  leave_gate(held);
  return enter_gate(held, session.options().limits.logging_in_per_ip);
}

void Worker::on_logged_in(Session& session) {
  leave_gate(sessions_[session.number()]);
  logging_in_.erase(session.number());
}

void Worker::on_ended(Session& session) {
  const auto found = sessions_.find(session.number());
  leave_gate(found->second);
  logging_in_.erase(session.number());
  loop_.bury(std::move(found->second.session));
  sessions_.erase(found);
  --shared_.sessions;
  if (stopping_) stop_when_empty();
}

void Worker::kick(const KickOrder& order) {
  loop_.post([this, order] { pick_out(order); });
}

void Worker::pick_out(const KickOrder& order) {
  std::uniform_int_distribution<uint64_t> delay(0, order.spread_ms);
  for (const auto& [number, held] : sessions_)
    if (held.session->fits(order))
      departures_.add(delay(random_), number, order.why);
}

void Worker::stop(uint64_t drain_ms) {
  loop_.post([this, drain_ms] {
    stopping_ = true;
    doors_.clear();
    if (drain_ms == 0) return dismiss_all();
    drain_.start(drain_ms, [this] { dismiss_all(); });
    stop_when_empty();
  });
}

void Worker::dismiss_all() {
  drain_.stop();
  std::vector<Session*> all;  // dismissing changes sessions_
  for (const auto& [number, held] : sessions_)
    all.push_back(held.session.get());
  for (Session* session : all)
    session->dismiss(Farewell::Shutdown);
  stop_when_empty();
}

void Worker::visit(uint64_t after, Look look, Seen seen) {
  loop_.post([this, after, look = std::move(look), seen = std::move(seen)] {
    uint64_t last = after;
    auto next = sessions_.upper_bound(after);
    for (int i = 0; i < kVisitsPerTurn && next != sessions_.end();
         ++i, ++next) {
      look(*next->second.session);
      last = next->first;
    }
    seen(last, next == sessions_.end());
  });
}

void Worker::stop_when_empty() {
  if (sessions_.empty()) loop_.stop();
}

std::string Worker::next_id() {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string id(16, '0');
  uint64_t rest = random_();
  for (char& digit : id) {
    digit = kHex[rest & 15];
    rest >>= 4;
  }
  return id;
}

}  // namespace postern
