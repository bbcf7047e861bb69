#include "proxy/session/session_log.h"

#include "proxy/base/log.h"
#include "proxy/session/perdition_log.h"

namespace postern {
namespace {

// Empty without TLS.
const char* words_for_resumption(const TlsFacts& facts) {
  if (facts.version.empty()) return "";
  return facts.resumed ? "yes" : "no";
}

// The keys every event of a session begins with, always the same and in the
// same order: what is matched by programs (the client's address) comes before
// anything the client could word.
LogLine begin_line(std::string_view event, const SessionStory& story) {
  LogLine line(event);
  line.add("session", story.id)
      .add("service", story.service)
      .add("rip", story.client.ip())
      .add("rport", story.client.port())
      .add("lip", story.local.ip())
      .add("lport", story.local.port())
      .add("via", story.via ? story.via->ip() : "")
      .add("user", story.user)
      .add("routed_user", story.routed_user)
      .add("authid", story.authid)
      .add("master", story.master)
      .add("mech", story.mechanism)
      .add("front", words(story.front_security))
      .add("front_tls", story.front_tls->version)
      .add("front_cipher", story.front_tls->cipher)
      .add("front_group", story.front_tls->group)
      .add("front_resumed", words_for_resumption(*story.front_tls))
      .add("front_alpn", story.front_tls->alpn)
      .add("sni", story.front_tls->sni)
      .add("client_cert", story.front_tls->peer_name)
      .add("client_cert_sha256", story.front_tls->peer_fingerprint)
      .add("backend", story.backend)
      .add("backend_ip",
           story.backend_address ? story.backend_address->ip() : "")
      .add("backend_port",
           story.backend_address ? story.backend_address->port() : 0U)
      .add("back", words(story.back_security))
      .add("back_tls", story.back_tls->version)
      .add("back_cipher", story.back_tls->cipher)
      .add("back_group", story.back_tls->group)
      .add("back_resumed", words_for_resumption(*story.back_tls))
      .add("identity", story.identity)
      .add("attempts", static_cast<uint64_t>(story.attempts))
      .add("verdict", story.attempts == 0 ? "none" : words(story.failure).ours);
  return line;
}

bool perdition(const Log& log) {
  return log.format() == LogFormat::Perdition;
}

}  // namespace

const char* words(Security security) {
  static constexpr const char* kWords[] = {"plaintext", "starttls", "ssl"};
  return kWords[static_cast<size_t>(security)];
}

const FailureWords& words(Failure failure) {
  static constexpr FailureWords kWords[] = {
      {"ok", "ok"},
      {"wrong_password", "failed: Re-Authentication Failure"},
      {"refused", "failed: Re-Authentication Failure"},
      {"no_server", "failed: Could not determine server"},
      {"no_connection", "failed: Could not connect to server"},
      {"negotiation", "failed: Connection Negotiation Failure"},
      {"no_tls", "failed: TLS not present"},
      {"disabled", "failed: Login Disabled"},
      {"cancelled", "failed: Re-Authentication Failure"}};
  return kWords[static_cast<size_t>(failure)];
}

Failure failure_of(const Verdict& verdict) {
  static constexpr Failure kFailures[] = {
      Failure::None,        Failure::WrongPassword, Failure::Refused,
      Failure::Negotiation, Failure::Negotiation,   Failure::Disabled,
      Failure::Cancelled};
  return kFailures[static_cast<size_t>(verdict.kind)];
}

// Whether a line will be written is asked before it is composed: that costs
// more than anything else we do for a login.

void log_connect(Log& log, const SessionStory& story) {
  if (perdition(log)) log_perdition_connect(log, story);
}

void log_header_trouble(Log& log, const SessionStory& story,
                        std::string_view problem) {
  LogLine line("proxy_header");
  line.add("session", story.id)
      .add("service", story.service)
      .add("rip", story.client.ip())
      .add("rport", story.client.port())
      .add("lport", story.local.port())
      .add("problem", problem);
  log.event(LogLevel::Warning, line);
}

void log_useless_certificate(Log& log, const SessionStory& story) {
  LogLine line("client_cert_without_user");
  line.add("session", story.id)
      .add("service", story.service)
      .add("rip", story.client.ip())
      .add("rport", story.client.port())
      .add("client_cert", story.front_tls->peer_name)
      .add("client_cert_sha256", story.front_tls->peer_fingerprint)
      .add("reason",
           "the field that ssl_client_cert_user names is missing, or no name");
  log.event(LogLevel::Notice, line);
}

void log_login(Log& log, const SessionStory& story, const Verdict& verdict) {
  if (!log.wants(LogLevel::Notice)) return;
  if (perdition(log)) return log_perdition_login(log, story);
  const bool ok = story.failure == Failure::None;
  LogLine line = begin_line(ok ? "login" : "login_failed", story);
  line.add("detail", verdict.detail.empty() ? verdict.text : verdict.detail)
      .add_seconds("seconds", story.milliseconds);
  log.event(LogLevel::Notice, line);
}

void log_again(Log& log, const SessionStory& story) {
  if (!log.wants(LogLevel::Notice)) return;
  if (perdition(log)) return log_perdition_login(log, story);
  log.event(LogLevel::Notice, begin_line("still_here", story));
}

void log_end(Log& log, const SessionStory& story) {
  if (perdition(log)) return log_perdition_end(log, story);
  if (!log.wants(LogLevel::Info)) return;
  LogLine line = begin_line("end", story);
  line.add("reason", story.reason)
      .add("received", story.received)
      .add("sent", story.sent)
      .add_seconds("seconds", story.milliseconds);
  log.event(LogLevel::Info, line);
}

}  // namespace postern
