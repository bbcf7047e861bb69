#include "proxy/config/check_service.h"

#include <algorithm>
#include <memory>
#include <netdb.h>
#include <tuple>
#include <utility>

#include "lookup/map.h"
#include "lookup/route.h"
#include "proxy/base/ascii.h"
#include "proxy/config/check_back.h"
#include "proxy/config/listening.h"
#include "proxy/config/values.h"
#include "proxy/protocol/mechanisms.h"
#include "proxy/protocol/sasl_external.h"

namespace postern {
namespace {

using Severity = Problem::Severity;

// Nothing if the host is an address or has one; else why not.
std::string resolver_says(const std::string& host) {
  if (Address::parse(host, 0)) return {};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return gai_strerror(error);
  freeaddrinfo(found);
  return {};
}

// True if a connection to `to` ends at a socket that listens at `place`.
bool leads_to(const Endpoint& to, const Endpoint& place) {
  if (to.port != place.port) return false;
  const auto target = Address::parse(to.host, to.port);
  const auto listener = Address::parse(place.host, place.port);
  if (!target || !listener) return same_text(to.host, place.host);
  return target->same_ip(*listener) || (target->loopback() && listener->any());
}

class ServiceCheck {
 public:
  ServiceCheck(const Section& section, const Configuration& all,
               std::vector<Problem>& problems)
      : section_(section),
        service_(section.draft.service),
        all_(all),
        problems_(problems) {}

  void run() {
    check_listening();
    check_front_tls();
    check_backs(section_, all_.daemon, problems_);
    check_maps();
    check_outgoing();
    check_idle();
    check_identity();
    check_mechanisms();
    check_unused();
  }

 private:
  void say(Severity severity, std::string_view setting, std::string text) {
    problems_.push_back({severity, section_.where(setting),
                         std::string(setting), std::move(text)});
  }

  void check_listening() {
    for (const Endpoint& place : listening_places(service_)) {
      const std::string why = resolver_says(place.host);
      if (why.empty()) continue;
      Problem problem = about_listening(section_);
      problem.text = printable(place.host) + " has no address: " + why;
      problems_.push_back(std::move(problem));
    }
  }

  template <class Options>
  void check_with_tls(const Options& options) {
    for (TlsProblem& problem : check_tls(options))
      say(problem.warning ? Severity::Warning : Severity::Error,
          problem.setting, std::move(problem.text));
  }

  void check_front_tls() {
    // That files are missing has been said.
    const TlsServerOptions& tls = service_.tls_front;
    const bool files = !tls.cert_file.empty() && !tls.key_file.empty();
    const bool by_name = !tls.cert_dir.empty() && tls.sni_strict;
    if ((service_.ssl.listen || service_.ssl.starttls) && (files || by_name))
      check_with_tls(tls);
  }

  void check_maps() {
    const bool library = section_.outranks("map_library", "map");
    const std::string_view setting = library ? "map_library" : "map";
    const Given* given = section_.find(setting);
    for (size_t i = 0; i < service_.lookup.maps.size(); ++i) {
      const bool own_line = given != nullptr && i < given->lines.size();
      check_map(service_.lookup.maps[i], std::string(setting),
                own_line ? given->lines[i] : section_.where(setting));
    }
  }

  void check_map(const MapOptions& options, const std::string& setting,
                 const Origin& where) {
    const auto add = [&](Severity severity, std::string_view text) {
      problems_.push_back({severity, where, setting, std::string(text)});
    };
    auto map = open_map(options);
    if (!map)
      for (const std::string_view line : split(map.error().text, '\n'))
        add(Severity::Error, line);
    else
      for (const std::string& warning : (*map)->warnings())
        add(Severity::Warning, warning);
    if (options.type != "static") return;
    // What other maps answer shows only when they are asked.
    const auto route = parse_route(options.argument, options.delimiter);
    if (!route || route->pool.empty()) return;
    const PoolOptions* pool = find_pool(route->pool);
    if (pool == nullptr)
      add(Severity::Error, "there is no pool " + printable(route->pool) +
                               ", expected one that the global file has");
    else if (!has_tag(*pool, route->tag))
      add(Severity::Error,
          "no backend of pool " + printable(route->pool) +
              (route->tag.empty() ? " is without a tag"
                                  : " has the tag " + printable(route->tag)));
  }

  const PoolOptions* find_pool(const std::string& name) const {
    const auto& pools = all_.options.pools;
    const auto found = std::ranges::find(pools, name, &PoolOptions::name);
    return found == pools.end() ? nullptr : &*found;
  }

