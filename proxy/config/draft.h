// What the settings write to.  Most of it are the modules' own options; the
// rest means something only together with other settings, and is settled by
// assemble.cc once all of them are known.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy/server/options.h"

namespace postern {

struct Setting;

// What a pool's line says of a setting that services have: it counts for the
// backends of this pool, whatever the service says.
struct PoolSetting {
  std::string pool;
  const Setting* setting;
  std::string value;  // one that the setting took
  size_t line;        // the how manieth line about pools, from 0
};

// Of one service, or (`server` only) of the daemon as a whole.
struct Draft {
  ServerOptions server;
  ServiceOptions service;

  std::vector<PoolSetting> pool_settings;  // in the order of their lines
  size_t pool_lines = 0;

  bool debug = false;
  bool no_client_certificates = false;  // ssl_no_client_cert_verify
  bool ssl_mode_given = false;  // unset means TLS for IMAP4S, "none" does not
  bool ssl_mode_none = false;   // "none" was among the words
  std::optional<bool> server_resp_line;  // unset: yes, unless there is ok_line
  std::string capability;
  std::string imap_capability;
  std::string pop_capability;
  std::optional<std::string> map_library;
  std::string map_library_opt;
  bool map_library_chosen = false;  // the maps are map_library's, not map's
  std::string map_query;
};

}  // namespace postern
