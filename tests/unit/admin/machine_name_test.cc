#include "proxy/admin/machine_name.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

Machine machine(const std::string& pool, const std::string& where) {
  return std::make_shared<BackendState>(*Endpoint::parse(where), pool);
}

const std::vector<Machine> kAll = {
    machine("store", "mail1:143"),      machine("store", "mail2:143"),
    machine("old", "mail2:143"),        machine("old", "mail3:110"),
    machine("old", "mail3:143"),        machine("", "mail4"),
    machine("v6", "[2001:db8::1]:143"),
};

std::vector<std::string> called(std::string_view name) {
  std::vector<std::string> names;
  for (const Machine& each : machines_called(kAll, name))
    names.push_back(name_of(*each));
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a machine is called by its whole name, or by enough of it") {
  CHECK(called("store/mail1:143") == Names{"store/mail1:143"});
  CHECK(called("MAIL1:143") == Names{"store/mail1:143"});
  CHECK(called("mail1") == Names{"store/mail1:143"});
  CHECK(called("mail4") == Names{"mail4"});
  CHECK(called("2001:db8::1") == Names{"v6/[2001:db8::1]:143"});
  CHECK(called("[2001:db8::1]:143") == Names{"v6/[2001:db8::1]:143"});
}

TEST_CASE("all that may be meant are found") {
  CHECK(called("mail2:143") == Names{"store/mail2:143", "old/mail2:143"});
  CHECK(called("old/mail2:143") == Names{"old/mail2:143"});
  CHECK(called("mail3") == Names{"old/mail3:110", "old/mail3:143"});
  CHECK(called("mail3:110") == Names{"old/mail3:110"});
  CHECK(called("mail").empty());
  CHECK(called("store").empty());
  CHECK(called("").empty());
}

TEST_CASE("what the administrator said comes before what was found out") {
  const Machine one = machine("store", "mail1:143");
  CHECK(standing_of(*one, 1000).word == "up");
  one->failed(1000, 500);
  CHECK(standing_of(*one, 1000).word == "resting");
  CHECK(standing_of(*one, 1500).word == "up");
  one->set_drain(Drain::NoNewUsers);
  CHECK(standing_of(*one, 1000).word == "draining");
  one->set_drain(Drain::Leave);
  CHECK(standing_of(*one, 1000).word == "leaving");
  one->set_health(false, "connect: timed out");
  CHECK(standing_of(*one, 1000).word == "failing");
  CHECK(standing_of(*one, 1000).reason == "connect: timed out");
  one->take_down(true);
  CHECK(standing_of(*one, 1000).word == "down");
}
