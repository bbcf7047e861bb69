#include "proxy/admin/orders.h"

#include <utility>

#include "proxy/config/values.h"

namespace postern {
namespace {

constexpr Column kOrder[] = {{"saved", Form::Flag}, {"not_saved_because"}};

void confirm(Answer& answer, const Receipt& receipt, const std::string& done) {
  const bool saved = receipt.not_saved.empty();
  answer.facts("order", kOrder);
  answer.row({saved, text_or_none(receipt.not_saved)});
  answer.ok(
      saved ? done
            : done + "; it will not outlive the daemon: " + receipt.not_saved);
}

}  // namespace

std::optional<uint64_t> time_of(const Call& call, std::string_view option) {
  const std::string text = call.asked.option(option);
  if (text.empty()) return uint64_t{0};
  const auto parsed = parse_milliseconds(text, 0, 1);
  if (parsed) return *parsed;
  call.answer->fail(Trouble::Usage,
                    std::string(option) + ": " + parsed.error().text);
  return std::nullopt;
}

Director::Answer receipt_for(const Call& call, std::string done) {
  return [call, done = std::move(done)](const Result<Receipt>& result) {
    call.server.loop().post([call, done, result] {
      if (result)
        confirm(*call.answer, *result, done);
      else
        fail(*call.answer, result.error());
    });
  };
}

}  // namespace postern
