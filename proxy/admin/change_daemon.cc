// Commands about the daemon as a whole.

#include "proxy/admin/commands.h"
#include "proxy/base/ascii.h"
#include "proxy/base/log.h"

namespace postern {

void reload_configuration(const Call& call) {
  static constexpr Column kColumns[] = {
      {"file"}, {"line", Form::Number}, {"setting"}, {"severity"}, {"text"}};
  const ReloadOutcome outcome = call.server.reload();
  if (!outcome.problems.empty()) call.answer->table("problems", kColumns);
  for (const Problem& problem : outcome.problems) {
    const bool error = problem.severity == Problem::Severity::Error;
    const size_t line = problem.where.line;
    call.answer->row({text_or_none(problem.where.file),
                      line == 0 ? Value() : Value(uint64_t{line}),
                      text_or_none(problem.setting),
                      std::string(error ? "error" : "warning"), problem.text});
  }
  if (outcome.done)
    call.answer->ok("the new configuration is in use");
  else
    call.answer->fail(Trouble::Failed, "the old configuration goes on");
}

void change_log_level(const Call& call) {
  static constexpr Column kColumns[] = {{"level"}};
  Log& log = call.server.log();
  const std::string wanted = call.asked.word(0);
  if (wanted.empty()) {
    call.answer->facts("log", kColumns);
    call.answer->row({std::string(name_of(log.level()))});
    return call.answer->ok();
  }
  const auto level = parse_log_level(wanted);
  if (!level)
    return call.answer->fail(Trouble::Usage,
                             "\"" + printable(wanted) +
                                 "\" is no level, expected error, warning, "
                                 "notice, info or debug");
  log.change_level(*level);
  call.answer->ok("logging " + wanted +
                  " and what is worse, until the next reload or restart");
}

}  // namespace postern
