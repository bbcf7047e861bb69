// How an IMAP server is told whose login it is: one ID (RFC 2971) with
// Dovecot's keys, sent in one piece with the login so that it costs no round
// trip, and the answers to it.

#pragma once

#include <string>
#include <string_view>

#include "proxy/protocol/identity.h"
#include "proxy/protocol/imap/imap_response.h"

namespace postern {

// Part of a back engine.
class ImapIntroduction {
 public:
  static constexpr std::string_view kTag = "I";

  // `client` must stay as long as command() may be called.
  void want(const ClientIdentity& client, Introduce how);

  // What to send ahead of the login, CRLF included; empty if the server does
  // not list ID or there is nothing to tell.
  std::string command(std::string_view capabilities);

  bool pending() const { return pending_; }  // its tagged reply is to come
  // What a `* ID` line says of the server; other lines may be given as well.
  void on_untagged(const ImapResponse& line);
  void on_tagged(const ImapResponse& line);

  Introduced outcome() const { return outcome_; }

 private:
  const ClientIdentity* client_ = nullptr;
  Introduce how_ = Introduce::Fields;
  bool pending_ = false;
  // If it says no more than OK.
  Introduced otherwise_ = Introduced::Sent;
  Introduced outcome_ = Introduced::Nothing;
};

}  // namespace postern
