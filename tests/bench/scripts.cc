#include "tests/bench/scripts.h"

#include <algorithm>

namespace bench {

Scripts::Scripts(const Options& options) {
  body_.assign(options.size, 'x');
  for (size_t i = 78; i < body_.size(); i += 80)
    body_.replace(i - 1, 2, "\r\n");
  body_ += "\r\n";
  append_ = "p APPEND INBOX {" + std::to_string(options.size) + "}\r\n";
  // Evenly among all, but not a script for each of millions.
  const unsigned distinct = std::min(options.users, 4096U);
  const unsigned stride = options.users / distinct;
  for (unsigned user = 0; user < distinct; ++user)
    logins_.push_back("l LOGIN user" + std::to_string(user * stride) +
                      "@example.org secret\r\n");
  for (const std::string& login : logins_)
    all_.push_back(make(options, login));
}

Script Scripts::make(const Options& options, const std::string& login) const {
  Script script;
  script.tls = options.tls;
  script.steps.push_back({"", "*"});
  if (options.tls == Tls::Starttls) {
    script.steps.push_back({"s STARTTLS\r\n", "s"});
    script.starttls = script.steps.size();
  }
  script.steps.push_back({login, "l"});
  script.logged_in = script.steps.size();
  if (options.mode == "login") {
    script.steps.push_back({"n NOOP\r\n", "n"});
    script.steps.push_back({"o LOGOUT\r\n", ""});
    return script;
  }
  if (options.mode == "fetch") {
    script.steps.push_back({"f UID FETCH 1 BODY[]\r\n", "f"});
  } else if (options.mode == "append") {
    script.steps.push_back({append_, "+"});
    script.steps.push_back({body_, "p"});
  } else {
    script.steps.push_back({"i IDLE\r\n", "+"});
    script.steps.push_back({"DONE\r\n", "i"});
  }
  script.again = script.logged_in;
  return script;
}

}  // namespace bench
