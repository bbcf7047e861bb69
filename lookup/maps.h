// The map types to each other's neighbours: who opens what.  Users of maps
// include map.h; this is for the table in maps.cc, for tests and fuzzers.

#pragma once

#include "lookup/map.h"

namespace postern {

using MapResult = Result<std::shared_ptr<Map>>;

// One for each type, in maps/<type>_map.cc.
MapResult open_fail_map(const MapOptions& options);
MapResult open_regex_map(const MapOptions& options);
MapResult open_sqlite_map(const MapOptions& options);
MapResult open_static_map(const MapOptions& options);
MapResult open_text_map(const MapOptions& options);

// The same from what the file holds; `options.argument` is for messages.
MapResult read_regex_map(const MapOptions& options, std::string_view text);
MapResult read_text_map(const MapOptions& options, std::string_view text);

// Files of rules and users are held in memory: beyond this a database is due.
constexpr size_t kMaxMapFile = 16 << 20;

}  // namespace postern
