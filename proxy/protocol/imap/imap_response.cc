#include "proxy/protocol/imap/imap_response.h"

#include <algorithm>

#include "proxy/base/ascii.h"
#include "proxy/protocol/referral.h"

namespace postern {
namespace {

using Status = ImapResponse::Status;

struct StatusWord {
  std::string_view word;
  Status status;
};
constexpr StatusWord kStatuses[] = {{"OK", Status::Ok},
                                    {"NO", Status::No},
                                    {"BAD", Status::Bad},
                                    {"BYE", Status::Bye},
                                    {"PREAUTH", Status::Preauth}};

constexpr std::string_view kCapability = "CAPABILITY ";

// The first word of `text`, which is shortened by it and the blank behind.
std::string_view take_token(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

// "OK [CODE] text"; leaves `response` alone if it is not that.
void read_status(std::string_view rest, ImapResponse& response) {
  const std::string_view word = take_token(rest);
  const auto* found = std::ranges::find_if(
      kStatuses, [&](const auto& each) { return same_text(each.word, word); });
  if (found == std::end(kStatuses)) return;
  response.status = found->status;
  const size_t end =
      rest.starts_with('[') ? end_of_code(rest) : std::string_view::npos;
  if (end != std::string_view::npos) {
    response.code = trim(rest.substr(1, end - 1));
    rest.remove_prefix(end + 1);
  }
  response.text = trim(rest);
}

bool final_status(Status status) {
  return status == Status::Ok || status == Status::No || status == Status::Bad;
}

}  // namespace

std::string_view ImapResponse::capabilities() const {
  const std::string_view told = status == Status::None ? text : code;
  if (!starts_with_text(told, kCapability)) return {};
  return trim(told.substr(kCapability.size()));
}

std::optional<uint64_t> announced_literal(std::string_view line) {
  const size_t open = line.rfind('{');
  if (open == std::string_view::npos || !line.ends_with('}'))
    return std::nullopt;
  const std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  return parse_number(digits, UINT32_MAX);
}

ImapResponse parse_response(std::string_view line) {
  using Kind = ImapResponse::Kind;
  ImapResponse response;
  std::string_view rest = line;
  const std::string_view first = take_token(rest);
  response.said = rest;
  if (first == "+") {
    response.kind = Kind::Continuation;
  } else if (first == "*") {
    response.kind = Kind::Untagged;
    response.text = rest;
    read_status(rest, response);
  } else if (!first.empty()) {
    read_status(rest, response);
    response.tag = first;
    if (final_status(response.status)) response.kind = Kind::Tagged;
  }
  return response;
}

}  // namespace postern
