// Bytes of a client of the admin_socket as requests.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/protocol/line_buffer.h"

namespace postern {

class RequestReader {
 public:
  static constexpr size_t kMaxOctets = 8192;  // of one request
  static constexpr size_t kMaxWords = 64;

  void append(std::string_view bytes) { lines_.append(bytes); }

  // The next whole request, or nothing yet.  After an error (Fault::Denied)
  // the client has lost its way: nothing more comes.
  std::optional<Result<std::vector<std::string>>> next();

  // The line that next() has read last.
  const std::string& line() const { return line_; }

 private:
  Result<std::vector<std::string>> words();
  Error lost(std::string why);

  LineBuffer lines_{kMaxOctets};
  std::string line_;
  bool lost_ = false;
};

}  // namespace postern
