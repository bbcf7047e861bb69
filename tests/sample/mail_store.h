// The users of the sample server and their mail, in memory, for as long as it
// runs.  Shared by all of its threads.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace postern::sample {

struct Message {
  uint64_t uid;
  std::shared_ptr<const std::string> text;  // headers and body, CRLF lines
};

class Mailbox {
 public:
  void append(std::string text);
  void remove(uint64_t uid);
  std::vector<Message> messages() const;

 private:
  mutable std::mutex lock_;
  std::vector<Message> messages_;
  uint64_t last_uid_ = 0;
};

class MailStore {
 public:
  // `message_size`: octets of the one message every user begins with; 0 for a
  // short greeting from `name`, the server.
  MailStore(std::string name, size_t message_size)
      : name_(std::move(name)), message_size_(message_size) {}

  const std::string& name() const { return name_; }

  // Before serving begins.
  void add_user(const std::string& user, const std::string& password);
  // nullptr if the user or the password is wrong.
  Mailbox* log_in(std::string_view user, std::string_view password);

 private:
  struct Account {
    std::string password;
    Mailbox inbox;
  };

  const std::string name_;
  const size_t message_size_;
  std::map<std::string, Account, std::less<>> accounts_;
};

}  // namespace postern::sample
