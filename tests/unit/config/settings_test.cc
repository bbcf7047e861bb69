#include "proxy/config/settings.h"

#include <functional>
#include <map>
#include <set>

#include <doctest/doctest.h>

using namespace postern;

namespace {

void for_each_setting(const std::function<void(const Setting&)>& call) {
  for (const Topic& topic : topics())
    for (const Setting& setting : topic.settings) {
      CAPTURE(setting.name);
      call(setting);
    }
}

}  // namespace

TEST_CASE("names and letters are unique but for connection_limit") {
  std::map<std::string_view, int> names;
  std::map<char, int> letters;
  for_each_setting([&](const Setting& setting) {
    ++names[setting.name];
    if (!setting.alias.empty()) ++names[setting.alias];
    if (setting.letter != 0) ++letters[setting.letter];
  });
  for (const auto& [name, count] : names) {
    CAPTURE(name);
    CHECK(count == (name == "connection_limit" ? 2 : 1));
  }
  for (const auto& [letter, count] : letters) {
    CAPTURE(letter);
    CHECK(count == (letter == 'L' ? 2 : 1));
  }
}

TEST_CASE("every setting says what it does and takes its own default") {
  for_each_setting([](const Setting& setting) {
    CHECK_FALSE(setting.name.empty());
    CHECK(setting.name.size() > 1);  // one letter is a short name
    CHECK_FALSE(setting.help.empty());
    const std::vector<std::string> usual = setting.kind.show(Draft());
    Draft draft;
    for (const std::string& value : usual)
      CHECK(setting.kind.set(draft, value));
    CHECK(setting.kind.show(draft) == usual);
  });
}

// Two rows writing to one field would show up as a value that another row's
// setting has changed.
TEST_CASE("flags have fields of their own") {
  for_each_setting([](const Setting& setting) {
    if (!setting.kind.placeholder.empty() || setting.support != Support::Works)
      return;
    for (const char* value : {"yes", "no"}) {
      Draft draft;
      CHECK(setting.kind.set(draft, value));
      CHECK(setting.kind.show(draft) == std::vector<std::string>{value});
      for_each_setting([&](const Setting& other) {
        if (other.name == setting.name) return;
        CAPTURE(setting.name);
        CHECK(other.kind.show(draft) == other.kind.show(Draft()));
      });
    }
  });
}

// What Perdition 2.2 knows; the letters are as much part of its language.
TEST_CASE("nothing of Perdition's is unknown") {
  const std::map<std::string_view, char> perdition = {
      {"add_domain", 'A'},
      {"authenticate_in", 'a'},
      {"authenticate_timeout", 0},
      {"bind_address", 'b'},
      {"no_bind_banner", 'B'},
      {"client_server_specification", 'c'},
      {"capability", 'I'},
      {"imap_capability", 0},
      {"pop_capability", 0},
      {"managesieve_capability", 0},
      {"config_file", 'f'},
      {"connection_limit", 'L'},
      {"connection_logging", 'C'},
      {"connect_relog", 0},
      {"debug", 'd'},
      {"domain_delimiter", 'D'},
      {"explicit_domain", 'e'},
      {"group", 'g'},
      {"username", 'u'},
      {"inetd_mode", 'i'},
      {"listen_port", 'l'},
      {"log_facility", 'F'},
      {"log_passwd", 0},
      {"login_disabled", 0},
      {"lower_case", 0},
      {"map_library", 'M'},
      {"map_library_opt", 'm'},
      {"no_daemon", 0},
      {"no_lookup", 'n'},
      {"ok_line", 'O'},
      {"outgoing_port", 'p'},
      {"outgoing_server", 's'},
      {"pid_file", 0},
      {"protocol", 'P'},
      {"query_key", 0},
      {"quiet", 'q'},
      {"server_resp_line", 'o'},
      {"server_ok_line", 'o'},
      {"strip_domain", 'S'},
      {"tcp_keepalive", 0},
      {"timeout", 't'},
      {"username_from_database", 'U'},
      {"ssl_mode", 0},
      {"ssl_cert_file", 0},
      {"ssl_key_file", 0},
      {"ssl_ca_chain_file", 0},
      {"ssl_ca_file", 0},
      {"ssl_ca_path", 0},
      {"ssl_ca_accept_self_signed", 0},
      {"ssl_cert_accept_self_signed", 0},
      {"ssl_cert_accept_expired", 0},
      {"ssl_cert_accept_not_yet_valid", 0},
      {"ssl_cert_verify_depth", 0},
      {"ssl_no_cert_verify", 0},
      {"ssl_no_client_cert_verify", 0},
      {"ssl_no_cn_verify", 0},
      {"ssl_listen_ciphers", 0},
      {"ssl_outgoing_ciphers", 0},
      {"ssl_dh_params_file", 0},
      {"ssl_listen_min_proto_version", 0},
      {"ssl_outgoing_min_proto_version", 0},
      {"ssl_listen_max_proto_version", 0},
      {"ssl_outgoing_max_proto_version", 0},
      {"ssl_listen_compression", 0},
      {"ssl_outgoing_compression", 0},
      {"ssl_no_cipher_server_preference", 0},
      {"ssl_passphrase_fd", 0},
      {"ssl_passphrase_file", 0},
  };
  for (const auto& [name, letter] : perdition) {
    CAPTURE(name);
    const Setting* setting = find_setting(name, Scope::Service);
    REQUIRE(setting != nullptr);
    CHECK(setting->letter == letter);
    if (letter != 0)
      CHECK(find_setting({&letter, 1}, Scope::Service) == setting);
  }
}

TEST_CASE("the name that was probably meant") {
  CHECK(similar_setting("tiemout") == "timeout");
  CHECK(similar_setting("ssl_cert_flie") == "ssl_cert_file");
  CHECK(similar_setting("SSL-Key-File") == "ssl_key_file");
  CHECK(similar_setting("outgoing_servers") == "outgoing_server");
  CHECK(similar_setting("protocols") == "protocol");
  CHECK(similar_setting("upstream").empty());
  CHECK(similar_setting("").empty());
  CHECK(similar_setting("x").empty());
  CHECK(similar_setting(std::string(1000, 't')).empty());
}
