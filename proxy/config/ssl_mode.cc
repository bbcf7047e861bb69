#include "proxy/config/ssl_mode.h"

#include "proxy/base/ascii.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

struct Mode {
  std::string_view word;
  SslMode sets;
};

constexpr SslMode kSslListen = {.listen = true};
constexpr SslMode kSslOutgoing = {.outgoing = true};
constexpr SslMode kTlsListen = {.starttls = true};
constexpr SslMode kTlsListenForce = {.starttls = true, .starttls_force = true};
constexpr SslMode kTlsOutgoing = {.outgoing_starttls = true};
constexpr SslMode kTlsOutgoingForce = {.outgoing_starttls = true,
                                       .outgoing_starttls_force = true};

constexpr SslMode operator|(SslMode a, SslMode b) {
  return {.listen = a.listen || b.listen,
          .outgoing = a.outgoing || b.outgoing,
          .starttls = a.starttls || b.starttls,
          .starttls_force = a.starttls_force || b.starttls_force,
          .outgoing_starttls = a.outgoing_starttls || b.outgoing_starttls,
          .outgoing_starttls_force =
              a.outgoing_starttls_force || b.outgoing_starttls_force};
}

const Mode kSslModes[] = {
    {"ssl_listen", kSslListen},
    {"ssl_outgoing", kSslOutgoing},
    {"ssl_all", kSslListen | kSslOutgoing},
    {"tls_listen", kTlsListen},
    {"tls_outgoing", kTlsOutgoing},
    {"tls_all", kTlsListen | kTlsOutgoing},
    {"tls_listen_force", kTlsListenForce},
    {"tls_outgoing_force", kTlsOutgoingForce},
    {"tls_all_force", kTlsListenForce | kTlsOutgoingForce},
};

const Mode* find_mode(std::string_view word) {
  for (const Mode& mode : kSslModes)
    if (mode.word == word) return &mode;
  return nullptr;
}

bool any(const SslMode& mode) {
  return mode.listen || mode.outgoing || mode.starttls ||
         mode.outgoing_starttls;
}

std::string mode_words() {
  std::string words = "none";
  for (const Mode& mode : kSslModes)
    words.append(", ").append(mode.word);
  return words;
}

}  // namespace

Status add_ssl_mode(Draft& draft, std::string_view value) {
  SslMode mode = draft.service.ssl;
  bool none = draft.ssl_mode_none;
  for (const std::string_view word : words_of_list(value)) {
    const Mode* found = find_mode(word);
    if (found == nullptr && word != "none")
      return unexpected(word, mode_words());
    if (found == nullptr)
      none = true;
    else
      mode = mode | found->sets;
  }
  // Perdition takes an empty value for an unset one.
  draft.ssl_mode_given = draft.ssl_mode_given || !words_of_list(value).empty();
  draft.ssl_mode_none = none;
  draft.service.ssl = mode;
  return Done{};
}

Status add_outgoing_ssl_mode(Draft& draft, std::string_view value) {
  for (const std::string_view word : words_of_list(value)) {
    const Mode* mode = find_mode(word);
    if (mode != nullptr && (mode->sets.listen || mode->sets.starttls))
      return unexpected(word,
                        "none, ssl_outgoing, tls_outgoing or "
                        "tls_outgoing_force: clients have nothing to do with "
                        "it");
  }
  return add_ssl_mode(draft, value);
}

void clear_ssl_mode(Draft& draft) {
  draft.service.ssl = {};
  draft.ssl_mode_given = draft.ssl_mode_none = false;
}

std::vector<std::string> show_ssl_mode(const Draft& draft) {
  if (!draft.ssl_mode_given) return {};
  const SslMode& mode = draft.service.ssl;
  std::string words;
  const auto add = [&](bool on, std::string_view word) {
    if (on) words.append(words.empty() ? "" : ",").append(word);
  };
  add(mode.listen, "ssl_listen");
  add(mode.outgoing, "ssl_outgoing");
  add(mode.starttls, mode.starttls_force ? "tls_listen_force" : "tls_listen");
  add(mode.outgoing_starttls,
      mode.outgoing_starttls_force ? "tls_outgoing_force" : "tls_outgoing");
  add(draft.ssl_mode_none || words.empty(), "none");
  return {words};
}

std::string contradiction(const Draft& draft) {
  const SslMode& mode = draft.service.ssl;
  if (draft.ssl_mode_none && any(mode))
    return "none contradicts the other words, expected none alone or without "
           "it";
  if (mode.listen && mode.starttls)
    return "ssl_listen contradicts tls_listen, expected TLS from the first "
           "byte or by STARTTLS, not both";
  if (mode.outgoing && mode.outgoing_starttls)
    return "ssl_outgoing contradicts tls_outgoing, expected TLS from the first "
           "byte or by STARTTLS, not both";
  return {};
}

void settle_ssl_mode(Draft& draft) {
  ServiceOptions& service = draft.service;
  if (!draft.ssl_mode_given && service.protocol->implicit_tls)
    service.ssl = kSslListen | kSslOutgoing;
  draft.ssl_mode_given = true;

  const SslMode& mode = service.ssl;
  service.front.offer_tls = mode.starttls;
  service.front.require_tls = mode.starttls_force;
  using Upgrade = BackOptions::Upgrade;
  service.back.implicit_tls = mode.outgoing;
  service.back.dialogue.upgrade = mode.outgoing_starttls_force
                                      ? Upgrade::Required
                                  : mode.outgoing_starttls ? Upgrade::IfOffered
                                                           : Upgrade::Never;
}

}  // namespace postern
