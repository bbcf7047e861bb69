#include "proxy/config/listening.h"

#include <map>
#include <utility>

#include "proxy/base/ascii.h"

namespace postern {

std::vector<Endpoint> listening_places(const ServiceOptions& service) {
  std::vector<Endpoint> places = service.listen;
  if (places.empty()) places = {{"0.0.0.0"}, {"::"}};
  for (Endpoint& place : places) {
    if (place.port == 0) place.port = service.listen_port;
    const auto address = Address::parse(place.host, place.port);
    place.host = address ? address->ip() : to_lower(place.host);
  }
  return places;
}

Problem about_listening(const Section& section) {
  Problem problem;
  problem.where = {section.file};
  for (const char* setting : {"bind_address", "listen_port", "protocol"})
    if (section.find(setting) != nullptr) {
      problem.setting = setting;
      problem.where = section.where(setting);
      break;
    }
  return problem;
}

void check_places(const std::vector<Section>& services,
                  std::vector<Problem>& problems) {
  std::map<std::string, std::string> taken;  // by which service
  for (const Section& section : services) {
    if (section.draft.service.protocol == nullptr) continue;
    for (const Endpoint& place : listening_places(section.draft.service)) {
      const auto [entry, fresh] = taken.try_emplace(place.text(), section.name);
      if (fresh) continue;
      Problem problem = about_listening(section);
      problem.text = place.text() + " is where service " + entry->second +
                     " listens already, expected another address or port";
      problems.push_back(std::move(problem));
    }
  }
}

}  // namespace postern
