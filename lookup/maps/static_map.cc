// `map static VALUE`: everybody lives in the same place.

#include "lookup/maps.h"
#include "proxy/base/ascii.h"

namespace postern {
namespace {

class StaticMap final : public Map {
 public:
  explicit StaticMap(Route route) : route_(std::move(route)) {}

  std::string name() const override {
    return "static " + printable(to_text(route_));
  }

 private:
  void ask(Loop&, std::string_view, Done done) override { done({route_}); }

  const Route route_;
};

}  // namespace

MapResult open_static_map(const MapOptions& options) {
  auto route = parse_route(options.argument, options.delimiter);
  if (!route) return std::move(route).error().in("static");
  return {std::make_shared<StaticMap>(std::move(*route))};
}

}  // namespace postern
