// Settings of how much a client or a backend may ask of us.

#include "proxy/config/kinds.h"
#include "proxy/config/settings.h"
#include "proxy/config/values.h"

namespace postern {
namespace {

constexpr uint64_t kMany = 1000000;

template <class Value, auto Member>
constexpr Kind kFront = kKind<Value, &ServiceOptions::front, Member>;
template <class Value, auto Member>
constexpr Kind kBack =
    kKind<Value, &ServiceOptions::back, &BackSideOptions::dialogue, Member>;
template <class Value, auto Member>
constexpr Kind kLimit = kKind<Value, &ServiceOptions::limits, Member>;

const Setting kLimitsSettings[] = {
    {"connection_limit", 'L', Scope::Service,
     kLimit<Number<0, 10000000>, &SessionLimits::connections>,
     "connections of this service; 0: no limit of its own"},
    {"max_logging_in_per_ip", 0, Scope::Service,
     kLimit<Number<0, kMany>, &SessionLimits::logging_in_per_ip>,
     "connections from one address that have not logged in yet; 0: no limit"},
    {"max_bad_commands", 0, Scope::Service,
     kFront<Number<1, kMany>, &FrontOptions::max_bad_commands>,
     "commands that make no sense before goodbye"},
    {"max_login_attempts", 0, Scope::Service,
     kFront<Number<1, kMany>, &FrontOptions::max_logins>,
     "failed logins before goodbye"},
    {"max_commands", 0, Scope::Service,
     kFront<Number<1, kMany>, &FrontOptions::max_commands>,
     "commands of any kind before a login"},
    {"max_line_size", 0, Scope::Service,
     kFront<Size<512, 65536>, &FrontOptions::max_line>,
     "a client's command line, without literals"},
    {"max_literal_size", 0, Scope::Service,
     kFront<Size<64, 65536>, &FrontOptions::max_literal>,
     "a literal of IMAP before the login"},
    {"max_tag_size", 0, Scope::Service,
     kFront<Size<1, 1024>, &FrontOptions::max_tag>, "a tag of IMAP"},
    {"max_user_size", 0, Scope::Service,
     kFront<Size<1, 1024>, &FrontOptions::max_user>, "a user's name"},
    {"max_password_size", 0, Scope::Service,
     kFront<Size<1, 8192>, &FrontOptions::max_password>, "a password"},
    {"max_id_size", 0, Scope::Service,
     kFront<Size<1024, 1 << 20>, &FrontOptions::max_id>,
     "an ID command of IMAP"},
    {"max_backend_line_size", 0, Scope::Service,
     kBack<Size<512, 1 << 20>, &BackOptions::max_line>,
     "a backend's line before its verdict on a login"},
    {"max_backend_reply_size", 0, Scope::Service,
     kBack<Size<512, 1 << 24>, &BackOptions::max_total>,
     "all that a backend says before its verdict"},
    {"max_backend_reply_lines", 0, Scope::Service,
     kBack<Number<1, kMany>, &BackOptions::max_lines>,
     "lines a backend says before its verdict"},
    {"watermark", 0, Scope::Service,
     kLimit<Size<4096, 1 << 30>, &SessionLimits::watermark>,
     "octets that wait for a slow reader before the other side is held up"},
};

}  // namespace

std::span<const Setting> limit_settings() {
  return kLimitsSettings;
}

}  // namespace postern
