// Ties a way of writing values (values.h) to a field of the draft, named by
// pointers to members: kKind<Time<>, &ServiceOptions::timeouts,
// &Timeouts::idle>.

#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "proxy/config/settings.h"

namespace postern {

// The part of a draft that members of ServerOptions, ServiceOptions or of the
// draft itself are looked up in.
template <class Member>
auto& part_of(auto& draft, Member ServerOptions::*) {
  return draft.server;
}
template <class Member>
auto& part_of(auto& draft, Member ServiceOptions::*) {
  return draft.service;
}
template <class Member>
auto& part_of(auto& draft, Member Draft::*) {
  return draft;
}

template <auto First, auto... Rest>
auto& field(auto& draft) {
  return ((part_of(draft, First).*First).*....*Rest);
}

template <class Value, auto... Path>
Status set_value(Draft& draft, std::string_view text) {
  auto parsed = Value::parse(text);
  if (!parsed) return std::move(parsed).error();
  auto& target = field<Path...>(draft);
  using Target = std::remove_reference_t<decltype(target)>;
  target = static_cast<Target>(std::move(*parsed));
  return Done{};
}

template <class Value, auto... Path>
std::vector<std::string> show_value(const Draft& draft) {
  using Type = typename Value::Type;
  const auto& source = field<Path...>(draft);
  if constexpr (std::is_arithmetic_v<Type>)
    return {Value::print(static_cast<Type>(source))};
  else
    return {Value::print(source)};
}

// The last value given is the one that counts.
template <class Value, auto... Path>
inline constexpr Kind kKind = {Value::kPlaceholder, set_value<Value, Path...>,
                               show_value<Value, Path...>};

template <class Value, auto... Path>
Status add_bits(Draft& draft, std::string_view text) {
  auto parsed = Value::parse(text);
  if (!parsed) return std::move(parsed).error();
  auto& target = field<Path...>(draft);
  target = static_cast<typename Value::Type>(target | *parsed);
  return Done{};
}

// Lines of one file add up, as Perdition has it for states.
template <class Value, auto... Path>
inline constexpr Kind kBitsKind = {
    Value::kPlaceholder, add_bits<Value, Path...>, show_value<Value, Path...>,
    [](Draft& draft) { field<Path...>(draft) = {}; }};

}  // namespace postern
