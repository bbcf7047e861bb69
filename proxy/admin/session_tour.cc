#include "proxy/admin/session_tour.h"

#include <utility>

namespace postern {

void SessionTour::begin(const Call& call, Describe describe, Ended ended) {
  std::make_shared<SessionTour>(call, std::move(describe), std::move(ended))
      ->visit_next();
}

SessionTour::SessionTour(const Call& call, Describe describe, Ended ended)
    : server_(call.server),
      answer_(call.answer),
      describe_(std::move(describe)),
      ended_(std::move(ended)) {}

void SessionTour::visit_next() {
  const auto& workers = server_.workers();
  while (worker_ < workers.size() && workers[worker_]->ended())
    ++worker_;
  if (worker_ == workers.size()) return ended_(*answer_, rows_);
  auto rows = std::make_shared<Rows>();
  workers[worker_]->visit(
      last_,
      [self = shared_from_this(), rows](const Session& session) {
        auto row = self->describe_(session);
        if (!row.empty()) rows->push_back(std::move(row));
      },
      [self = shared_from_this(), rows](uint64_t last, bool all) {
        self->server_.loop().post(
            [self, rows, last, all] { self->on_piece(*rows, last, all); });
      });
}

void SessionTour::on_piece(const Rows& rows, uint64_t last, bool all) {
  if (answer_->gone()) return;
  for (const auto& row : rows)
    answer_->row(row);
  rows_ += rows.size();
  last_ = all ? 0 : last;
  if (all) ++worker_;
  answer_->when_ready([self = shared_from_this()] { self->visit_next(); });
}

}  // namespace postern
