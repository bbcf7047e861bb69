#include "proxy/config/print.h"

#include <doctest/doctest.h>

#include "config_text.h"

using namespace postern;

namespace {

// What the files would say after having been printed: a line for each setting.
Configuration printed_and_read(const Configuration& configuration) {
  std::vector<std::pair<std::string, std::string>> services;
  for (const Section& section : configuration.services)
    services.emplace_back(section.name, print_section(section));
  return configure_all(print_section(configuration.daemon), services);
}

// Without the origins, which differ.
std::string values_of(const Configuration& configuration) {
  std::string values;
  std::string text = print_configuration(configuration);
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    values += line.substr(0, line.rfind(" # ")) + '\n';
    at = end + 1;
  }
  return values;
}

// The line of one setting, blanks folded.
std::string line_of(const Configuration& configuration,
                    std::string_view setting) {
  const std::string text = print_configuration(configuration);
  const size_t at = text.find("\n" + std::string(setting) + " ");
  if (at == std::string::npos) return "not there";
  std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  for (size_t gap = line.find("  "); gap != std::string::npos;
       gap = line.find("  "))
    line.erase(gap, 1);
  return line;
}

}  // namespace

TEST_CASE("values are shown with where they came from") {
  const Configuration configuration = configure_all(
      "threads 2\ntimeout 40m\nmap text /a\nmap regex '/b c'",
      {{"imap4", kService + "ok_line You are in"}},
      parse_overrides(std::vector<std::string>{"--max_commands", "7"}));
  CHECK(line_of(configuration, "threads") == "threads 2 # c/postern.conf:1");
  CHECK(line_of(configuration, "timeout") == "timeout 40m # c/postern.conf:2");
  CHECK(line_of(configuration, "map") == "map 'text /a' # c/postern.conf:3");
  CHECK(line_of(configuration, "ok_line") ==
        "ok_line 'You are in' # c/conf.d/imap4.conf:3");
  CHECK(line_of(configuration, "max_commands") ==
        "max_commands 7 # command line");
  CHECK(line_of(configuration, "connect_timeout") ==
        "connect_timeout 10s # default");
  CHECK(print_configuration(configuration)
            .find("map 'regex /b c'                            # "
                  "c/postern.conf:4\n") != std::string::npos);
}

TEST_CASE("what a default comes to is shown") {
  const Configuration configuration =
      configure_all("ssl_cert_file /c\nssl_key_file /k",
                    {{"a", "protocol IMAP4S\nmap fail"}});
  CHECK(line_of(configuration, "ssl_mode") ==
        "ssl_mode ssl_listen,ssl_outgoing # default");
  CHECK(line_of(configuration, "listen_port") == "listen_port 993 # default");
  CHECK(line_of(configuration, "outgoing_port") ==
        "outgoing_port 993 # default");
}

TEST_CASE("what does nothing is not shown") {
  const Configuration configuration = configure(kService + "no_daemon");
  CHECK(line_of(configuration, "no_daemon") == "not there");
  CHECK(line_of(configuration, "authenticate_in") == "not there");
}

TEST_CASE("what is printed can be read, and means the same") {
  for (const char* text :
       {"",
        "map_library libperditiondb_posix_regex.so\nmap_library_opt '/a #b'",
        "map text /a\nmap fail\nmap_cache_size 0",
        "ok_line = '= it''s # \"in\"'\ngreeting \"it's\"", "ok_line '= in'",
        "query_key \\\\u,\\\\D\\\\d\ndomain_delimiter '\\'",
        "ssl_mode "
        "tls_outgoing_force\nssl_no_cert_verify\nssl_cert_verify_depth 0",
        "add_domain all,2\nexplicit_domain a.example\nstrip_domain local_auth",
        "bind_address [::1]:143,192.0.2.1,a.example:imaps\nlisten_port 1",
        "server_resp_line no\nsasl_mechanisms ''\nconnect_relog 300",
        "map_query SELECT\ta FROM b WHERE c = :user\nmap sqlite /a"}) {
    CAPTURE(text);
    const Configuration first =
        configure_all("pool p a b weight=2\nlog_facility local3\nquiet\ndebug",
                      {{"a", kService + text}});
    REQUIRE(texts_of(first.problems) == Texts{});
    const Configuration second = printed_and_read(first);
    CHECK(texts_of(second.problems) == Texts{});
    CHECK(values_of(second) == values_of(first));
  }
}

TEST_CASE("quotes where they are needed") {
  CHECK(quote_value("plain-1.2/x") == "plain-1.2/x");
  CHECK(quote_value("") == "''");
  CHECK(quote_value("a b") == "'a b'");
  CHECK(quote_value("a#b") == "'a#b'");
  CHECK(quote_value("\\U") == "'\\U'");
  CHECK(quote_value("it's \"\\\"") == "\"it's \\\"\\\\\\\"\"");
}

TEST_CASE("the help names every setting with its default") {
  const std::string help = help_text();
  for (const Topic& topic : topics()) {
    CHECK(help.find(topic.title) != std::string::npos);
    for (const Setting& setting : topic.settings) {
      CAPTURE(setting.name);
      CHECK(help.find("--" + std::string(setting.name)) != std::string::npos);
    }
  }
  CHECK(help.find("  -t, --timeout TIME\n"
                  "        after the login: no byte either way; 0: no limit "
                  "[35m]\n") != std::string::npos);
  CHECK(help.find("  -o, --server_resp_line, --server_ok_line\n") !=
        std::string::npos);
  CHECK(help.find("not available yet: authentication by PAM") !=
        std::string::npos);
  for (size_t at = 0; at < help.size(); at = help.find('\n', at) + 1)
    CHECK(help.find('\n', at) - at <= 78);
}
