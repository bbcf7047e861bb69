#include "proxy/config/pool_setting.h"

#include <doctest/doctest.h>

#include "config_text.h"
#include "proxy/config/pool_line.h"
#include "proxy/config/print.h"

using namespace postern;

namespace {

using Upgrade = BackOptions::Upgrade;

// The back side of `pool` in the only service, which says `own`.
BackSideOptions side(const std::string& pools, const std::string& pool,
                     const std::string& own = {}) {
  const Configuration result = configure_all(pools, {{"a", kService + own}});
  CHECK(texts_of(result.problems) == Texts{});
  const ServiceOptions& service = result.options.services.at(0);
  const auto found = service.pool_backs.find(pool);
  return found == service.pool_backs.end() ? service.back : found->second;
}

Texts problems(const std::string& pools, const std::string& own = {}) {
  return texts_of(configure_all(pools, {{"a", kService + own}}).problems);
}

}  // namespace

TEST_CASE("a pool's line says how its backends are talked to") {
  const std::string pools =
      "pool first a b ssl_mode=tls_outgoing_force ssl_ca_file=/ca\n"
      "pool second c weight=2 ssl_no_cn_verify=yes outgoing_port=1143\n"
      "pool third d";
  const BackSideOptions first = side(pools, "first");
  CHECK(first.dialogue.upgrade == Upgrade::Required);
  CHECK(first.tls.ca_file == "/ca");
  CHECK(first.tls.verify_name);
  CHECK(first.port == 143);
  const BackSideOptions second = side(pools, "second");
  CHECK(second.dialogue.upgrade == Upgrade::Never);
  CHECK_FALSE(second.tls.verify_name);
  CHECK(second.port == 1143);
  CHECK_FALSE(side(pools, "third").can_tls());
}

TEST_CASE("a pool wins over the service, and has the rest from there") {
  const std::string pool = "pool p a ssl_ca_file=/pool\n";
  const std::string own =
      "ssl_mode ssl_outgoing\nssl_ca_file /own\nssl_ca_path /path";
  CHECK(side(pool, "p", own).tls.ca_file == "/pool");
  CHECK(side(pool, "p", own).tls.ca_path == "/path");
  CHECK(side(pool, "p", own).implicit_tls);
  CHECK(side(pool, "another", own).tls.ca_file == "/own");
  CHECK(side(pool + "ssl_ca_file /global", "p").tls.ca_file == "/pool");
}

TEST_CASE("a pool has its own way of naming masters") {
  const std::string pools = "pool p a master_user_separator=%\npool q a";
  CHECK(side(pools, "p", "master_user_separator *").master_separator == '%');
  CHECK(side(pools, "q", "master_user_separator *").master_separator == '*');
  CHECK(
      side("pool p a master_user_separator=''", "p", "master_user_separator *")
          .master_separator == '\0');
}

TEST_CASE("the port goes by the TLS that the pool asks for") {
  CHECK(side("pool p a ssl_mode=ssl_outgoing", "p").port == 993);
  CHECK(side("pool p a ssl_mode=none", "p", "ssl_mode ssl_outgoing").port ==
        143);
  CHECK(side("pool p a ssl_mode=ssl_outgoing", "p", "outgoing_port 7").port ==
        7);
}

TEST_CASE("ssl_mode of a pool replaces the service's words for backends") {
  const BackSideOptions plain =
      side("pool p a ssl_mode=none", "p", "ssl_mode tls_outgoing_force");
  CHECK_FALSE(plain.can_tls());
  const BackSideOptions starttls =
      side("pool p a ssl_mode=tls_outgoing", "p", "ssl_mode ssl_outgoing");
  CHECK_FALSE(starttls.implicit_tls);
  CHECK(starttls.dialogue.upgrade == Upgrade::IfOffered);
  CHECK(side("pool p a", "p", "ssl_mode ssl_outgoing").implicit_tls);
}

TEST_CASE("lines of one pool add up in their settings too") {
  const std::string pools =
      "pool p a ssl_ca_file=/one\npool p ssl_ca_path=/d\n"
      "pool p ssl_ca_file=/two";
  CHECK(side(pools, "p").tls.ca_file == "/two");
  CHECK(side(pools, "p").tls.ca_path == "/d");
}

