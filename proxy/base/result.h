// A value, or the reason there is none.  std::expected is C++23; this is the
// part of it we use.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace postern {

// Named for what the caller must do next, not for what went wrong: the text
// carries the details, the fault picks the reply and the log level.
enum class Fault {
  Config,    // an administrator must edit something
  Denied,    // the peer may not do this; tell it so
  Network,   // unreachable or cut off; another backend may do
  Protocol,  // the peer broke its protocol; hang up
  TryLater,  // a helper (map, resolver) is unwell; do not say "no such user"
};

struct Error {
  Fault fault;
  std::string text;

  // "sqlite /etc/…: no such table" reads from the outside in.
  Error in(std::string_view where) && {
    text.insert(0, std::string(where) + ": ");
    return std::move(*this);
  }
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_(std::move(value)) {}
  Result(Error error) : v_(std::move(error)) {}

  explicit operator bool() const { return v_.index() == 0; }
  T& operator*() { return std::get<0>(v_); }
  const T& operator*() const { return std::get<0>(v_); }
  T* operator->() { return &std::get<0>(v_); }
  const T* operator->() const { return &std::get<0>(v_); }
  Error&& error() && { return std::get<1>(std::move(v_)); }
  const Error& error() const& { return std::get<1>(v_); }

 private:
  std::variant<T, Error> v_;
};

// For what either works or does not: `return Done{};`
struct Done {};
using Status = Result<Done>;

}  // namespace postern
