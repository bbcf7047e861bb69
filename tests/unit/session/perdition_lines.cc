// Prints what the Perdition format says of a few sessions, for the test that
// gives it to fail2ban.  Failures come from 192.0.2.7, everything that is no
// failure from 192.0.2.8.

#include "proxy/base/log.h"
#include "tests/unit/session/stories.h"

using namespace postern;

namespace {

SessionStory from_nice_client(SessionStory story) {
  story.client = *Address::parse("192.0.2.8", 40002);
  return story;
}

void write_failures(Log& log) {
  SessionStory story = failed_story();
  for (const char* protocol : {"POP3", "POP3S", "IMAP4", "IMAP4S"}) {
    story.protocol = protocol;
    log_login(log, story, {});
  }
  story.user = "two words";
  log_login(log, story, {});
  story.ending = Ending::ClientLeft;
  log_end(log, story);
}

void write_harmless(Log& log) {
  const SessionStory happy = from_nice_client(happy_story());
  log_connect(log, happy);
  log_login(log, happy, {});
  log_end(log, happy);
  SessionStory trouble = from_nice_client(failed_story());
  trouble.failure = Failure::NoConnection;
  log_login(log, trouble, {});
  log_end(log, trouble);
}

// A client that wants somebody else, 192.0.2.9, to be banned.
void write_forged(Log& log) {
  SessionStory story = from_nice_client(happy_story());
  story.user =
      "x\nNov 21 00:00:00 h perdition.imap4[1]: Fatal Error reading "
      "authentication information from client 192.0.2.9:1->192.0.2.1:993: "
      "Exiting child";
  log_login(log, story, {});
  story.user =
      "x\" server=\"a:1\" protocol=IMAP4 server-secure=ssl "
      "status=\"failed: Re-Authentication Failure\"";
  log_login(log, story, {});
}

}  // namespace

int main() {
  LogOptions options;
  options.facility = "-";
  options.format = LogFormat::Perdition;
  Log log(options);
  if (!log.open()) return 1;
  write_failures(log);
  write_harmless(log);
  write_forged(log);
  return 0;
}
