#include "proxy/session/user_name.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

std::string stripped(std::string_view user, std::string delimiter = "@") {
  NameOptions options;
  options.strip_domain = kAllStates;
  options.domain_delimiter = std::move(delimiter);
  return name_for(kRemoteLogin, user, options);
}

std::string completed(std::string_view user, std::string delimiter = "@") {
  NameOptions options;
  options.add_domain = kAllStates;
  options.explicit_domain = "example.org";
  options.domain_delimiter = std::move(delimiter);
  return name_for(kRemoteLogin, user, options);
}

std::string lowered(std::string_view user) {
  NameOptions options;
  options.lower_case = kAllStates;
  return name_for(kRemoteLogin, user, options);
}

}  // namespace

TEST_CASE("a name is left alone unless asked otherwise") {
  CHECK(name_for(kServernameLookup, "Jane@Example.ORG", {}) ==
        "Jane@Example.ORG");
  CHECK(name_for(kRemoteLogin, "jane", {}) == "jane");
}

TEST_CASE("strip_domain cuts at the last delimiter") {
  CHECK(stripped("jane@example.org") == "jane");
  CHECK(stripped("jane@home@example.org") == "jane@home");
  CHECK(stripped("jane") == "jane");
  CHECK(stripped("jane@") == "jane");
  CHECK(stripped("jane%%example.org", "%%") == "jane");
  CHECK(stripped("jane%example.org", "%%") == "jane%example.org");
  CHECK(stripped("@example.org") == "@example.org");  // never nobody
  CHECK(stripped("jane@example.org", "") == "jane@example.org");
}

TEST_CASE("add_domain completes names that have none") {
  CHECK(completed("jane") == "jane@example.org");
  CHECK(completed("jane@elsewhere") == "jane@elsewhere");
  CHECK(completed("jane", "%%") == "jane%%example.org");
  CHECK(completed("jane%x", "%%") == "jane%x%%example.org");
  CHECK(completed("jane", "") == "jane");
  NameOptions no_domain;
  no_domain.add_domain = kAllStates;
  CHECK(name_for(kRemoteLogin, "jane", no_domain) == "jane");
}

TEST_CASE("lower_case touches ASCII letters only") {
  CHECK(lowered("JANE@Example.Org") == "jane@example.org");
  CHECK(lowered("J\xc3\x84NE") == "j\xc3\x84ne");
}

TEST_CASE("each form only in its states, in Perdition's order") {
  NameOptions options;
  options.strip_domain = kServernameLookup;
  options.add_domain = kServernameLookup | kRemoteLogin;
  options.lower_case = kRemoteLogin;
  options.explicit_domain = "Example.ORG";
  CHECK(name_for(kServernameLookup, "Jane@Home", options) ==
        "Jane@Example.ORG");
  CHECK(name_for(kRemoteLogin, "Jane@Home", options) == "jane@home");
  CHECK(name_for(kRemoteLogin, "Jane", options) == "jane@example.org");
  CHECK(name_for(kLocalAuthentication, "Jane@Home", options) == "Jane@Home");
}
