// `map fail [REASON]`: never finds out.  For trying what users see while a map
// is in trouble, and for closing a chain that must not end in a default.

#include "lookup/maps.h"
#include "proxy/base/ascii.h"

namespace postern {
namespace {

class FailMap final : public Map {
 public:
  explicit FailMap(const std::string& reason)
      : reason_(reason.empty() ? "always in trouble" : printable(reason)) {}

  std::string name() const override { return "fail"; }

 private:
  void ask(Loop&, std::string_view, Done done) override {
    done(Error{Fault::TryLater, reason_});
  }

  const std::string reason_;
};

}  // namespace

MapResult open_fail_map(const MapOptions& options) {
  return {std::make_shared<FailMap>(options.argument)};
}

}  // namespace postern
