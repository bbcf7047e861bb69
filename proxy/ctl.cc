// posternctl: asks the running daemon, or tells it what to do, through its
// admin_socket.  What can be asked is in proxy/admin/manual.cc.

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/admin/control_wire.h"
#include "proxy/admin/manual.h"
#include "proxy/base/ascii.h"
#include "proxy/base/words.h"
#include "proxy/ctl/answer_reader.h"
#include "proxy/ctl/connection.h"
#include "proxy/ctl/guide.h"
#include "proxy/ctl/json_printer.h"
#include "proxy/ctl/known_values.h"
#include "proxy/ctl/table_printer.h"

namespace postern {
namespace {

constexpr uint64_t kMaxPatience = 1000000;  // seconds

constexpr char kUsage[] =
    "usage: posternctl [--socket PATH] [--timeout SECONDS] [--json] COMMAND "
    "...\n"
    "       posternctl help [COMMAND]\n"
    "       posternctl --version\n";

struct CommandLine {
  std::string socket;
  std::string timeout;
  bool json = false;
  std::vector<std::string> words;
};

void put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void complain(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

int misused(const std::string& text) {
  complain("posternctl: " + text + "\n" + kUsage);
  return kExitUsage;
}

// --socket, or the environment's, or where the samples put it.
std::string usual_socket() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
  const char* told = std::getenv("POSTERN_ADMIN_SOCKET");
  return std::string(told != nullptr && *told != '\0' ? told
                                                      : kUsualControlSocket);
}

// Our own options may stand anywhere before "--".
std::optional<std::string> read_command_line(std::vector<std::string> given,
                                             CommandLine& line) {
  bool over = false;
  for (size_t i = 0; i < given.size(); ++i) {
    const std::string& word = given[i];
    over = over || word == "--";
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    std::string* value = name == "--socket"    ? &line.socket
                         : name == "--timeout" ? &line.timeout
                                               : nullptr;
    if (over || (value == nullptr && word != "--json")) {
      line.words.push_back(word);
    } else if (value == nullptr) {
      line.json = true;
    } else if (equals != std::string::npos) {
      *value = word.substr(equals + 1);
    } else if (i + 1 < given.size()) {
      *value = given[++i];
    } else {
      return name + " needs a value";
    }
  }
  return std::nullopt;
}

int help(std::span<const std::string> words) {
  const auto text = command_help(words);
  if (!text) return misused("there is no such command");
  put(words.empty() ? std::string(kUsage) + "\nCommands:\n\n" + *text : *text);
  return 0;
}

// The daemon must speak our version of the language.
Status check_greeting(Connection& connection) {
  const auto greeting = connection.line();
  if (!greeting) return greeting.error();
  if (!(*greeting + " ").starts_with(std::string(kControlGreeting) + " "))
    return Error{Fault::Network,
                 "this is no daemon that posternctl can speak to"};
  return Done{};
}

Result<int> ask(const CommandLine& line, int patience_ms, Printer& printer) {
  auto connection = Connection::open(line.socket, patience_ms);
  if (!connection) return std::move(connection).error();
  std::string request;
  for (const std::string& word : line.words)
    request += (request.empty() ? "" : " ") + quote_word(word);
  Status going = check_greeting(*connection);
  if (going) going = connection->send(request + "\n");
  AnswerReader reader(printer);
  while (going) {
    const auto answer = connection->line();
    if (!answer) return answer.error();
    if (const auto status = reader.feed(*answer)) return *status;
  }
  return std::move(going).error();
}

int run(CommandLine line) {
  // Refused here, it costs the daemon nothing, and needs none.
  if (const auto asked = understand(line.words); !asked)
    return misused(asked.error().text);
  if (line.socket.empty()) line.socket = usual_socket();
  const auto seconds =
      parse_number(line.timeout.empty() ? "60" : std::string_view(line.timeout),
                   kMaxPatience);
  if (!seconds) return misused("--timeout is a number of seconds");
  const int patience_ms =
      *seconds == 0 ? -1 : static_cast<int>(*seconds * 1000);
  const auto printer =
      line.json ? make_json_printer(put) : make_table_printer(put, complain);
  const auto status = ask(line, patience_ms, *printer);
  if (status) return *status;
  if (line.json)
    printer->end(false, "unreachable", status.error().text);
  else
    complain("posternctl: " + status.error().text + "\n");
  return kExitUnreachable;
}

// The words that may stand for one in capitals; none if the daemon does not
// say.
std::vector<std::string> values_of(std::string_view placeholder,
                                   CommandLine line) {
  constexpr int kPatience = 2000;  // milliseconds: somebody holds the TAB key
  std::vector<std::string> values;
  for (const std::string_view part : split(placeholder, '|')) {
    const KnownValues* known = find_known_values(part);
    if (known == nullptr) continue;
    const bool fixed = !known->fixed.empty();
    line.words.clear();
    for (const std::string_view word :
         split(fixed ? known->fixed : known->request, ' '))
      (fixed ? values : line.words).emplace_back(word);
    if (fixed) continue;
    const auto collector = make_column_collector(*known, values);
    (void)ask(line, kPatience, *collector);
  }
  return values;
}

// For the shell: all that may come next, one a line.
int complete(std::vector<std::string> given) {
  CommandLine line;
  (void)read_command_line(std::move(given), line);
  if (line.socket.empty()) line.socket = usual_socket();
  for (const std::string& each : completions(line.words)) {
    const bool literal = each.starts_with("--") || each == to_lower(each);
    if (literal) put(each + "\n");
    for (const std::string& value :
         literal ? std::vector<std::string>() : values_of(each, line))
      put(printable(value) + "\n");
  }
  return 0;
}

int start(std::vector<std::string> given) {
  CommandLine line;
  const auto first = given.empty() ? std::string() : given.front();
  const std::span rest =
      std::span<const std::string>(given).subspan(given.empty() ? 0 : 1);
  if (first == "complete") return complete({rest.begin(), rest.end()});
  if (first == "--help" || first == "-h" || first == "help") return help(rest);
  if (first == "--version") {
    put("posternctl " POSTERN_VERSION "\n");
    return 0;
  }
  if (const auto wrong = read_command_line(std::move(given), line))
    return misused(*wrong);
  return run(std::move(line));
}

}  // namespace
}  // namespace postern

int main(int argc, char** argv) {
  try {
    return postern::start(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {  // there is no memory left
    std::fputs(error.what(), stderr);
    return 1;
  }
}
