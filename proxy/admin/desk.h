// Where those who control the daemon are served: takes the connections of the
// admin_socket, a bounded number of them, and has their requests carried out.
// Lives on the main thread, so that no reactor ever waits for it.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/admin/caller.h"
#include "proxy/admin/commands.h"
#include "proxy/server/server.h"

namespace postern {

// Outlived by the server.
class Desk final : private Caller::Host {
 public:
  explicit Desk(Server& server);
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

 private:
  void take(int socket);

  void on_request(const Caller& caller, std::vector<std::string> words,
                  const std::string& line,
                  std::shared_ptr<Answer> answer) override;
  void on_left(Caller& caller) override;

  Server& server_;
  std::map<const Caller*, std::unique_ptr<Caller>> callers_;
};

}  // namespace postern
