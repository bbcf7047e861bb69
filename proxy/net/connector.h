// Connects to the first of several addresses that answers.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/net/source_addresses.h"
#include "proxy/net/stream.h"
#include "proxy/net/timer.h"

namespace postern {

// Owned by whoever wants the connection; destroying it gives up.  Must not be
// destroyed from inside `done` (bury it).
class Connector final : private Stream::Owner {
 public:
  // The stream belongs to nobody yet: change_owner() at once.  The error names
  // every address that was tried and why it failed.
  using Done = std::function<void(Result<std::unique_ptr<Stream>>)>;

  struct To {
    std::vector<Address> addresses;
    std::shared_ptr<const SourceAddresses> sources = {};
  };

  // Each address gets an equal share of the time that is left.
  Connector(Loop& loop, To to, uint64_t milliseconds, Done done);

  void start();

  // Where the stream leads to.
  const Address& reached() const { return addresses_[next_ - 1]; }

 private:
  void try_next();
  Result<std::unique_ptr<Stream>> connect(const Address& to);
  void failed(std::string_view why);

  void on_connected() override;
  void on_bytes(std::span<char>) override {}
  void on_end() override {}
  void on_broken(std::string_view why) override { failed(why); }
  void on_drained() override {}

  Loop& loop_;
  const std::vector<Address> addresses_;
  const std::shared_ptr<const SourceAddresses> sources_;
  const uint64_t deadline_;
  Done done_;
  Timer timer_;
  size_t next_ = 0;
  std::string failures_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace postern