  static bool has_tag(const PoolOptions& pool, const std::string& tag) {
    return std::ranges::find(pool.backends, tag, &BackendOptions::tag) !=
           pool.backends.end();
  }

  void check_outgoing() {
    for (const BackendOptions& backend : service_.outgoing_servers) {
      Endpoint to = backend.where;
      if (to.port == 0) to.port = service_.back.port;
      if (is_ours(to))
        say(Severity::Error, "outgoing_server",
            printable(to.text()) +
                " is where Postern itself listens, "
                "expected a mail server");
      // It may be known when it is needed.
      else if (const std::string why = resolver_says(to.host); !why.empty())
        say(Severity::Warning, "outgoing_server",
            printable(to.host) + " has no address: " + why);
    }
  }

  bool is_ours(const Endpoint& to) const {
    for (const Section& other : all_.services) {
      if (other.draft.service.protocol == nullptr) continue;
      for (const Endpoint& place : listening_places(other.draft.service))
        if (leads_to(to, place)) return true;
    }
    return false;
  }

  // RFC 3501 section 5.4 and RFC 1939 section 3.
  void check_idle() {
    const bool imap = service_.protocol->family == "imap";
    const uint64_t least = imap ? 1800000 : 600000;
    const auto idle = static_cast<uint64_t>(service_.timeouts.idle);
    if (idle != 0 && idle < least)
      say(Severity::Warning, "timeout",
          print_milliseconds(idle) + " is less than the " +
              print_milliseconds(least) + " that the protocol promises");
  }

  void check_identity() {
    const bool nobody = service_.trusted_networks.empty();
    if (service_.accept_proxy == AcceptProxy::Required && nobody)
      say(Severity::Error, "accept_proxy_protocol",
          "nobody could connect, expected trusted_networks too");
    if (service_.accept_proxy == AcceptProxy::Optional && nobody)
      say(Severity::Warning, "accept_proxy_protocol",
          "is not used, trusted_networks is empty");
    const bool id = service_.protocol->identity == IdentityDialect::Id;
    if (service_.back.identity ==
        (id ? IdentityMode::Xclient : IdentityMode::Id))
      say(Severity::Warning, "client_identity",
          IdentityModeName::print(service_.back.identity) +
              " is not used, the protocol has " + (id ? "id" : "xclient"));
  }

  // What may give a user another name towards the backend; empty: nothing.
  std::string_view renaming() const {
    const NameOptions& names = service_.names;
    if (service_.username_from_database) return "username_from_database";
    if (service_.client_server_specification)
      return "client_server_specification";
    for (const auto& [states, setting] :
         {std::pair(names.strip_domain, "strip_domain"),
          std::pair(names.add_domain, "add_domain"),
          std::pair(names.lower_case, "lower_case")})
      if ((states & kRemoteLogin) != 0) return setting;
    return {};
  }

  // What SCRAM proves is proved of the name that the client gave.
  void check_mechanisms() {
    const std::string_view by = renaming();
    if (by.empty()) return;
    for (const std::string& name : service_.front.mechanisms) {
      const Mechanism* row = find_mechanism(name);
      if (row == nullptr || !row->binds_name) continue;
      say(Severity::Warning, "sasl_mechanisms",
          name +
              " binds the name that the client gives: whoever has another "
              "one at the backend by " +
              std::string(by) + " cannot log in with it");
      return;
    }
  }

  // Given for this service alone, and of no use to it.
  void check_unused() {
    const bool front = service_.ssl.listen || service_.ssl.starttls;
    const bool names = service_.names.add_domain != 0;
    const bool master =
        service_.front.takes(kExternal) || service_.back.master_user.empty();
    for (const auto& [setting, used, wants] :
         {std::tuple("ssl_cert_file", front, "ssl_mode"),
          std::tuple("explicit_domain", names, "add_domain"),
          std::tuple("master_user", master, "sasl_mechanisms")}) {
      const Given* given = section_.find(setting);
      if (given != nullptr && given->layer == Layer::Service && !used)
        say(Severity::Warning, setting,
            std::string("is not used, ") + wants + " does not ask for it");
    }
  }

  const Section& section_;
  const ServiceOptions& service_;
  const Configuration& all_;
  std::vector<Problem>& problems_;
};

}  // namespace

void check_service(const Section& section, const Configuration& configuration,
                   std::vector<Problem>& problems) {
  ServiceCheck(section, configuration, problems).run();
}

}  // namespace postern
