#include "tests/transcripts/setup.h"

#include <algorithm>
#include <limits>

#include "proxy/base/ascii.h"

namespace postern::transcripts {
namespace {

// True if `value` is one the option can take.
using Setter = bool (*)(Setup& setup, std::string_view value);

template <class T>
struct Choice {
  std::string_view word;
  T value;
};

template <class T, size_t N>
bool choose(std::string_view word, const Choice<T> (&choices)[N], T& into) {
  const auto* choice = std::ranges::find(choices, word, &Choice<T>::word);
  if (choice == std::end(choices)) return false;
  into = choice->value;
  return true;
}

template <class T>
bool set_number(std::string_view digits, T& into) {
  const auto value = parse_number(
      digits, static_cast<uint64_t>(std::numeric_limits<int>::max()));
  if (!value) return false;
  into = static_cast<T>(*value);
  return true;
}

bool set_flag(std::string_view word, bool& into) {
  static constexpr Choice<bool> kChoices[] = {{"yes", true}, {"no", false}};
  return choose(word, kChoices, into);
}

template <auto Member>
bool front_number(Setup& setup, std::string_view value) {
  return set_number(value, setup.front.*Member);
}

template <auto Member>
bool front_flag(Setup& setup, std::string_view value) {
  return set_flag(value, setup.front.*Member);
}

template <auto Member>
bool front_text(Setup& setup, std::string_view value) {
  setup.front.*Member = value;
  return true;
}

template <auto Member>
bool back_number(Setup& setup, std::string_view value) {
  return set_number(value, setup.backend.*Member);
}

bool set_protocol(Setup& setup, std::string_view value) {
  setup.protocol = find_protocol(value);
  return setup.protocol != nullptr;
}

bool set_side(Setup& setup, std::string_view value) {
  static constexpr Choice<bool> kSides[] = {{"front", false}, {"back", true}};
  return choose(value, kSides, setup.back);
}

bool set_pieces(Setup& setup, std::string_view value) {
  static constexpr Choice<Pieces> kPieces[] = {{"whole", Pieces::Whole},
                                               {"lines", Pieces::Lines},
                                               {"octets", Pieces::Octets}};
  setup.ways.resize(1);
  return choose(value, kPieces, setup.ways.front());
}

bool set_tls(Setup& setup, std::string_view value) {
  struct Mode {
    bool offer;
    bool require;
    bool implicit;
  };
  static constexpr Choice<Mode> kModes[] = {{"off", {false, false, false}},
                                            {"starttls", {true, false, false}},
                                            {"force", {true, true, false}},
                                            {"implicit", {false, true, true}}};
  Mode mode{};
  if (!choose(value, kModes, mode)) return false;
  setup.front.offer_tls = mode.offer;
  setup.front.require_tls = mode.require;
  setup.implicit_tls = mode.implicit;
  return true;
}

bool set_mechanisms(Setup& setup, std::string_view value) {
  setup.front.mechanisms.clear();
  for (const std::string_view each : split(value, ' '))
    if (!each.empty()) setup.front.mechanisms.emplace_back(each);
  return true;
}

bool set_user(Setup& setup, std::string_view value) {
  const auto octets = unescape(value);
  if (octets) setup.who.user = *octets;
  return octets.has_value();
}

bool set_authid(Setup& setup, std::string_view value) {
  setup.who.authid = value;
  return true;
}

bool set_master_separator(Setup& setup, std::string_view value) {
  setup.front.master_separator = value.front();
  return value.size() == 1;
}

bool set_secret(Setup& setup, std::string_view value) {
  const auto octets = unescape(value);
  if (octets) setup.who.secret = Secret(*octets);
  return octets.has_value();
}

bool add_prelude(Setup& setup, std::string_view value) {
  setup.who.prelude.emplace_back(value);
  return true;
}

bool set_offered(Setup& setup, std::string_view value) {
  setup.offered = value;
  return true;
}

bool set_recalled(Setup& setup, std::string_view value) {
  setup.recalled = value;
  return true;
}

bool set_curious(Setup& setup, std::string_view value) {
  return set_flag(value, setup.curious);
}

bool set_mechanism(Setup& setup, std::string_view value) {
  setup.who.mechanism = value;
  return true;
}

bool set_upgrade(Setup& setup, std::string_view value) {
  using Upgrade = BackOptions::Upgrade;
  static constexpr Choice<Upgrade> kUpgrades[] = {
      {"never", Upgrade::Never},
      {"if-offered", Upgrade::IfOffered},
      {"required", Upgrade::Required}};
  return choose(value, kUpgrades, setup.backend.upgrade);
}

bool set_stop_before_login(Setup& setup, std::string_view value) {
  return set_flag(value, setup.backend.stop_before_login);
}

bool set_trusted(Setup& setup, std::string_view value) {
  return set_flag(value, setup.trusted);
}

bool set_certified(Setup& setup, std::string_view value) {
  return set_flag(value, setup.certified);
}

bool set_introduce(Setup& setup, std::string_view value) {
  static constexpr Choice<Introduce> kWays[] = {{"fields", Introduce::Fields},
                                                {"all", Introduce::All}};
  Introduce how{};
  if (!choose(value, kWays, how)) return false;
  setup.introduce = how;
  return true;
}

// "name=value", or "name" for NIL.
bool set_field(Setup& setup, std::string_view value) {
  const auto octets = unescape(value);
  if (!octets) return false;
  const size_t equals = octets->find('=');
  IdField field{octets->substr(0, equals), std::nullopt};
  if (equals != std::string::npos) field.value = octets->substr(equals + 1);
  setup.client.fields.push_back(std::move(field));
  return true;
}

bool set_sni(Setup& setup, std::string_view value) {
  setup.client.name = value;
  return true;
}

// Both sides have it.
bool set_max_line(Setup& setup, std::string_view value) {
  return front_number<&FrontOptions::max_line>(setup, value) &&
         back_number<&BackOptions::max_line>(setup, value);
}

struct Row {
  std::string_view name;
  Setter set;
};
constexpr Row kOptions[] = {
    {"protocol", set_protocol},
    {"side", set_side},
    {"pieces", set_pieces},
    {"tls", set_tls},
    {"login_disabled", front_flag<&FrontOptions::login_disabled>},
    {"pass_backend_text", front_flag<&FrontOptions::pass_backend_text>},
    {"greeting", front_text<&FrontOptions::greeting>},
    {"capability", front_text<&FrontOptions::capability>},
    {"ok_line", front_text<&FrontOptions::ok_line>},
    {"mechanisms", set_mechanisms},
    {"for_others", front_flag<&FrontOptions::for_others>},
    {"master_separator", set_master_separator},
    {"max_line", set_max_line},
    {"max_literal", front_number<&FrontOptions::max_literal>},
    {"max_tag", front_number<&FrontOptions::max_tag>},
    {"max_user", front_number<&FrontOptions::max_user>},
    {"max_password", front_number<&FrontOptions::max_password>},
    {"max_id", front_number<&FrontOptions::max_id>},
    {"max_bad_commands", front_number<&FrontOptions::max_bad_commands>},
    {"max_logins", front_number<&FrontOptions::max_logins>},
    {"max_commands", front_number<&FrontOptions::max_commands>},
    {"trusted", set_trusted},
    {"certified", set_certified},
    {"introduce", set_introduce},
    {"field", set_field},
    {"sni", set_sni},
    {"user", set_user},
    {"authid", set_authid},
    {"secret", set_secret},
    {"mechanism", set_mechanism},
    {"prelude", add_prelude},
    {"offered", set_offered},
    {"recalled", set_recalled},
    {"curious", set_curious},
    {"upgrade", set_upgrade},
    {"stop_before_login", set_stop_before_login},
    {"max_total", back_number<&BackOptions::max_total>},
    {"max_lines", back_number<&BackOptions::max_lines>},
};

Error at(size_t line, const std::string& problem) {
  return Error{Fault::Config, std::to_string(line) + ": " + problem};
}

}  // namespace

Result<Setup> read_setup(const Conversation& conversation) {
  Setup setup;
  setup.who.user = "u1";
  setup.who.secret = Secret("pw1");
  setup.client.client = *Address::parse("203.0.113.9", 50000);
  setup.client.local = *Address::parse("192.0.2.1", 993);
  setup.client.session = "s1";
  setup.client.tls = true;
  for (const Option& option : conversation.options) {
    const auto* row = std::ranges::find(kOptions, option.name, &Row::name);
    if (row == std::end(kOptions))
      return at(option.line, "no such option: " + option.name);
    if (!row->set(setup, option.value))
      return at(option.line, option.name + " cannot be " + option.value);
  }
  if (setup.protocol == nullptr)
    return at(conversation.line, "no protocol is named");
  return setup;
}

}  // namespace postern::transcripts
