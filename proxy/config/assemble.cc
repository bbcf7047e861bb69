#include "proxy/config/assemble.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "proxy/config/check_masters.h"
#include "proxy/config/perdition_map.h"
#include "proxy/config/pool_setting.h"
#include "proxy/config/ssl_mode.h"

namespace postern {
namespace {

// One service on its way; each step sees to one topic.
class Assembly {
 public:
  Assembly(Section& section, const Section& daemon,
           std::vector<Problem>& problems)
      : section_(section),
        daemon_(daemon),
        draft_(section.draft),
        service_(section.draft.service),
        problems_(problems) {}

  void run() {
    service_.name = section_.name;
    settle_names();
    settle_lookup();
    settle_texts();
    if (service_.protocol == nullptr) return miss_protocol();
    service_.back.tls.open_keys = service_.tls_front.open_keys;
    service_.front.master_separator = service_.back.master_separator;
    settle_pools();  // from what the settings say, before it is settled
    settle_tls();
    check_masters(section_, daemon_, problems_);
    settle_capability();
    settle_ports();
  }

 private:
  void complain(std::string_view setting, std::string text) {
    problems_.push_back({Problem::Severity::Error, section_.where(setting),
                         std::string(setting), std::move(text)});
  }

  // Given for this service, not as a default for all.
  bool is_own(std::string_view setting) const {
    const Given* given = section_.find(setting);
    return given != nullptr && given->layer != Layer::Global;
  }

  // One of them has a value that has been complained of.
  bool failed(std::initializer_list<std::string_view> settings) const {
    return std::any_of(settings.begin(), settings.end(), [&](auto setting) {
      return section_.failed.contains(setting);
    });
  }

  void settle_names() {
    const NameOptions& names = service_.names;
    if (names.add_domain != 0 && names.explicit_domain.empty() &&
        !failed({"explicit_domain"}))
      complain("add_domain",
               "there is no domain to add, expected explicit_domain too: the "
               "address is not looked up");
  }

  void settle_lookup() {
    choose_maps();
    ChainOptions& lookup = service_.lookup;
    lookup.delimiter = service_.names.domain_delimiter;
    bool sqlite = false;
    for (MapOptions& map : lookup.maps) {
      map.delimiter = lookup.delimiter;
      map.timeout_ms = service_.timeouts.lookup;
      if (map.type != "sqlite") continue;
      map.query = draft_.map_query;
      sqlite = true;
    }
    if (is_own("map_query") && !draft_.map_query.empty() && !sqlite)
      complain("map_query", "there is no map of type sqlite to use it with");
    if (!sqlite) draft_.map_query.clear();
    const bool somewhere = !lookup.maps.empty() ||
                           !service_.outgoing_servers.empty() ||
                           service_.client_server_specification;
    if (!somewhere && !failed({"outgoing_server", "map", "map_library"}))
      complain("outgoing_server",
               "not set, and no map either, expected a place to send users to");
  }

  // `map` and `map_library` say the same thing: the later layer is heard.
  void choose_maps() {
    const Given* library = section_.find("map_library");
    const Given* map = section_.find("map");
    if (library != nullptr && map != nullptr && library->layer == map->layer)
      complain("map_library", "map is used too, expected only one of them");
    if (section_.outranks("map_library", "map")) return use_map_library();
    if (map == nullptr && is_own("map_library_opt") &&
        !draft_.map_library_opt.empty() && !failed({"map_library"}))
      complain("map_library_opt",
               "there is no map_library it belongs to, expected \"map TYPE "
               "ARGUMENT\"");
    draft_.map_library.reset();
    draft_.map_library_opt.clear();
  }

  void use_map_library() {
    draft_.map_library_chosen = true;
    ChainOptions& lookup = service_.lookup;
    lookup.maps.clear();
    const auto type = map_type_of_library(draft_.map_library.value_or(""));
    if (!type || type->empty()) return;
    MapOptions map;
    map.type = *type;
    map.argument = draft_.map_library_opt;
    if (map.argument.empty()) map.argument = usual_argument(map.type);
    lookup.maps.push_back(std::move(map));
  }

  void settle_texts() {
    const std::optional<bool>& backends = draft_.server_resp_line;
    service_.front.pass_backend_text = backends.value_or(true);
    if (backends.value_or(false)) service_.front.ok_line.clear();
  }