TEST_CASE("pins add up within one place, and begin anew in a pool") {
  const std::string a = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  const std::string b = "sha256//BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  const std::string own = "ssl_outgoing_pin " + a + "\nssl_outgoing_pin " + b;
  using Pins = std::vector<std::string>;
  CHECK(side("", "", own).tls.pins == Pins{a, b});
  CHECK(side("pool p h", "p", own).tls.pins == Pins{a, b});
  CHECK(side("pool p h ssl_outgoing_pin=" + b, "p", own).tls.pins == Pins{b});
  CHECK(side("pool p h ssl_outgoing_pin=" + a + "," + b, "p").tls.pins ==
        Pins{a, b});
  CHECK(
      side("pool p h ssl_outgoing_pin=" + a + "\npool p ssl_outgoing_pin=" + b,
           "p")
          .tls.pins == Pins{a, b});
  CHECK(side("pool p h ssl_outgoing_pin=", "p", own).tls.pins.empty());
  CHECK(problems("pool p a ssl_outgoing_pin=sha256//x").at(0) ==
        "c/postern.conf:1: pool: ssl_outgoing_pin: \"sha256//x\", expected "
        "sha256// and the base64 of 32 octets, 44 characters");
}

TEST_CASE("a value with blanks is quoted") {
  CHECK(side("pool p a 'ssl_ca_file=/my file' b", "p").tls.ca_file ==
        "/my file");
  CHECK(side("pool p a ssl_ca_file=\"/my 'own' file\"", "p").tls.ca_file ==
        "/my 'own' file");
  CHECK(side("pool = p a ssl_ca_file=/my\\ file", "p").tls.ca_file ==
        "/my file");
  CHECK(side("pool=p a ssl_ca_file=/a\\#b", "p").tls.ca_file == "/a#b");
  // The whole line in quotes.
  CHECK(side("pool \"p a ssl_ca_file='/my file'\"", "p").tls.ca_file ==
        "/my file");
}

TEST_CASE("what pools say is printed as it is read") {
  const std::string pools =
      "pool p a ssl_mode=ssl_outgoing ssl_ca_file='/my file'\npool q b "
      "outgoing_port=imaps";
  const Configuration once = configure_all(pools, {{"a", kService}});
  Texts lines;
  for (const std::string& line : show_pools(once.daemon.draft))
    lines.push_back("pool " + quote_value(line));
  CHECK(lines ==
        Texts{"pool \"p a ssl_mode=ssl_outgoing ssl_ca_file='/my file'\"",
              "pool 'q b outgoing_port=imaps'"});
  const Configuration again =
      configure_all(lines[0] + "\n" + lines[1], {{"a", kService}});
  CHECK(show_pools(again.daemon.draft) == show_pools(once.daemon.draft));
  CHECK(again.options.services[0].pool_backs.at("p").tls.ca_file == "/my file");
}

TEST_CASE("what a pool's line cannot say") {
  CHECK(problems("pool p a\npool p b timeout=3m") ==
        Texts{"c/postern.conf:2: pool: timeout: does not go with a single "
              "pool, expected on a line of its own"});
  CHECK(problems("pool p a ssl_mode=ssl_all") ==
        Texts{"c/postern.conf:1: pool: ssl_mode: \"ssl_all\", expected none, "
              "ssl_outgoing, tls_outgoing or tls_outgoing_force: clients have "
              "nothing to do with it"});
  CHECK(problems("pool p a ssl_mode=tls_outgoin").size() == 1);
  CHECK(problems("pool p a ssl_no_cn_verify") ==
        Texts{"c/postern.conf:1: pool: \"ssl_no_cn_verify\", expected "
              "ssl_no_cn_verify=VALUE"});
  CHECK(problems("pool p a outgoing_port=x")
            .at(0)
            .starts_with(
                "c/postern.conf:1: pool: outgoing_port: \"x\", expected"));
  CHECK(problems("pool p a 'b").size() == 1);
}

TEST_CASE("a contradiction is told with the line of the pool") {
  CHECK(problems("pool p a ssl_mode=ssl_outgoing\n"
                 "pool p b ssl_mode=tls_outgoing\n"
                 "pool p c") ==
        Texts{"c/postern.conf:2: pool: p: ssl_mode: ssl_outgoing contradicts "
              "tls_outgoing, expected TLS from the first byte or by STARTTLS, "
              "not both"});
  // The service's own mistake is not every pool's.
  CHECK(problems("pool p a ssl_ca_file=/c", "ssl_mode none,ssl_outgoing")
            .size() == 1);
}

TEST_CASE("the command line begins its pools anew") {
  const std::vector<std::string> arguments = {"--pool",
                                              "p b ssl_ca_file='/x y'"};
  const Configuration result =
      configure_all("pool p a ssl_mode=ssl_outgoing", {{"a", kService}},
                    parse_overrides(arguments));
  CHECK(texts_of(result.problems) == Texts{});
  const BackSideOptions& back = result.options.services[0].pool_backs.at("p");
  CHECK_FALSE(back.can_tls());
  CHECK(back.tls.ca_file == "/x y");
}
