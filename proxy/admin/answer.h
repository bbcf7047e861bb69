// The answer to one request, written as records that are described once: the
// client makes a table or JSON of them.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/admin/control_wire.h"
#include "proxy/base/result.h"

namespace postern {

struct Column {
  std::string_view name;
  Form form = Form::Text;
};

// monostate: not known.
using Value = std::variant<std::monostate, std::string, uint64_t, bool>;

Value text_or_none(std::string text);  // "" is not known

// Main thread only.  Shared by the command that writes it and the caller it is
// for; whoever of them is left does no harm.
class Answer {
 public:
  // What takes the lines away.
  class Sink {
   public:
    virtual void send(std::string_view bytes) = 0;
    virtual bool congested() const = 0;
    virtual void on_answered() = 0;

   protected:
    ~Sink() = default;
  };

  // What came of it, also if nobody is left to be told; the kind of trouble is
  // empty if all is well.
  using Finished =
      std::function<void(std::string_view trouble, std::string_view text)>;

  explicit Answer(Sink& sink) : sink_(&sink) {}
  ~Answer();  // if it was forgotten: failed
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  // One row with a name of its own for each value; rows alike.
  void facts(std::string_view name, std::span<const Column> columns);
  void table(std::string_view name, std::span<const Column> columns);
  void row(const std::vector<Value>& values);

  void on_finish(Finished finished) { on_finish_ = std::move(finished); }

  // Once, at the end.
  void ok(std::string_view text = {});
  void fail(Trouble trouble, std::string_view text);

  // Runs `more` when the client has taken most of what was written: at once if
  // it has already.  Not at all once it is gone.
  void when_ready(std::function<void()> more);
  bool gone() const { return sink_ == nullptr; }

  // By the sink.
  void drained();
  void abandon() { sink_ = nullptr; }

 private:
  void head(std::string_view kind, std::string_view name,
            std::span<const Column> columns);
  void finish(std::string_view trouble, std::string_view text);

  Sink* sink_;
  bool finished_ = false;
  Finished on_finish_;
  std::function<void()> more_;
};

// Fault::Denied is Refused, everything else Failed.
void fail(Answer& answer, const Error& error);

}  // namespace postern
