// Commands about users and their sessions: move, unpin, kick.

#include <utility>

#include "proxy/admin/machine_name.h"
#include "proxy/admin/orders.h"
#include "proxy/admin/session_tour.h"
#include "proxy/base/ascii.h"

namespace postern {
namespace {

constexpr Column kKicked[] = {
    {"user"}, {"service"}, {"client"}, {"backend"}, {"session"}};

// The sessions that are told to leave are shown, then told.
void kick(const Call& call, const KickOrder& order) {
  call.answer->table("sessions", kKicked);
  SessionTour::begin(
      call,
      [order](const Session& session) -> std::vector<Value> {
        if (!session.fits(order)) return {};
        const SessionStory story = session.story();
        return {text_or_none(story.user), story.service, story.client.text(),
                text_or_none(story.backend), story.id};
      },
      [call, order](Answer& answer, uint64_t sessions) {
        call.server.director().kick(order);
        answer.ok(std::to_string(sessions) +
                  (sessions == 1 ? " session is" : " sessions are") +
                  " told to leave");
      });
}

// Those with an override for this user; of them the one that --pool names.
std::vector<std::string> pools_that_pin(const Call& call,
                                        const std::string& user) {
  const std::string wanted = call.asked.option("--pool");
  std::vector<std::string> names;
  for (const auto& [name, pool] : call.server.director().pools()) {
    if (!pool->affinity() || (!wanted.empty() && name != wanted)) continue;
    if (!pool->affinity()->pinned_to(pool->key_of(user)).empty())
      names.push_back(name);
  }
  return names;
}

std::string by_order(const char* what) {
  return std::string("ended by the administrator (") + what + ")";
}

}  // namespace

void kick_user(const Call& call) {
  KickOrder order;
  order.user = call.asked.word(0);
  order.why = by_order("user kick");
  kick(call, order);
}

void kick_sessions(const Call& call) {
  const auto spread = time_of(call, "--spread");
  if (!spread) return;
  KickOrder order;
  order.spread_ms = *spread;
  order.why = by_order("kick");
  order.user = call.asked.option("--user");
  order.client = call.asked.option("--address");
  order.session = call.asked.option("--session");
  const std::string backend = call.asked.option("--backend");
  if (!backend.empty()) {
    const Machine machine = find_machine(call, backend);
    if (!machine) return;
    order.pool = machine->pool();
    order.backend = machine->name();
  }
  if (call.asked.options.size() == call.asked.options.count("--spread"))
    return call.answer->fail(Trouble::Usage,
                             "expected at least one of --backend, --user, "
                             "--address and --session: nobody kicks everybody "
                             "by mistake");
  kick(call, order);
}

void move_user(const Call& call) {
  const std::string user = call.asked.word(0);
  const Machine machine = find_machine(call, call.asked.word(1));
  if (!machine) return;
  call.server.director().move_user(
      machine->pool(), user, machine->name(),
      receipt_for(call, printable(user) + " lives on " + name_of(*machine) +
                            " from now on"));
}

void unpin_user(const Call& call) {
  const std::string user = call.asked.word(0);
  const auto pools = pools_that_pin(call, user);
  if (pools.empty())
    return call.answer->fail(Trouble::NotFound,
                             "there is no override for " + printable(user));
  if (pools.size() > 1) {
    std::string names;
    for (const std::string& pool : pools)
      names += (names.empty() ? "" : ", ") + pool;
    return call.answer->fail(Trouble::Ambiguous,
                             "several pools have an override, expected --pool "
                             "with one of " +
                                 names);
  }
  call.server.director().unpin_user(
      pools.front(), user,
      receipt_for(call, printable(user) + " lives where pool " + pools.front() +
                            " chooses, once the last session is forgotten"));
}

void list_overrides(const Call& call) {
  static constexpr Column kColumns[] = {{"user"}, {"backend"}};
  const std::string wanted = call.asked.word(0);
  call.answer->table("overrides", kColumns);
  size_t count = 0;
  for (const auto& [name, pool] : call.server.director().pools()) {
    if (!pool->affinity() || (!wanted.empty() && name != wanted)) continue;
    for (const auto& [user, backend] : pool->affinity()->pins()) {
      std::string where = name;
      where.append("/").append(backend);
      call.answer->row({user, std::move(where)});
      ++count;
    }
  }
  call.answer->ok(std::to_string(count) +
                  (count == 1 ? " override" : " overrides"));
}

}  // namespace postern
