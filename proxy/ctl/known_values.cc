#include "proxy/ctl/known_values.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace postern {
namespace {

constexpr KnownValues kKnown[] = {
    {"LEVEL", "error warning notice info debug", {}, {}, {}},
    {"BACKEND", {}, "backend list", "backends", "backend"},
    {"WEIGHT", "default", {}, {}, {}},
    {"SERVICE", {}, "status", "services", "service"},
};

class ColumnCollector final : public Printer {
 public:
  ColumnCollector(const KnownValues& wanted, std::vector<std::string>& into)
      : wanted_(wanted), into_(into) {}

  void head(bool, std::string name, std::vector<Heading> columns) override {
    const auto found =
        std::ranges::find(columns, wanted_.column, &Heading::name);
    const bool here = name == wanted_.table && found != columns.end();
    place_ = here ? static_cast<size_t>(found - columns.begin()) : kNone;
  }

  void row(std::vector<Word> values) override {
    if (place_ < values.size() && !values[place_].missing())
      into_.push_back(std::move(values[place_].text));
  }

  void end(bool, std::string_view, std::string_view) override {}

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  const KnownValues& wanted_;
  std::vector<std::string>& into_;
  size_t place_ = kNone;  // of the column in this table
};

}  // namespace

const KnownValues* find_known_values(std::string_view placeholder) {
  const auto* const found =
      std::ranges::find(kKnown, placeholder, &KnownValues::placeholder);
  return found == std::end(kKnown) ? nullptr : found;
}

std::unique_ptr<Printer> make_column_collector(const KnownValues& wanted,
                                               std::vector<std::string>& into) {
  return std::make_unique<ColumnCollector>(wanted, into);
}

}  // namespace postern