  void miss_protocol() {
    if (!failed({"protocol"}))
      complain("protocol", "not set, expected IMAP4, IMAP4S, POP3 or POP3S");
  }

  void settle_pools() {
    for (const std::string& pool : pools_with_settings(daemon_.draft)) {
      Draft own = draft_for_pool(draft_, daemon_.draft, pool);
      const std::string wrong = contradiction(own);
      const bool own_mode =
          pool_setting_origin(daemon_, pool, "ssl_mode") != nullptr;
      if (!wrong.empty() && own_mode)
        problems_.push_back(
            located({Problem::Severity::Error, {}, "ssl_mode", wrong}, section_,
                    daemon_, pool));
      settle_ssl_mode(own);
      BackSideOptions& side = own.service.back;
      side.port = side.port_for(*service_.protocol);
      service_.pool_backs[pool] = std::move(side);
    }
  }

  void settle_tls() {
    if (std::string wrong = contradiction(draft_); !wrong.empty())
      return complain("ssl_mode", std::move(wrong));
    settle_ssl_mode(draft_);
    const SslMode& mode = service_.ssl;
    if (!mode.listen && !mode.starttls) return;
    service_.tls_front.alpn = service_.protocol->alpn;
    settle_client_certificates();
    settle_certificates();
  }

  // Those who ask for no name need a certificate, unless they are refused.
  void settle_certificates() {
    const TlsServerOptions& tls = service_.tls_front;
    if (tls.passphrase_fd >= 0 && !tls.passphrase_file.empty())
      complain("ssl_passphrase_fd",
               "ssl_passphrase_file is used too, expected only one of them");
    const bool none = tls.cert_file.empty() && tls.key_file.empty();
    if (none && !tls.cert_dir.empty() && tls.sni_strict) return;
    const std::string why = tls.cert_dir.empty()
                                ? "ssl_mode is " + show_ssl_mode(draft_).front()
                                : "for clients that ask for none of "
                                  "ssl_cert_dir's names (or ssl_sni_strict)";
    for (const auto& [setting, file] :
         {std::pair("ssl_cert_file", tls.cert_file),
          std::pair("ssl_key_file", tls.key_file)})
      if (file.empty() && !failed({setting}))
        complain(setting, "not set, expected a PEM file: " + why);
  }

  // Their authorities are never the system's: anybody can have a certificate
  // signed by one of those.
  void settle_client_certificates() {
    TlsServerOptions& tls = service_.tls_front;
    if (tls.client_certificates == ClientCertificates::Off) return;
    if (draft_.no_client_certificates)
      complain("ssl_no_client_cert_verify",
               "contradicts ssl_client_cert_verify, expected only one of them");
    if (!tls.client_ca_file.empty() || !tls.client_ca_path.empty()) return;
    tls.client_ca_file = service_.back.tls.ca_file;
    tls.client_ca_path = service_.back.tls.ca_path;
  }

  void settle_capability() {
    const bool imap = service_.protocol->family == "imap";
    const std::string& own =
        imap ? draft_.imap_capability : draft_.pop_capability;
    service_.front.capability = own.empty() ? draft_.capability : own;
  }

  // From here on they are never 0.
  void settle_ports() {
    const Service service{service_};
    service_.listen_port = service.front_port();
    service_.back.port = service_.back.port_for(*service_.protocol);
  }

  Section& section_;
  const Section& daemon_;
  Draft& draft_;
  ServiceOptions& service_;
  std::vector<Problem>& problems_;
};

}  // namespace

void assemble_daemon(Section& section, std::vector<Problem>& problems) {
  ServerOptions& server = section.draft.server;
  if (section.draft.debug)
    server.log.least = LogLevel::Debug;
  else if (server.quiet)
    server.log.least = LogLevel::Error;
  constexpr uint64_t kWeek = 604800;  // RFC 8446 section 4.6.1
  if (server.tickets.lifetime_seconds > kWeek)
    problems.push_back({Problem::Severity::Error,
                        section.where("ssl_ticket_lifetime"),
                        "ssl_ticket_lifetime", "expected at most 7d"});
  if (!server.group.empty() && server.username.empty())
    problems.push_back({Problem::Severity::Error, section.where("group"),
                        "group", "username is not set, expected both"});
}

void assemble_service(Section& section, const Section& daemon,
                      std::vector<Problem>& problems) {
  Assembly(section, daemon, problems).run();
}

}  // namespace postern
