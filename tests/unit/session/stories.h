// Sessions as they might have gone, for what is written about them.

#pragma once

#include <utility>

#include "proxy/session/session_log.h"

namespace postern {

// One thing of what TLS agreed on is different.
template <class Value>
void change(SharedFacts& facts, Value TlsFacts::*which, const Value& value) {
  TlsFacts changed = *facts;
  changed.*which = value;
  facts = SharedFacts(std::move(changed));
}

// Jane reads her mail by IMAP4S; the backend is spoken to in the clear.
inline SessionStory happy_story() {
  SessionStory story;
  story.id = "3-1f";
  story.service = "imap4s";
  story.protocol = "IMAP4S";
  story.client = *Address::parse("192.0.2.7", 40001);
  story.local = *Address::parse("198.51.100.1", 993);
  story.front_security = Security::Ssl;
  TlsFacts agreed;
  agreed.version = "TLSv1.3";
  agreed.cipher = "TLS_AES_256_GCM_SHA384";
  agreed.group = "X25519";
  agreed.sni = "mail.example.org";
  story.front_tls = SharedFacts(std::move(agreed));
  story.attempts = 1;
  story.user = "Jane@Example.org";
  story.routed_user = "jane";
  story.mechanism = "PLAIN";
  story.backend = "store1.example.org:143";
  story.backend_address = Address::parse("203.0.113.5", 143);
  story.logged_in = true;
  story.received = 120;
  story.sent = 34567;
  story.milliseconds = 61007;
  story.reason = "client closed";
  return story;
}

// Somebody else tries Jane's account on the POP3 port.
inline SessionStory failed_story() {
  SessionStory story = happy_story();
  story.service = "pop3";
  story.protocol = "POP3";
  story.local = *Address::parse("198.51.100.1", 110);
  story.front_security = Security::Starttls;
  story.mechanism = "USER";
  story.failure = Failure::WrongPassword;
  story.logged_in = false;
  story.received = story.sent = 0;
  return story;
}

}  // namespace postern
