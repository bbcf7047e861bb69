#include "proxy/admin/commands.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("every command of the manual can be carried out") {
  for (const CommandManual& manual : command_manuals()) {
    CAPTURE(manual.name);
    CHECK((find_command(manual.name) != nullptr));
  }
  CHECK((find_command("no such command") == nullptr));
}
