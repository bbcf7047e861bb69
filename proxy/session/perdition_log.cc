#include "proxy/session/perdition_log.h"

#include "proxy/base/ascii.h"
#include "proxy/base/log.h"

namespace postern {
namespace {

// IPv6 addresses stand without brackets.
std::string plain(const Address& address) {
  return address.ip() + ":" + std::to_string(address.port());
}

std::string ends(const SessionStory& story) {
  return plain(story.client) + "->" + plain(story.local);
}

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (const char c : printable(name)) {
    if (c == '"')
      out += "\\x22";
    else
      out += c;
  }
  return out + '"';
}

// Whose mail, where somebody else has logged in for it, and who has logged in.
std::string identities(const SessionStory& story) {
  const bool other = !story.authid.empty();
  return "authorisation_id=" + (other ? quoted(story.user) : "NONE") +
         " authentication_id=" + quoted(other ? story.authid : story.user);
}

void write(Log& log, LogLevel level, const SessionStory& story,
           const std::string& text) {
  log.raw(level, "perdition." + to_lower(story.protocol), text);
}

void log_closing(Log& log, const SessionStory& story) {
  if (story.ending == Ending::TimedOut)
    write(log, LogLevel::Info, story, "Timeout piping data.");
  write(log, LogLevel::Info, story,
        "Closing session: " + ends(story) + " " + identities(story) +
            " received=" + std::to_string(story.received) +
            " sent=" + std::to_string(story.sent));
}

// Of a client that never logged in and did not say goodbye.
std::string fatal_error(const SessionStory& story) {
  if (story.ending == Ending::NoTls)
    return "Fatal error establishing SSL connection to client";
  return std::string(story.ending == Ending::TimedOut ? "Fatal Error: Timeout"
                                                      : "Fatal Error") +
         " reading authentication information from client " + ends(story) +
         ": Exiting child";
}

}  // namespace

void log_perdition_connect(Log& log, const SessionStory& story) {
  if (!log.wants(LogLevel::Info)) return;
  write(log, LogLevel::Info, story, "Connect:  " + ends(story));
}

void log_perdition_login(Log& log, const SessionStory& story) {
  if (!log.wants(LogLevel::Notice)) return;
  const std::string server =
      story.backend.empty() ? "(null):(null)" : story.backend;
  std::string text = "Auth: " + ends(story);
  text += std::string(" client-secure=") + words(story.front_security);
  text += " " + identities(story);
  text += " server=" + quoted(server);
  text += " protocol=" + std::string(story.protocol);
  text += std::string(" server-secure=") + words(story.back_security);
  text += std::string(" status=\"") + words(story.failure).perdition + '"';
  write(log, LogLevel::Notice, story, text);
}

void log_perdition_end(Log& log, const SessionStory& story) {
  const bool orderly = story.logged_in || story.ending == Ending::Orderly;
  if (!log.wants(orderly ? LogLevel::Info : LogLevel::Error)) return;
  if (story.logged_in) return log_closing(log, story);
  if (story.ending != Ending::Orderly)
    return write(log, LogLevel::Error, story, fatal_error(story));
  write(log, LogLevel::Info, story,
        "Closing NULL session: " + ends(story) +
            " authorisation_id=NONE authentication_id=\"(null)\"");
}

}  // namespace postern
