#include "proxy/admin/desk.h"

#include <utility>

#include "proxy/admin/manual.h"
#include "proxy/base/log.h"

namespace postern {
namespace {

constexpr size_t kMaxCallers = 64;

}  // namespace

Desk::Desk(Server& server) : server_(server) {
  server_.on_control([this](int socket) { take(socket); });
}

Desk::~Desk() {
  server_.on_control(nullptr);
}

void Desk::take(int socket) {
  auto caller = Caller::make(*this, server_.loop(), socket);
  if (!caller) return;
  const bool room = callers_.size() < kMaxCallers;
  Caller& taken = *caller;
  callers_[&taken] = std::move(caller);
  if (!room) taken.turn_away();
}

// Who changed what; who looked is worth a line only when debugging.
void Desk::on_request(const Caller& caller, std::vector<std::string> words,
                      const std::string& line, std::shared_ptr<Answer> answer) {
  auto asked = understand(words);
  const bool changes = asked && asked->command->changes;
  answer->on_finish([&log = server_.log(), peer = caller.peer(), line, changes](
                        std::string_view trouble, std::string_view text) {
    LogLine event("control");
    event.add("command", line)
        .add("uid", static_cast<uint64_t>(peer.user))
        .add("gid", static_cast<uint64_t>(peer.group))
        .add("pid", static_cast<uint64_t>(peer.process))
        .add("result", trouble.empty() ? "ok" : trouble)
        .add("detail", text);
    log.event(changes ? LogLevel::Notice : LogLevel::Debug, event);
  });
  if (!asked) return answer->fail(Trouble::Usage, asked.error().text);
  const Command command = find_command(asked->command->name);
  command({server_, caller.peer(), std::move(*asked), std::move(answer)});
}

void Desk::on_left(Caller& caller) {
  const auto found = callers_.find(&caller);
  server_.loop().bury(std::move(found->second));
  callers_.erase(found);
}

}  // namespace postern
