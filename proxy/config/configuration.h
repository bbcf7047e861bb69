// The configuration as a whole: a global file, one file for each service in
// conf.d/ beside it, and what the command line adds.  Reads and judges; opens
// nothing that is named in it (see checks.h for that).

#pragma once

#include <span>
#include <string>
#include <vector>

#include "proxy/config/problem.h"
#include "proxy/config/reader.h"
#include "proxy/config/section.h"
#include "proxy/server/options.h"

namespace postern {

struct Configuration {
  ServerOptions options;  // only to be used if usable()
  std::vector<Problem> problems;
  Section daemon;
  std::vector<Section> services;  // in the order of options.services

  bool usable() const { return !has_errors(problems); }
};

// What the command line says of settings; wins over every file.
Assignments parse_overrides(std::span<const std::string> arguments);

// Reads `path` and conf.d/*.conf beside it, sorted by name; `path` may be empty
// for no file at all.  Without conf.d/*.conf, a global file that says
// `protocol` is the one service itself, as Perdition's files are.
Configuration load_configuration(const std::string& path,
                                 const Assignments& overrides = {});

// The same without touching a file system.
Configuration build_configuration(const Source& global,
                                  std::span<const Source> services,
                                  const Assignments& overrides = {});

// "imap4" for "/etc/postern/conf.d/imap4.conf".
std::string name_of_service(const std::string& path);

}  // namespace postern
