// Every type of map is one file in maps/ and one row here.

#include "lookup/maps.h"

#include "proxy/base/ascii.h"

namespace postern {
namespace {

struct MapType {
  std::string_view name;
  MapResult (*open)(const MapOptions&);
};

const MapType kMapTypes[] = {
    {"fail", open_fail_map},     {"regex", open_regex_map},
    {"sqlite", open_sqlite_map}, {"static", open_static_map},
    {"text", open_text_map},
};

}  // namespace

MapResult open_map(const MapOptions& options) {
  for (const MapType& type : kMapTypes)
    if (type.name == options.type) return type.open(options);
  return Error{Fault::Config, "\"" + printable(options.type) +
                                  "\" is no type of map; there are " +
                                  map_types()};
}

std::string map_types() {
  std::string names;
  for (const MapType& type : kMapTypes) {
    if (!names.empty()) names += ", ";
    names += type.name;
  }
  return names;
}

}  // namespace postern
