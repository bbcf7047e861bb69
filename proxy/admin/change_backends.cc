// Commands about backends: drain, down, up, weight.

#include "proxy/admin/machine_name.h"
#include "proxy/admin/orders.h"
#include "proxy/base/ascii.h"

namespace postern {
namespace {

constexpr uint32_t kMaxWeight = 1000;

}  // namespace

void drain_backend(const Call& call) {
  const Machine machine = find_machine(call, call.asked.word(0));
  if (!machine) return;
  const auto spread = time_of(call, "--spread");
  if (!spread) return;
  const bool leave = !call.asked.option("--spread").empty();
  call.server.director().drain(
      machine, leave ? Drain::Leave : Drain::NoNewUsers, *spread,
      receipt_for(call, name_of(*machine) +
                            (leave ? " is being emptied, its users go elsewhere"
                                   : " takes no new users")));
}

void take_backend_down(const Call& call) {
  const Machine machine = find_machine(call, call.asked.word(0));
  if (!machine) return;
  const auto spread = time_of(call, "--spread");
  if (!spread) return;
  call.server.director().take_down(
      machine, true, *spread,
      receipt_for(call, name_of(*machine) + " is down"));
}

void put_backend_up(const Call& call) {
  const Machine machine = find_machine(call, call.asked.word(0));
  if (!machine) return;
  call.server.director().put_up(
      machine,
      receipt_for(call,
                  name_of(*machine) + " is neither down nor drained" +
                      (machine->healthy() ? ""
                                          : ", but its checks fail: " +
                                                machine->health_reason())));
}

void weigh_backend(const Call& call) {
  const Machine machine = find_machine(call, call.asked.word(0));
  if (!machine) return;
  const std::string wanted = call.asked.word(1);
  const auto weight = parse_number(wanted, kMaxWeight);
  if (!weight && wanted != "default")
    return call.answer->fail(Trouble::Usage,
                             "\"" + printable(wanted) +
                                 "\" is no weight, expected 0 to " +
                                 std::to_string(kMaxWeight) + " or default");
  std::optional<uint32_t> number;
  if (weight) number = static_cast<uint32_t>(*weight);
  call.server.director().set_weight(
      machine, number,
      receipt_for(call,
                  name_of(*machine) +
                      (weight ? " has the weight " + wanted
                              : " has the weight it is configured with")));
}

}  // namespace postern
