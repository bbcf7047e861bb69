#include "proxy/protocol/imap/imap_replies.h"

#include "proxy/base/ascii.h"
#include "proxy/protocol/refusal.h"

namespace postern {
namespace {

// The response code of what we say ourselves; empty where the backend's own
// code stands instead.
std::string_view own_code(Verdict::Kind kind) {
  switch (kind) {
    case Verdict::Kind::WrongPassword:
      return "AUTHENTICATIONFAILED";
    case Verdict::Kind::Unavailable:
    case Verdict::Kind::Disabled:
      return "UNAVAILABLE";
    case Verdict::Kind::Misconfigured:
      return "SERVERBUG";
    case Verdict::Kind::Accepted:
    case Verdict::Kind::Refused:
    case Verdict::Kind::Cancelled:
      break;
  }
  return {};
}

// "[code] text", or "text" without one.
std::string resp_text(std::string_view code, std::string_view text) {
  std::string all;
  if (!code.empty()) all.append("[").append(code).append("] ");
  return all.append(text);
}

}  // namespace

std::string imap_refusal(const Verdict& verdict, bool pass_backend_text) {
  const bool theirs = pass_backend_text && !verdict.text.empty() &&
                      verdict.kind != Verdict::Kind::WrongPassword;
  const std::string_view code = own_code(verdict.kind);
  return resp_text(
      code.empty() ? std::string_view(verdict.code) : code,
      theirs ? std::string_view(verdict.text) : verdict_text(verdict.kind));
}

std::string imap_acceptance(std::string_view tag, const Verdict& verdict,
                            const FrontOptions& options) {
  const bool theirs = options.pass_backend_text && !verdict.text.empty();
  const std::string_view text = !options.ok_line.empty()
                                    ? std::string_view(options.ok_line)
                                : theirs ? std::string_view(verdict.text)
                                         : verdict_text(verdict.kind);
  std::string code = verdict.code;
  std::string lines = verdict.preamble;
  const bool listed = starts_with_text(code, "CAPABILITY ");
  if (!verdict.capabilities.empty()) {
    const std::string list = "CAPABILITY " + verdict.capabilities;
    if (code.empty() || listed)
      code = list;
    else  // there is room for one code only
      lines += "* " + list + "\r\n";
  }
  return lines.append(tag).append(" OK ").append(resp_text(code, text)) +
         "\r\n";
}

std::string imap_farewell(Farewell why) {
  switch (why) {
    case Farewell::Shutdown:
      return resp_text("UNAVAILABLE", farewell_text(why));
    case Farewell::TooMany:
      return resp_text("LIMIT", farewell_text(why));
    case Farewell::TooSlow:
      break;
  }
  return resp_text("", farewell_text(why));
}

}  // namespace postern
