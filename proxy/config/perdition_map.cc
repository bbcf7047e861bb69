#include "proxy/config/perdition_map.h"

#include <string>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

struct Library {
  std::string_view name;  // libperditiondb_NAME.so
  std::string_view type;  // empty: there is none
  std::string_view instead;
};

constexpr std::string_view kPrefix = "libperditiondb_";
constexpr std::string_view kText =
    "expected \"map text FILE\" with the file it was made from, or \"map "
    "sqlite FILE\"";
constexpr std::string_view kTable =
    "expected \"map sqlite FILE\" with a copy of the table";
constexpr std::string_view kOther =
    "expected \"map sqlite FILE\" or \"map text FILE\" with what it knows";

const Library kLibraries[] = {
    {"posix_regex", "regex", {}}, {"gdbm", {}, kText},
    {"bdb", {}, kText},           {"cdb", {}, kText},
    {"mysql", {}, kTable},        {"postgresql", {}, kTable},
    {"odbc", {}, kTable},         {"ldap", {}, kOther},
    {"nis", {}, kOther},          {"daemon", {}, kOther},
};

}  // namespace

Result<std::string_view> map_type_of_library(std::string_view library) {
  if (library.empty()) return std::string_view();
  const std::string_view file = library.substr(library.rfind('/') + 1);
  const std::string_view known = file.substr(0, file.find('.'));
  for (const Library& each : kLibraries) {
    if (known != std::string(kPrefix).append(each.name)) continue;
    if (!each.type.empty()) return each.type;
    return Error{Fault::Config, "there is no map of the kind " +
                                    std::string(each.name) + " here, " +
                                    std::string(each.instead)};
  }
  return Error{Fault::Config, "\"" + printable(library) +
                                  "\" is none of Perdition's libraries, "
                                  "expected one of these, or \"map TYPE "
                                  "ARGUMENT\""};
}

std::string_view usual_argument(std::string_view type) {
  return type == "regex" ? "/etc/perdition/popmap.re" : "";
}

}  // namespace postern
