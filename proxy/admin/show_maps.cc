// `map test`: what every map says, whatever the others do.

#include <utility>

#include "proxy/admin/service_round.h"
#include "proxy/session/user_name.h"

namespace postern {
namespace {

constexpr Column kMapColumns[] = {
    {"service"}, {"map"}, {"key"}, {"answer"}, {"source"}};

void test_maps(const Call& call, const std::shared_ptr<Service>& service,
               std::function<void()> next) {
  if (!service->chain) return next();
  Question question;
  question.user =
      name_for(kServernameLookup, call.asked.word(0), service->options.names);
  service->chain->survey(
      call.server.loop(), question,
      [call, service, next = std::move(next)](const Chain::Trace& trace) {
        for (const ChainStep& step : trace)
          call.answer->row({service->options.name, step.map, step.key,
                            step.answer, source_of(step)});
        next();
      });
}

}  // namespace

void show_maps(const Call& call) {
  call.answer->table("maps", kMapColumns);
  ServiceRound::begin(
      call,
      [call](const std::shared_ptr<Service>& service,
             std::function<void()> next) {
        test_maps(call, service, std::move(next));
      },
      [call] { call.answer->ok(); });
}

}  // namespace postern
