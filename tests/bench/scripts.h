// What the clients of one run of load say.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/bench/client.h"

namespace bench {

struct Options {
  std::string mode;
  Target target;
  Tls tls = Tls::Implicit;
  unsigned clients = 64;
  double seconds = 3;
  bool resume = false;
  double rate = 0;  // 0: as fast as it goes
  size_t size = 1 << 20;
  unsigned held = 1000;
  double pings = 0;
  unsigned users = 1;  // user0@example.org, …
};

// The conversations of one run, one for each user.  Holds the texts its steps
// point to.
class Scripts {
 public:
  explicit Scripts(const Options& options);
  Scripts(const Scripts&) = delete;
  Scripts& operator=(const Scripts&) = delete;

  const Script& of(unsigned number) const { return all_[number % all_.size()]; }

 private:
  Script make(const Options& options, const std::string& login) const;

  std::string body_;
  std::string append_;
  std::vector<std::string> logins_;
  std::vector<Script> all_;
};

}  // namespace bench
