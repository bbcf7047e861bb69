// What posternctl and the daemon say to each other, version 1.  Lines end with
// LF and are made of words (proxy/base/words.h).
//
//   daemon   postern-control 1 VERSION
//   client   WORD ...                         a request; several, one by one
//   daemon   facts NAME COLUMN:FORM ...       one row follows
//   daemon   table NAME COLUMN:FORM ...       any number of rows follows
//   daemon   row VALUE ...                    a bare - is a value not known
//   daemon   ok TEXT  or  error KIND TEXT     the end of this answer
//
// Rows belong to the nearest facts or table above.  Clients pass over lines
// that begin with a word they do not know, and columns they do not know.
// Includes nothing but base, so that posternctl can use it.

#pragma once

#include <optional>
#include <string_view>

namespace postern {

// The number changes when a client of the old form could misread the new one.
inline constexpr std::string_view kControlGreeting = "postern-control 1";
inline constexpr std::string_view kUsualControlSocket = "/run/postern/control";

// How a value is meant.
enum class Form {
  Text,
  Number,
  Flag,      // yes, no
  Octets,    // a number
  Time,      // milliseconds since 1970
  Duration,  // milliseconds
};
std::string_view name_of(Form form);
std::optional<Form> parse_form(std::string_view name);

// Why a request was not carried out; the name is KIND above.
enum class Trouble {
  Usage,      // no such command, or not like this
  NotFound,   // no such user, backend, service
  Ambiguous,  // more than one is meant
  Refused,    // it makes no sense now
  Failed,     // tried, and it did not work
  Busy,       // too many at once
};
std::string_view name_of(Trouble trouble);
// Of posternctl.
int exit_status(std::string_view trouble);
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;

}  // namespace postern
