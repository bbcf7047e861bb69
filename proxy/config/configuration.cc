#include "proxy/config/configuration.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/file.h"
#include "proxy/config/assemble.h"
#include "proxy/config/listening.h"

namespace postern {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFile = 1 << 20;
constexpr std::string_view kSuffix = ".conf";

using ProblemList = std::vector<Problem>;

void append(ProblemList& to, const ProblemList& more) {
  to.insert(to.end(), more.begin(), more.end());
}

void complain(ProblemList& problems, Origin where, std::string text) {
  problems.push_back(
      {Problem::Severity::Error, std::move(where), {}, std::move(text)});
}

// conf.d/*.conf beside `path`.  That there is none is not an error.
std::vector<std::string> service_files(const std::string& path,
                                       ProblemList& problems) {
  std::vector<std::string> files;
  const fs::path folder = fs::path(path).parent_path() / "conf.d";
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::end(entries); entries.increment(error)) {
    const std::string name = entries->path().filename();
    if (name.ends_with(kSuffix) && !name.starts_with('.'))
      files.push_back(entries->path());
  }
  if (error && error != std::errc::no_such_file_or_directory)
    complain(problems, {folder}, error.message());
  std::ranges::sort(files);
  return files;
}

// Rightly or wrongly: the latter is complained of elsewhere.
bool mentions_protocol(const Assignments& assignments) {
  constexpr std::string_view kProtocol = "protocol";
  const auto given = [&](const Assignment& each) {
    return each.setting->name == kProtocol;
  };
  const auto failed = [&](const Setting* each) {
    return each->name == kProtocol;
  };
  return std::ranges::any_of(assignments.given, given) ||
         std::ranges::any_of(assignments.failed, failed);
}

// It appears in logs and on the command line.
bool is_service_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
         });
}

// What every service starts from, and what it ends with.
struct Common {
  const Assignments& global;
  const Assignments& overrides;
};

Section make_service(const Source& source, const Common& common,
                     const Assignments& own) {
  Section section;
  section.name = source.path.empty() ? "postern" : name_of_service(source.path);
  section.file = source.path;
  section.apply(common.global, Scope::Service, Layer::Global);
  section.apply(own, Scope::Service, Layer::Service);
  section.apply(common.overrides, Scope::Service, Layer::CommandLine);
  return section;
}

void make_services(Configuration& result, const Source& global,
                   std::span<const Source> services, const Common& common) {
  for (const Source& source : services) {
    const Assignments own = read_settings(source, FileKind::Service);
    append(result.problems, own.problems);
    result.services.push_back(make_service(source, common, own));
  }
  if (!services.empty()) return;
  const Assignments nothing;
  if (mentions_protocol(common.global) || mentions_protocol(common.overrides))
    result.services.push_back(
        make_service(global, {nothing, common.overrides}, common.global));
  else
    complain(result.problems, {global.path},
             "there is no service, expected a file in conf.d beside this one, "
             "or protocol here");
}

void assemble(Configuration& result) {
  assemble_daemon(result.daemon, result.problems);
  for (Section& section : result.services) {
    if (!is_service_name(section.name))
      complain(result.problems, {section.file},
               "this is no name for a service, expected letters, digits and "
               ". _ - before .conf");
    assemble_service(section, result.daemon, result.problems);
  }
  check_places(result.services, result.problems);
  result.options = result.daemon.draft.server;
  for (const Section& section : result.services)
    result.options.services.push_back(section.draft.service);
}

}  // namespace

std::string name_of_service(const std::string& path) {
  std::string name = fs::path(path).filename();
  if (name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  return name;
}

Assignments parse_overrides(std::span<const std::string> arguments) {
  return read_arguments(arguments);
}

Configuration build_configuration(const Source& global,
                                  std::span<const Source> services,
                                  const Assignments& overrides) {
  Configuration result;
  const Assignments given = read_settings(global, FileKind::Global);
  append(result.problems, overrides.problems);
  append(result.problems, given.problems);

  result.daemon.file = global.path;
  result.daemon.apply(given, Scope::Global, Layer::Global);
  result.daemon.apply(overrides, Scope::Global, Layer::CommandLine);
  make_services(result, global, services, {given, overrides});
  assemble(result);
  result.problems = without_repeats(std::move(result.problems));
  return result;
}

Configuration load_configuration(const std::string& path,
                                 const Assignments& overrides) {
  if (path.empty()) return build_configuration({}, {}, overrides);
  auto global = read_file(path, kMaxFile);
  ProblemList unread;
  std::vector<Source> services;
  for (const std::string& file : service_files(path, unread))
    if (auto text = read_file(file, kMaxFile); text)
      services.push_back({file, std::move(*text)});
    else
      complain(unread, {}, std::move(text).error().text);

  Configuration result;
  if (global)
    result =
        build_configuration({path, std::move(*global)}, services, overrides);
  else  // without its defaults, services would seem wrong that are not
    complain(result.problems, {}, std::move(global).error().text);
  result.options.config_file = path;
  append(result.problems, unread);
  return result;
}

}  // namespace postern
