// The lines Perdition writes about a session, word for word: fail2ban's stock
// filter and pop-before-smtp daemons read them.  Only names are told
// differently: nothing in them can end a quotation or a line.

#pragma once

#include "proxy/session/session_log.h"

namespace postern {

void log_perdition_connect(Log& log, const SessionStory& story);
void log_perdition_login(Log& log, const SessionStory& story);
void log_perdition_end(Log& log, const SessionStory& story);

}  // namespace postern
