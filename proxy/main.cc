// postern: reads the command line and does the one thing it asks for.  How the
// daemon runs is in proxy/server/server.cc.

#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/admin/desk.h"
#include "proxy/base/log.h"
#include "proxy/config/check_certificates.h"
#include "proxy/config/checks.h"
#include "proxy/config/configuration.h"
#include "proxy/config/print.h"
#include "proxy/server/explain_route.h"
#include "proxy/server/list_routes.h"
#include "proxy/server/privileges.h"
#include "proxy/server/server.h"

namespace postern {
namespace {

enum class Mode { Serve, Check, Print, Route, Routes, Version, Help };

struct CommandLine {
  Mode mode = Mode::Serve;
  std::string file = "/etc/postern/postern.conf";
  std::string user;                   // --route
  std::string users;                  // --routes: the file with their names
  std::string service;                // --service
  std::vector<std::string> settings;  // everything else
};

// Options of the program itself; what is not here is a setting.
struct Option {
  std::string_view name;
  std::optional<Mode> mode;
  std::string CommandLine::*value;  // nullptr: takes none
};

constexpr Option kOptions[] = {
    {"-f", {}, &CommandLine::file},
    {"--config_file", {}, &CommandLine::file},
    {"--check", Mode::Check, nullptr},
    {"--print-config", Mode::Print, nullptr},
    {"--route", Mode::Route, &CommandLine::user},
    {"--routes", Mode::Routes, &CommandLine::users},
    {"--service", {}, &CommandLine::service},
    {"--version", Mode::Version, nullptr},
    {"--help", Mode::Help, nullptr},
    {"-h", Mode::Help, nullptr},
};

constexpr char kUsage[] =
    "usage: postern [-f FILE] [--SETTING VALUE ...]\n"
    "       postern --check [-f FILE]         say everything that is wrong\n"
    "       postern --print-config [-f FILE]  effective settings, with origin\n"
    "       postern --route USER [--service NAME] [-f FILE]\n"
    "                                         where would USER go, and why\n"
    "       postern --routes FILE [--service NAME] [-f FILE]\n"
    "                                         the same in one line for each "
    "user\n"
    "                                         that FILE (-: stdin) names\n"
    "       postern --version | --help\n";

const Option* find_option(std::string_view name) {
  for (const Option& option : kOptions)
    if (option.name == name) return &option;
  return nullptr;
}

Result<CommandLine> read_command_line(const std::vector<std::string>& words) {
  CommandLine line;
  for (size_t i = 0; i < words.size(); ++i) {
    const size_t equals =
        words[i].starts_with("--") ? words[i].find('=') : std::string::npos;
    const Option* option = find_option(words[i].substr(0, equals));
    if (option == nullptr) {
      line.settings.push_back(words[i]);
      continue;
    }
    if (option->mode) line.mode = *option->mode;
    if (option->value == nullptr) continue;
    if (equals != std::string::npos)
      line.*option->value = words[i].substr(equals + 1);
    else if (i + 1 < words.size())
      line.*option->value = words[++i];
    else
      return Error{Fault::Config, words[i] + " needs a value"};
  }
  return line;
}

void complain(const std::vector<Problem>& problems) {
  for (const Problem& problem : problems)
    std::fprintf(stderr, "%s\n", to_text(problem).c_str());
}

Configuration load(const CommandLine& line) {
  return load_configuration(line.file, parse_overrides(line.settings));
}

// Root can read everything, but will not be there when files are read again.
void check_as_later(const Configuration& configuration,
                    std::vector<Problem>& problems) {
  const ServerOptions& options = configuration.daemon.draft.server;
  const auto identity = find_identity(options.username, options.group);
  if (!identity || !*identity) return;
  const BorrowedIdentity later(**identity);
  if (!later.borrowed()) return;
  const std::vector<Problem> found = check_reading(configuration);
  problems.insert(problems.end(), found.begin(), found.end());
}

int check(const CommandLine& line) {
  Configuration configuration = load(line);
  const std::vector<Problem> found = check_configuration(configuration);
  auto& all = configuration.problems;
  all.insert(all.end(), found.begin(), found.end());
  const std::vector<std::string> lines = list_certificates(configuration, all);
  check_as_later(configuration, all);
  complain(all);
  for (const std::string& each : lines)
    std::printf("%s\n", each.c_str());
  return has_errors(all) ? 1 : 0;
}

int print(const CommandLine& line) {
  const Configuration configuration = load(line);
  std::fputs(print_configuration(configuration).c_str(), stdout);
  complain(configuration.problems);
  return configuration.usable() ? 0 : 1;
}

int route(const CommandLine& line) {
  const Configuration configuration = load(line);
  complain(configuration.problems);
  if (!configuration.usable()) return 1;
  Director director;
  const std::string& state = configuration.options.director.state_file;
  if (!state.empty())
    if (const Status recalled = director.recall(state); !recalled)
      std::fprintf(stderr, "postern: %s; the configuration alone rules\n",
                   recalled.error().text.c_str());
  const auto snapshot = Snapshot::build(configuration.options, director);
  const auto text = snapshot
                        ? explain_route(**snapshot, line.user, line.service)
                        : Result<std::string>(snapshot.error());
  if (!text) {
    std::fprintf(stderr, "postern: %s\n", text.error().text.c_str());
    return 1;
  }
  std::fputs((*text).c_str(), stdout);
  return 0;
}

int routes(const CommandLine& line) {
  const Configuration configuration = load(line);
  complain(configuration.problems);
  if (!configuration.usable()) return 1;
  Director director;
  const auto snapshot = Snapshot::build(configuration.options, director);
  std::ifstream file;
  if (line.users != "-") file.open(line.users);
  std::istream& users = line.users == "-" ? std::cin : file;
  Status listed = snapshot ? Status(Done{}) : Status(snapshot.error());
  if (listed && !users)
    listed = Error{Fault::Config, "cannot read " + line.users};
  if (listed) listed = list_routes(**snapshot, line.service, users, std::cout);
  if (listed) return 0;
  std::fprintf(stderr, "postern: %s\n", listed.error().text.c_str());
  return 1;
}

int serve(const CommandLine& line) {
  const Configuration configuration = load(line);
  complain(configuration.problems);
  if (!configuration.usable()) return 1;
  Log log(configuration.options.log);
  Status started = log.open();
  Server server(log, [&line] { return load(line); });
  const Desk desk(server);
  if (started) started = server.start(configuration.options);
  if (!started) {
    std::fprintf(stderr, "postern: %s\n", started.error().text.c_str());
    return 1;
  }
  server.run();
  return 0;
}

int version() {
  std::puts("postern " POSTERN_VERSION);
  return 0;
}

int help() {
  std::fputs(kUsage, stdout);
  std::fputs("\nSettings, in files or as --SETTING VALUE:\n\n", stdout);
  std::fputs(help_text().c_str(), stdout);
  return 0;
}

int run(const CommandLine& line) {
  switch (line.mode) {
    case Mode::Check:
      return check(line);
    case Mode::Print:
      return print(line);
    case Mode::Route:
      return route(line);
    case Mode::Routes:
      return routes(line);
    case Mode::Version:
      return version();
    case Mode::Help:
      return help();
    case Mode::Serve:
      break;
  }
  return serve(line);
}

}  // namespace
}  // namespace postern

int main(int argc, char** argv) {
  const auto line = postern::read_command_line(
      std::vector<std::string>(argv + 1, argv + argc));
  if (line) return postern::run(*line);
  std::fprintf(stderr, "postern: %s\n%s", line.error().text.c_str(),
               postern::kUsage);
  return 1;
}
