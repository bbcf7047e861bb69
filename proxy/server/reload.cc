// What SIGHUP and `posternctl reload` do: the whole configuration is read,
// opened and bound anew beside the running one, and swapped in only if all of
// it worked.  Nobody is disconnected; a configuration that cannot be used
// changes nothing.

#include <utility>

#include "proxy/base/clock.h"
#include "proxy/server/server.h"

namespace postern {
namespace {

Problem problem_of(Error error) {
  return {Problem::Severity::Error, {}, {}, std::move(error).text};
}

std::string text_of_errors(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems)
    if (problem.severity == Problem::Severity::Error)
      text += (text.empty() ? "" : "; ") + to_text(problem);
  return text;
}

}  // namespace

// Everything a configuration names, opened but not yet in use.
struct Server::Fresh {
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<Worker::Sockets> sockets;
  std::unique_ptr<LocalSocket> control;
  std::vector<CheckTarget> checks;
};

ReloadOutcome Server::reload() {
  ReloadOutcome outcome;
  if (stopping_) {
    outcome.problems.push_back(problem_of({Fault::Config, "we are stopping"}));
    return outcome;
  }
  // Whatever becomes of the rest, certificates are looked at now.
  tls_watch_.look_at_once();
  Configuration configuration = load_();
  outcome.problems = configuration.problems;
  if (configuration.usable()) {
    auto fresh = build_anew(configuration);
    if (fresh)
      take(std::move(*fresh), outcome);
    else
      outcome.problems.push_back(problem_of(std::move(fresh).error()));
  }
  if (outcome.done)
    log_.event(LogLevel::Notice,
               LogLine("reloaded").add("services", snapshot_->services.size()));
  else
    log_.say(LogLevel::Error, "reload failed, the old configuration goes on: " +
                                  text_of_errors(outcome.problems));
  return outcome;
}

Result<Server::Fresh> Server::build_anew(Configuration& configuration) {
  Fresh fresh;
  if (Status keys = configure_tickets(configuration.options.tickets); !keys)
    return std::move(keys).error();
  auto snapshot = Snapshot::build(std::move(configuration.options), director_,
                                  snapshot_.get());
  if (!snapshot) return std::move(snapshot).error();
  fresh.snapshot = std::move(*snapshot);
  auto sockets = open_sockets(*fresh.snapshot);
  if (!sockets) return std::move(sockets).error();
  fresh.sockets = std::move(*sockets);
  auto control = control_.prepare(fresh.snapshot->options);
  if (!control) return std::move(control).error();
  fresh.control = std::move(*control);
  auto checks = health_.prepare(*fresh.snapshot);
  if (!checks) return std::move(checks).error();
  fresh.checks = std::move(*checks);
  return fresh;
}

// From here on nothing can fail that would make the new configuration unfit.
void Server::take(Fresh fresh, ReloadOutcome& outcome) {
  const auto warn = [&](const std::string& text) {
    log_.say(LogLevel::Warning, "reload: " + text);
    outcome.problems.push_back({Problem::Severity::Warning, {}, {}, text});
  };
  const auto before = snapshot_;
  const ServerOptions& now = before->options;
  const ServerOptions& wanted = fresh.snapshot->options;
  if (wanted.threads != now.threads || wanted.username != now.username ||
      wanted.group != now.group)
    warn("threads, username and group change at a restart only");
  if (wanted.director.state_file != now.director.state_file)
    warn("state_file changes at a restart only");
  // Log rotation comes by the same signal.
  if (const Status reopened = log_.reopen(wanted.log); !reopened)
    warn("the old log goes on: " + reopened.error().text);
  if (const Status settled = control_.settle(wanted, std::move(fresh.control));
      !settled)
    warn(settled.error().text);
  retirement_.take(std::exchange(snapshot_, std::move(fresh.snapshot)));
  director_.adopt(wanted.director, snapshot_->pools);
  tls_watch_.follow(snapshot_);
  health_.adopt(snapshot_, std::move(fresh.checks));
  hand_out(std::move(fresh.sockets));
  dates_.loaded = milliseconds_since_1970();
  outcome.done = true;
}

}  // namespace postern
