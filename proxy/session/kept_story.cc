#include "proxy/session/kept_story.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace postern {
namespace {

// Does not compile if a field is missing here.
template <class Story, class Visit>
void visit_fields(Story& story, Visit visit) {
  auto& [id, service, protocol, client, local, via, ttl, told_tls, told_name,
         fields, front_security, front_tls, attempts, user, routed_user, authid,
         master, mechanism, pool, backend, backend_address, source_address,
         identity, back_security, back_tls, failure, logged_in, received, sent,
         milliseconds, ending, reason] = story;
  const auto visit_all = [&](auto&... field) { (visit(field), ...); };
  visit_all(id, service, protocol, client, local, via, ttl, told_tls, told_name,
            front_security, attempts, user, routed_user, authid, master,
            mechanism, pool, backend, backend_address, source_address, identity,
            back_security, failure, logged_in, received, sent, milliseconds,
            ending, reason);
  // Those that are shared are kept beside the bytes.
  static_cast<void>(front_tls);
  static_cast<void>(back_tls);
  static_cast<void>(fields);
}

template <class T>
concept Number = std::is_integral_v<T> || std::is_enum_v<T>;

// Numbers, most of which are small, are written seven bits at a time.
class Folder {
 public:
  Folder() { bytes_.reserve(256); }  // most stories fold to less

  template <Number T>
  void operator()(const T& value) {
    auto rest = static_cast<uint64_t>(value);
    for (; rest >= 0x80; rest >>= 7)
      bytes_ += static_cast<char>(rest | 0x80);
    bytes_ += static_cast<char>(rest);
  }
  void operator()(const std::string& text) {
    (*this)(text.size());
    bytes_ += text;
  }
  // Of a table that outlives everybody.
  void operator()(const std::string_view& text) {
    bytes_.append(reinterpret_cast<const char*>(&text),
                  sizeof(std::string_view));
  }
  void operator()(const Address& address) {
    const auto octets = address.octets();
    (*this)(octets.size());
    bytes_.append(reinterpret_cast<const char*>(octets.data()), octets.size());
    (*this)(address.port());
  }
  template <class T>
  void operator()(const std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }

  std::unique_ptr<const char[]> finished() const {
    auto all = std::make_unique<char[]>(bytes_.size());
    std::ranges::copy(bytes_, all.get());
    return all;
  }

 private:
  std::string bytes_;
};

class Unfolder {
 public:
  explicit Unfolder(const char* bytes) : at_(bytes) {}

  template <Number T>
  void operator()(T& value) {
    value = static_cast<T>(number());
  }
  void operator()(std::string& text) {
    const uint64_t size = number();
    text.assign(at_, size);
    at_ += size;
  }
  void operator()(std::string_view& text) {
    std::memcpy(&text, at_, sizeof(std::string_view));
    at_ += sizeof(std::string_view);
  }
  void operator()(Address& address) {
    const uint64_t size = number();
    const auto* octets = reinterpret_cast<const uint8_t*>(at_);
    at_ += size;
    address =
        Address::of_octets({octets, size}, static_cast<uint16_t>(number()));
  }
  template <class T>
  void operator()(std::optional<T>& value) {
    if (number() != 0) (*this)(value.emplace());
  }

 private:
  uint64_t number() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto octet = static_cast<unsigned char>(*at_++);
      value |= uint64_t{octet & 0x7FU} << shift;
      if (octet < 0x80) return value;
    }
  }

  const char* at_;
};

}  // namespace

KeptStory::KeptStory(const SessionStory& story)
    : front_tls_(story.front_tls), back_tls_(story.back_tls) {
  Folder folder;
  visit_fields(story, [&](const auto& field) { folder(field); });
  bytes_ = folder.finished();
}

SessionStory KeptStory::unfold() const {
  SessionStory story;
  if (!bytes_) return story;
  Unfolder unfolder(bytes_.get());
  visit_fields(story, [&](auto& field) { unfolder(field); });
  story.front_tls = front_tls_;
  story.back_tls = back_tls_;
  return story;
}

}  // namespace postern
