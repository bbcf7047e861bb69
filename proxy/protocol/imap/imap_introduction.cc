#include "proxy/protocol/imap/imap_introduction.h"

#include <algorithm>

#include "proxy/base/ascii.h"
#include "proxy/protocol/imap/imap_capability.h"
#include "proxy/protocol/imap/imap_id.h"

namespace postern {
namespace {

constexpr size_t kUsualLine = 512;

bool visible(char c) {
  return c >= ' ' && c <= '~';
}

bool plain(char c) {
  return visible(c) && c != '"' && c != '\\';
}

// What may not stand in a quoted string becomes "?".
void add_quoted(std::string_view text, std::string& line) {
  line += '"';
  while (!text.empty()) {
    const auto* const odd = std::ranges::find_if_not(text, plain);
    const auto size = static_cast<size_t>(odd - text.begin());
    line += text.substr(0, size);
    text.remove_prefix(size);
    if (text.empty()) break;
    if (visible(text[0])) line += '\\';
    line += visible(text[0]) ? text[0] : '?';
    text.remove_prefix(1);
  }
  line += '"';
}

void add_field(std::string_view name, std::optional<std::string_view> value,
               std::string& line) {
  if (!line.ends_with('(')) line += ' ';
  add_quoted(name, line);
  line += ' ';
  if (value)
    add_quoted(*value, line);
  else
    line += "NIL";
}

// A server takes 30 pairs; ours are what it is all about.
void add_list(const std::vector<ShownField>& own, const IdFields& clients,
              std::string& line) {
  line += '(';
  const size_t room = kMostIdFields - own.size();
  for (size_t i = 0; i < std::min(clients.size(), room); ++i)
    add_field(clients[i].name, clients[i].value, line);
  for (const auto& [name, value] : own)
    add_field(name, value, line);
  line += ')';
}

}  // namespace

void ImapIntroduction::want(const ClientIdentity& client, Introduce how) {
  client_ = &client;
  how_ = how;
}

std::string ImapIntroduction::command(std::string_view capabilities) {
  if (client_ == nullptr) return {};
  if (!has_capability(capabilities, "ID")) {
    if (how_ == Introduce::All) outcome_ = Introduced::NotOffered;
    return {};
  }
  std::vector<ShownField> own;
  if (how_ == Introduce::All)
    own = show_identity(IdentityDialect::Id, *client_);
  if (own.empty() && client_->fields.empty()) return {};
  pending_ = true;
  std::string line;
  line.reserve(kUsualLine);
  line.append(kTag).append(" ID ");
  add_list(own, client_->fields, line);
  return line += "\r\n";
}

void ImapIntroduction::on_untagged(const ImapResponse& line) {
  if (!pending_ || !starts_with_text(line.text, "ID ")) return;
  if (is_postern(line.text)) otherwise_ = Introduced::Untrusted;
  if (is_dovecot(line.text)) otherwise_ = Introduced::Unconfirmed;
}

void ImapIntroduction::on_tagged(const ImapResponse& line) {
  pending_ = false;
  if (how_ != Introduce::All) return;
  const bool ok = line.status == ImapResponse::Status::Ok;
  if (ok && starts_with_text(line.text, "Trusted"))
    outcome_ = Introduced::Trusted;
  else
    outcome_ = otherwise_;
}

}  // namespace postern
