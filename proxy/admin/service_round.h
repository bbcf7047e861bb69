// One service after the other, where the answer of each may take a while.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/admin/commands.h"

namespace postern {

// Where a map's answer came from, in words.
std::string source_of(const ChainStep& step);

class ServiceRound : public std::enable_shared_from_this<ServiceRound> {
 public:
  // Must call `next` once, on the main thread, when it is done.
  using Visit = std::function<void(const std::shared_ptr<Service>& service,
                                   std::function<void()> next)>;
  using Ended = std::function<void()>;

  // All services of the configuration in use, or the one that --service names;
  // if there is none of that name, that is the answer.
  static void begin(const Call& call, Visit visit, Ended ended);

  ServiceRound(std::vector<std::shared_ptr<Service>> services, Visit visit,
               Ended ended);

 private:
  void go_on();

  const std::vector<std::shared_ptr<Service>> services_;
  const Visit visit_;
  const Ended ended_;
  size_t next_ = 0;
};

}  // namespace postern
