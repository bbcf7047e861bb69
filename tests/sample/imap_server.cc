#include "tests/sample/imap_server.h"

#include <span>

#include "tests/sample/imap_words.h"
#include "tests/sample/plain_login.h"

namespace postern::sample {

namespace {

constexpr std::string_view kCapabilities =
    "IMAP4rev1 SASL-IR LITERAL+ ID IDLE AUTH=PLAIN";

class ImapServer {
 public:
  ImapServer(ClientConnection& client, MailStore& store)
      : client_(client), store_(store) {}

  void run();

 private:
  using Words = std::span<const std::string>;  // behind the command's name
  enum class State { Any, NotLoggedIn, LoggedIn, Selected };
  struct Command {
    std::string_view name;
    State state;
    size_t words;  // at least
    void (ImapServer::*run)(Words);
  };
  static const std::vector<Command>& commands();

  void obey(Words words);
  bool allowed(State state) const;
  void untagged(const std::string& text) {
    client_.write("* " + text + "\r\n");
  }
  void reply(const std::string& text) {
    client_.write(tag_ + " " + text + "\r\n");
  }
  void welcome(Mailbox* inbox);
  void show(const std::string& number, const std::string& items,
            const Message& message);

  void on_append(Words words);
  void on_authenticate(Words words);
  void on_capability(Words);
  void on_fetch(Words words);
  void on_id(Words);
  void on_idle(Words);
  void on_login(Words words) { welcome(store_.log_in(words[0], words[1])); }
  void on_logout(Words);
  void on_noop(Words) { reply("OK nothing done"); }
  void on_select(Words);

  ClientConnection& client_;
  MailStore& store_;
  std::string tag_;
  Mailbox* inbox_ = nullptr;  // set by a login
  bool selected_ = false;
  bool done_ = false;
};

const std::vector<ImapServer::Command>& ImapServer::commands() {
  static const std::vector<Command> table = {
      {"APPEND", State::LoggedIn, 2, &ImapServer::on_append},
      {"AUTHENTICATE", State::NotLoggedIn, 1, &ImapServer::on_authenticate},
      {"CAPABILITY", State::Any, 0, &ImapServer::on_capability},
      {"FETCH", State::Selected, 2, &ImapServer::on_fetch},
      {"ID", State::Any, 1, &ImapServer::on_id},
      {"IDLE", State::LoggedIn, 0, &ImapServer::on_idle},
      {"LOGIN", State::NotLoggedIn, 2, &ImapServer::on_login},
      {"LOGOUT", State::Any, 0, &ImapServer::on_logout},
      {"NOOP", State::Any, 0, &ImapServer::on_noop},
      {"SELECT", State::LoggedIn, 1, &ImapServer::on_select},
  };
  return table;
}

void ImapServer::run() {
  untagged("OK [CAPABILITY " + std::string(kCapabilities) + "] " +
           store_.name() + " sample server ready");
  while (!done_) {
    const auto words = read_imap_words(client_);
    if (!words) return;
    obey(*words);
  }
}

bool ImapServer::allowed(State state) const {
  if (state == State::NotLoggedIn) return !inbox_;
  if (state == State::LoggedIn) return inbox_;
  return state == State::Any || selected_;
}

void ImapServer::obey(Words words) {
  tag_ = words.empty() ? "*" : words[0];
  if (words.size() < 2) return reply("BAD no command");
  const Words arguments = words.subspan(2);
  for (const Command& command : commands())
    if (same_text(command.name, words[1]) && allowed(command.state) &&
        arguments.size() >= command.words)
      return (this->*command.run)(arguments);
  reply("BAD unknown command, or not now");
}

void ImapServer::welcome(Mailbox* inbox) {
  if (!inbox) return reply("NO [AUTHENTICATIONFAILED] wrong user or password");
  inbox_ = inbox;
  reply("OK [CAPABILITY " + std::string(kCapabilities) + "] logged in at " +
        store_.name());
}

void ImapServer::on_authenticate(Words words) {
  if (!same_text(words[0], "PLAIN")) return reply("NO unknown mechanism");
  if (words.size() > 1) return welcome(plain_login(store_, words[1]));
  client_.write("+ \r\n");
  if (const auto response = client_.read_line())
    welcome(plain_login(store_, *response));
}

void ImapServer::on_capability(Words) {
  untagged("CAPABILITY " + std::string(kCapabilities));
  reply("OK that is all");
}

void ImapServer::on_id(Words) {
  untagged("ID (\"name\" \"" + store_.name() + "\")");
  reply("OK pleased to meet you");
}

void ImapServer::on_idle(Words) {
  client_.write("+ idling\r\n");
  const auto line = client_.read_line();
  if (line) reply(same_text(*line, "DONE") ? "OK awake" : "BAD expected DONE");
}

void ImapServer::on_select(Words words) {
  if (!same_text(words[0], "INBOX")) return reply("NO no such mailbox");
  selected_ = true;
  untagged("FLAGS ()");
  untagged(std::to_string(inbox_->messages().size()) + " EXISTS");
  untagged("0 RECENT");
  untagged("OK [UIDVALIDITY 1] always the same");
  reply("OK [READ-WRITE] this is " + store_.name());
}

void ImapServer::on_append(Words words) {
  if (!same_text(words[0], "INBOX")) return reply("NO no such mailbox");
  inbox_->append(words.back());
  untagged(std::to_string(inbox_->messages().size()) + " EXISTS");
  reply("OK kept");
}

void ImapServer::on_fetch(Words words) {
  const auto messages = inbox_->messages();
  const auto number = parse_number(words[0], messages.size());
  if (!number || *number == 0) return reply("NO no such message");
  show(words[0], to_upper(words[1]), messages[*number - 1]);
  reply("OK that is all");
}

void ImapServer::show(const std::string& number, const std::string& items,
                      const Message& message) {
  const std::string size = std::to_string(message.text->size());
  std::string text;
  for (const auto item : split(items, ' ')) {
    text += text.empty() ? "" : " ";
    if (item == "UID") text += "UID " + std::to_string(message.uid);
    if (item == "RFC822.SIZE") text += "RFC822.SIZE " + size;
    if (item == "BODY[]" || item == "BODY.PEEK[]")
      text += "BODY[] {" + size + "}\r\n" + *message.text;
  }
  untagged(number + " FETCH (" + text + ")");
}

void ImapServer::on_logout(Words) {
  untagged("BYE " + store_.name() + " says goodbye");
  reply("OK goodbye");
  done_ = true;
}

}  // namespace

void serve_imap(ClientConnection& client, MailStore& store) {
  ImapServer(client, store).run();
}

}  // namespace postern::sample
