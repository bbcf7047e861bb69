#include "proxy/admin/answer.h"

#include <cassert>
#include <utility>

#include "proxy/base/words.h"

namespace postern {
namespace {

struct Writer {
  std::string operator()(std::monostate) const { return "-"; }
  std::string operator()(const std::string& text) const {
    return quote_word(text);
  }
  std::string operator()(uint64_t number) const {
    return std::to_string(number);
  }
  std::string operator()(bool flag) const { return flag ? "yes" : "no"; }
};

}  // namespace

Value text_or_none(std::string text) {
  if (text.empty()) return std::monostate();
  return text;
}

Answer::~Answer() {
  if (!finished_) fail(Trouble::Failed, "the daemon gave no answer");
}

void Answer::facts(std::string_view name, std::span<const Column> columns) {
  head("facts", name, columns);
}

void Answer::table(std::string_view name, std::span<const Column> columns) {
  head("table", name, columns);
}

void Answer::head(std::string_view kind, std::string_view name,
                  std::span<const Column> columns) {
  std::string line(kind);
  line.append(" ").append(name);
  for (const Column& column : columns)
    line.append(" ")
        .append(column.name)
        .append(":")
        .append(name_of(column.form));
  if (sink_ != nullptr) sink_->send(line += '\n');
}

void Answer::row(const std::vector<Value>& values) {
  assert(!finished_);
  std::string line = "row";
  for (const Value& value : values)
    line.append(" ").append(std::visit(Writer(), value));
  if (sink_ != nullptr) sink_->send(line += '\n');
}

void Answer::ok(std::string_view text) {
  finish({}, text);
}

void Answer::fail(Trouble trouble, std::string_view text) {
  finish(name_of(trouble), text);
}

void Answer::finish(std::string_view trouble, std::string_view text) {
  if (std::exchange(finished_, true)) return;
  more_ = nullptr;
  if (on_finish_) on_finish_(trouble, text);
  if (sink_ == nullptr) return;
  std::string line(trouble.empty() ? "ok" : "error ");
  line += trouble;
  if (!text.empty()) line.append(" ").append(quote_word(text));
  sink_->send(line += '\n');
  std::exchange(sink_, nullptr)->on_answered();
}

void Answer::when_ready(std::function<void()> more) {
  if (sink_ == nullptr) return;
  if (!sink_->congested()) return more();
  more_ = std::move(more);
}

void Answer::drained() {
  if (more_ && !sink_->congested()) std::exchange(more_, nullptr)();
}

void fail(Answer& answer, const Error& error) {
  answer.fail(error.fault == Fault::Denied ? Trouble::Refused : Trouble::Failed,
              error.text);
}

}  // namespace postern
