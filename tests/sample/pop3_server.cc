#include "tests/sample/pop3_server.h"

#include <algorithm>
#include <set>

#include "tests/sample/plain_login.h"

namespace postern::sample {

namespace {

class Pop3Server {
 public:
  Pop3Server(ClientConnection& client, MailStore& store)
      : client_(client), store_(store) {}

  void run();

 private:
  using Argument = std::string_view;
  struct Command {
    std::string_view name;
    bool after_login;
    void (Pop3Server::*run)(Argument);
  };
  static const std::vector<Command>& commands();

  void obey(std::string_view line);
  void ok(const std::string& text) { client_.write("+OK " + text + "\r\n"); }
  void err(const std::string& text) { client_.write("-ERR " + text + "\r\n"); }
  void welcome(Mailbox* inbox);
  void each(Argument number, const std::string& headline,
            std::string (*show)(const Message&));
  const Message* message(Argument number);

  void on_auth(Argument words);
  void on_capa(Argument);
  void on_dele(Argument number);
  void on_list(Argument number);
  void on_noop(Argument) { ok("nothing done"); }
  void on_pass(Argument password);
  void on_quit(Argument);
  void on_retr(Argument number);
  void on_stat(Argument);
  void on_uidl(Argument number);
  void on_user(Argument user);

  ClientConnection& client_;
  MailStore& store_;
  std::string user_;
  Mailbox* inbox_ = nullptr;       // set by a login
  std::vector<Message> messages_;  // as they were then
  std::set<uint64_t> marked_;      // uids to be removed by QUIT
  bool done_ = false;
};

const std::vector<Pop3Server::Command>& Pop3Server::commands() {
  static const std::vector<Command> table = {
      {"AUTH", false, &Pop3Server::on_auth},
      {"CAPA", false, &Pop3Server::on_capa},
      {"DELE", true, &Pop3Server::on_dele},
      {"LIST", true, &Pop3Server::on_list},
      {"NOOP", true, &Pop3Server::on_noop},
      {"PASS", false, &Pop3Server::on_pass},
      {"QUIT", false, &Pop3Server::on_quit},
      {"RETR", true, &Pop3Server::on_retr},
      {"STAT", true, &Pop3Server::on_stat},
      {"UIDL", true, &Pop3Server::on_uidl},
      {"USER", false, &Pop3Server::on_user},
  };
  return table;
}

void Pop3Server::run() {
  ok(store_.name() + " sample server ready");
  while (!done_) {
    const auto line = client_.read_line();
    if (!line) return;
    obey(*line);
  }
}

void Pop3Server::obey(std::string_view line) {
  const size_t space = std::min(line.find(' '), line.size());
  const auto name = line.substr(0, space);
  const auto argument = line.substr(std::min(space + 1, line.size()));
  for (const Command& command : commands())
    if (same_text(command.name, name) && (inbox_ || !command.after_login))
      return (this->*command.run)(argument);
  err("unknown command");
}

void Pop3Server::welcome(Mailbox* inbox) {
  if (!inbox) return err("[AUTH] wrong user or password");
  inbox_ = inbox;
  messages_ = inbox->messages();
  ok("logged in at " + store_.name());
}

void Pop3Server::on_user(Argument user) {
  user_ = user;
  ok("password, please");
}

void Pop3Server::on_pass(Argument password) {
  welcome(store_.log_in(user_, password));
}

void Pop3Server::on_auth(Argument words) {
  const auto pieces = split(words, ' ');
  if (!same_text(pieces[0], "PLAIN")) return err("unknown mechanism");
  if (pieces.size() > 1) return welcome(plain_login(store_, pieces[1]));
  client_.write("+ \r\n");
  if (const auto response = client_.read_line())
    welcome(plain_login(store_, *response));
}

void Pop3Server::on_capa(Argument) {
  ok("this is what I can do");
  client_.write(
      "USER\r\nSASL PLAIN\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\n.\r\n");
}

void Pop3Server::on_stat(Argument) {
  size_t octets = 0;
  for (const Message& each : messages_)
    octets += each.text->size();
  ok(std::to_string(messages_.size()) + " " + std::to_string(octets));
}

const Message* Pop3Server::message(Argument number) {
  const auto n = parse_number(number, messages_.size());
  if (!n || *n == 0 || marked_.contains(messages_[*n - 1].uid)) return nullptr;
  return &messages_[*n - 1];
}

// LIST and UIDL: of one message, or of all that are not marked.
void Pop3Server::each(Argument number, const std::string& headline,
                      std::string (*show)(const Message&)) {
  if (!number.empty()) {
    const Message* one = message(number);
    return one ? ok(std::string(number) + " " + show(*one))
               : err("no such message");
  }
  ok(headline);
  for (size_t i = 0; i < messages_.size(); ++i)
    if (!marked_.contains(messages_[i].uid))
      client_.write(std::to_string(i + 1) + " " + show(messages_[i]) + "\r\n");
  client_.write(".\r\n");
}

void Pop3Server::on_list(Argument number) {
  each(number, "sizes",
       [](const Message& m) { return std::to_string(m.text->size()); });
}

void Pop3Server::on_uidl(Argument number) {
  each(number, "identities",
       [](const Message& m) { return "uid" + std::to_string(m.uid); });
}

void Pop3Server::on_retr(Argument number) {
  const Message* wanted = message(number);
  if (!wanted) return err("no such message");
  ok(std::to_string(wanted->text->size()) + " octets");
  std::string stuffed = wanted->text->starts_with('.') ? "." : "";
  std::string_view rest = *wanted->text;
  for (size_t dot = 0; (dot = rest.find("\n.")) != std::string_view::npos;) {
    stuffed.append(rest.substr(0, dot + 2)).append(".");
    rest.remove_prefix(dot + 2);
  }
  client_.write(stuffed.append(rest));
  client_.write(wanted->text->ends_with("\r\n") ? ".\r\n" : "\r\n.\r\n");
}

void Pop3Server::on_dele(Argument number) {
  const Message* unwanted = message(number);
  if (!unwanted) return err("no such message");
  marked_.insert(unwanted->uid);
  ok("marked");
}

void Pop3Server::on_quit(Argument) {
  if (inbox_)
    for (const uint64_t uid : marked_)
      inbox_->remove(uid);
  ok(store_.name() + " says goodbye");
  done_ = true;
}

}  // namespace

void serve_pop3(ClientConnection& client, MailStore& store) {
  Pop3Server(client, store).run();
}

}  // namespace postern::sample
