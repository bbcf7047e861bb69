#include "proxy/session/certificate_user.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

using Users = std::vector<std::string>;

struct Bearer {
  Users users;
  ServiceOptions options;

  // Of who asks to be `authzid`: "user/master", or why not.
  std::string as(const std::string& authzid) const {
    Credentials who;
    who.user = authzid;
    const Status named = name_by_certificate(who, users, options);
    return named ? who.user + "/" + who.authid : named.error().text;
  }
};

bool denies(const std::string& outcome, std::string_view why) {
  CAPTURE(outcome);
  return outcome.starts_with("the client's certificate ") &&
         outcome.find(why) != std::string::npos;
}

// A certificate with these names, whatever the field.
class Shown final : public TlsEngine {
 public:
  explicit Shown(Users names) : names_(std::move(names)) {}
  Status start(Buffer&) override { return Done{}; }
  Status feed(std::string_view, Buffer&, Buffer&) override { return Done{}; }
  Status write(std::string_view, Buffer&) override { return Done{}; }
  void close(Buffer&) override {}
  void queue_ticket() override {}
  bool open() const override { return true; }
  bool peer_closed() const override { return false; }
  TlsFacts facts() const override { return {}; }
  Users client_names(CertificateField) const override { return names_; }

 private:
  Users names_;
};

Users users_of(Users names) {
  ServiceOptions options;
  options.front.max_user = 10;
  return certificate_users(Shown(std::move(names)), options);
}

}  // namespace

TEST_CASE("the bearer is who the certificate says") {
  const Bearer joe{{"joe"}, {}};
  CHECK(joe.as("") == "joe/");
  CHECK(joe.as("joe") == "joe/");
  CHECK(denies(joe.as("Joe"), "is that of joe, who is not among"));
  CHECK(denies(joe.as("ann"), "is that of joe, who is not among"));
  CHECK(denies(Bearer{}.as(""), "names no user"));
  CHECK(denies(Bearer{}.as("joe"), "names no user"));
}

TEST_CASE("names are compared as they are used, the certificate's counts") {
  Bearer joe{{"Joe@Example.org"}, {}};
  joe.options.names.lower_case = kAllStates;
  CHECK(joe.as("joe@example.org") == "Joe@Example.org/");
  CHECK(denies(joe.as("joe"), "is that of"));
  joe.options.names.strip_domain = kServernameLookup;
  CHECK(denies(joe.as("joe"), "is that of"));
  joe.options.names.strip_domain = kAllStates;
  CHECK(joe.as("joe") == "Joe@Example.org/");
}

TEST_CASE("of several names the client says which") {
  const Bearer joe{{"joe", "info"}, {}};
  CHECK(denies(joe.as(""), "several users"));
  CHECK(joe.as("info") == "info/");
  CHECK(denies(joe.as("ann"), "is that of joe"));
}

TEST_CASE("some may be anybody") {
  Bearer webmail{{"webmail"}, {}};
  webmail.options.certificate_masters = {"backup", "webmail"};
  CHECK(webmail.as("ann") == "ann/webmail");
  CHECK(webmail.as("") == "webmail/");
  CHECK(webmail.as("webmail") == "webmail/");
  webmail.options.certificate_masters = {"Webmail"};
  CHECK(denies(webmail.as("ann"), "is that of webmail"));
}

TEST_CASE("one bad name makes a certificate useless") {
  using namespace std::string_literals;
  CHECK(users_of({"joe", "ann"}) == Users{"joe", "ann"});
  for (const std::string& bad :
       {""s, "joe\0.evil"s, "joe\r\n"s, "longer than ten"s})
    CHECK(users_of({"joe", bad}).empty());
}
