#include "proxy/server/server.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "proxy/base/clock.h"
#include "proxy/base/system_error.h"
#include "proxy/net/signals.h"
#include "proxy/server/privileges.h"

namespace postern {
namespace {

// Beside what is open already: maps that open their files anew, name
// resolution, a reload.
constexpr size_t kReservedFiles = 16;
constexpr size_t kFilesPerSession = 2;

size_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

size_t allowed_files() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 1024;
  return static_cast<size_t>(files.rlim_cur);
}

size_t count_threads(int wanted) {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  return wanted > 0 ? static_cast<size_t>(wanted) : cores;
}

}  // namespace

Server::Server(Log& log, Load load)
    : log_(log),
      load_(std::move(load)),
      director_(&log),
      health_(log, director_),
      shared_{log, {}, {}, 0, 0, 0},
      control_(loop_, log),
      tls_watch_(loop_, log) {}

Server::~Server() {
  for (std::thread& thread : threads_)
    thread.join();
  // Both send orders to the workers, which are about to go.
  health_.stop();
  director_.stop();
  if (!pid_file_.empty()) unlink(pid_file_.c_str());
}

Status Server::start(ServerOptions options) {
  harden_process();
  if (Status keys = configure_tickets(options.tickets); !keys) return keys;
  auto snapshot = Snapshot::build(std::move(options), director_);
  if (!snapshot) return std::move(snapshot).error();
  snapshot_ = std::move(*snapshot);
  const ServerOptions& wanted = snapshot_->options;

  const size_t threads = count_threads(wanted.threads);
  const size_t files = allowed_files();
  shared_.max_sessions = static_cast<int>(std::max<size_t>(
      1, (files - std::min(files, kReservedFiles)) / kFilesPerSession));
  shared_.max_logging_in = std::max<size_t>(1, files / 4 / threads);
  for (size_t i = 0; i < threads; ++i)
    workers_.push_back(std::make_unique<Worker>(shared_));

  auto sockets = open_sockets(*snapshot_);
  if (!sockets) return std::move(sockets).error();
  auto checks = health_.prepare(*snapshot_);
  if (!checks) return std::move(checks).error();
  auto control = control_.prepare(wanted);
  if (!control) return std::move(control).error();
  if (Status settled = control_.settle(wanted, std::move(*control)); !settled)
    return settled;
  if (Status written = write_pid_file(); !written) return written;
  if (Status left = leave_root(); !left) return left;
  limit_sessions();
  director_.adopt(snapshot_->options.director, snapshot_->pools);
  health_.adopt(snapshot_, std::move(*checks));
  director_.start(wanted.director.state_file, [this](const KickOrder& order) {
    for (const auto& worker : workers_)
      worker->kick(order);
  });
  hand_out(std::move(*sockets));
  dates_.started = dates_.loaded = milliseconds_since_1970();
  return Done{};
}

Status Server::leave_root() {
  const ServerOptions& wanted = snapshot_->options;
  const auto identity = find_identity(wanted.username, wanted.group);
  if (!identity) return identity.error();
  if (!*identity) return Done{};
  if (wanted.log.facility.starts_with('/'))
    give_file(wanted.log.facility, **identity);
  return become(**identity);
}

void Server::limit_sessions() {
  const size_t files = allowed_files();
  const size_t taken = std::min(files, open_files() + kReservedFiles);
  shared_.max_sessions =
      static_cast<int>(std::max<size_t>(1, (files - taken) / kFilesPerSession));
  shared_.max_logging_in = std::max<size_t>(1, files / 4 / workers_.size());
}

Result<std::vector<Worker::Sockets>> Server::open_sockets(
    const Snapshot& snapshot) {
  std::vector<Worker::Sockets> per_worker(workers_.size());
  for (const auto& [service, addresses] : snapshot.addresses)
    for (const Address& address : addresses) {
      const std::string text = address.text();
      if (listening_.contains(text) || per_worker[0].contains(text)) continue;
      auto sockets = ListenSocket::open(address, workers_.size());
      if (!sockets) return std::move(sockets).error().in("service " + service);
      for (size_t i = 0; i < workers_.size(); ++i)
        per_worker[i][text] = std::move((*sockets)[i]);
    }
  return per_worker;
}

void Server::hand_out(std::vector<Worker::Sockets> sockets) {
  listening_.clear();
  for (const auto& [service, addresses] : snapshot_->addresses)
    for (const Address& address : addresses)
      listening_.insert(address.text());
  for (size_t i = 0; i < workers_.size(); ++i)
    workers_[i]->serve(snapshot_, std::move(sockets[i]));
}

void Server::run() {
  const SignalWatcher term(loop_, SIGTERM, [this] { stop(); });
  const SignalWatcher interrupt(loop_, SIGINT, [this] { stop(); });
  const SignalWatcher hangup(loop_, SIGHUP, [this] { (void)reload(); });
  running_ = workers_.size();
  for (const auto& worker : workers_)
    threads_.emplace_back([this, &worker = *worker] {
      worker.run();
      loop_.post([this] {
        if (--running_ == 0) loop_.stop();
      });
    });
  for (const auto& [service, addresses] : snapshot_->addresses)
    for (const Address& address : addresses)
      log_.event(LogLevel::Notice, LogLine("listening")
                                       .add("service", service)
                                       .add("address", address.text()));
  tls_watch_.follow(snapshot_);
  log_.event(LogLevel::Notice,
             LogLine("started").add("threads", workers_.size()));
  loop_.run();
  tls_watch_.stop();
  log_.event(LogLevel::Notice, LogLine("stopped"));
}

// The first request lets sessions drain, a second one does not wait.
void Server::stop() {
  const bool again = std::exchange(stopping_, true);
  const int seconds = again ? 0 : snapshot_->options.drain_seconds;
  log_.event(LogLevel::Notice,
             LogLine("stopping")
                 .add("sessions", static_cast<uint64_t>(shared_.sessions))
                 .add("drain_seconds", static_cast<uint64_t>(seconds)));
  for (const auto& worker : workers_)
    worker->stop(static_cast<uint64_t>(seconds) * 1000);
}

Status Server::write_pid_file() {
  const std::string& path = snapshot_->options.pid_file;
  if (path.empty()) return Done{};
  std::ofstream file(path, std::ios::trunc);
  file << getpid() << "\n";
  file.close();
  if (!file)
    return Error{Fault::Config,
                 "pid_file " + path + ": " + system_error(errno)};
  pid_file_ = path;
  return Done{};
}

}  // namespace postern
