// One part of the configuration, the daemon's or a service's, with the place
// every setting of it came from.

#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/config/draft.h"
#include "proxy/config/reader.h"

namespace postern {

// Later ones win.
enum class Layer { Global, Service, CommandLine };

struct Given {
  Layer layer;
  std::vector<Origin> lines = {};  // several only where lines add up
};

struct Section {
  std::string name;  // of the service; empty: the daemon
  std::string file;  // empty: there is none
  Draft draft;
  std::map<std::string_view, Given> given;  // by name of the setting
  std::set<std::string_view> failed;        // given with an unusable value

  // Takes over those of `scope`.  Within a layer lines may add up; a later
  // layer begins anew.
  void apply(const Assignments& assignments, Scope scope, Layer layer);

  const Given* find(std::string_view setting) const;
  // Where to change the setting: its last line, or the file it could stand in.
  Origin where(std::string_view setting) const;
  // `setting` was given, and not below `other`, which says the same thing.
  bool outranks(std::string_view setting, std::string_view other) const;
};

}  // namespace postern
