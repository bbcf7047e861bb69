// Clients by the hundred on one thread, and an account of how they fared.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

#include "tests/bench/client.h"
#include "tests/bench/scripts.h"

namespace bench {

class Load {
 public:
  explicit Load(const Options& options);
  ~Load() { close(epoll_); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  int run();

 private:
  using Slot = std::unique_ptr<Client>;

  void open(unsigned slot);
  void turn(int milliseconds);
  void advance(unsigned slot);
  void ended(unsigned slot);
  void note_ping(unsigned slot);
  void run_closed_loop();
  void run_open_loop();
  void run_idle();
  void report(double wall) const;

  const Options& options_;
  const Scripts scripts_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<Slot> slots_;
  std::vector<SessionPtr> tickets_;
  std::vector<unsigned> free_;  // slots, in the open loop
  unsigned opened_ = 0;
  bool reopen_ = false;

  size_t sessions_ = 0;
  size_t resumed_ = 0;
  size_t clean_ = 0;
  size_t octets_ = 0;
  std::map<std::string, size_t> errors_;
  mutable std::vector<double> logins_ms_;
  mutable std::vector<double> pings_ms_;
  std::map<unsigned, Clock::time_point> pinged_;
};

}  // namespace bench
