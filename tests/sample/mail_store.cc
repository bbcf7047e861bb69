#include "tests/sample/mail_store.h"

#include <algorithm>

namespace postern::sample {

namespace {

std::string welcome(const std::string& user, const std::string& server,
                    size_t size) {
  std::string text = "From: postmaster@" + server + ".example\r\nTo: " + user +
                     "\r\nSubject: Hello from " + server +
                     "\r\n\r\nThis mailbox lives on " + server + ".\r\n";
  while (text.size() < size)
    text += std::string(std::min<size_t>(70, size - text.size()), 'x') + "\r\n";
  return text;
}

}  // namespace

void Mailbox::append(std::string text) {
  const std::lock_guard guard(lock_);
  messages_.push_back(
      {++last_uid_, std::make_shared<const std::string>(std::move(text))});
}

void Mailbox::remove(uint64_t uid) {
  const std::lock_guard guard(lock_);
  std::erase_if(messages_, [uid](const Message& m) { return m.uid == uid; });
}

std::vector<Message> Mailbox::messages() const {
  const std::lock_guard guard(lock_);
  return messages_;
}

void MailStore::add_user(const std::string& user, const std::string& password) {
  Account& account = accounts_[user];
  account.password = password;
  account.inbox.append(welcome(user, name_, message_size_));
}

Mailbox* MailStore::log_in(std::string_view user, std::string_view password) {
  const auto found = accounts_.find(user);
  if (found == accounts_.end() || found->second.password != password)
    return nullptr;
  return &found->second.inbox;
}

}  // namespace postern::sample
