#include "proxy/protocol/referral.h"

#include <doctest/doctest.h>

using namespace postern;

namespace {

// "host:port user mechanism", or "no".
std::string imap(std::string_view url) {
  const auto found = parse_imap_referral("REFERRAL " + std::string(url));
  if (!found) return "no";
  return found->where.text() + " " + found->user + " " + found->mechanism;
}

std::string pop3(std::string_view code) {
  const auto found = parse_pop3_referral(code);
  return found ? found->where.text() + " " + found->user : "no";
}

}  // namespace

TEST_CASE("URLs as servers send them") {
  CHECK(imap("imap://u1;AUTH=PLAIN@127.0.0.9:1143/") ==
        "127.0.0.9:1143 u1 PLAIN");  // Dovecot 2.3
  CHECK(imap("imap://u1;AUTH=*@imap2.example:143/") ==
        "imap2.example:143 u1 *");                         // Dovecot 2.4
  CHECK(imap("IMAP://MIKE@SERVER2/") == "server2 MIKE ");  // RFC 2221
  CHECK(imap("imap://u1%40example@imap2") == "imap2 u1@example ");
  CHECK(imap("imap://;auth=*@imap2/") == "imap2  *");
  CHECK(imap("imap://imap2/") == "imap2  ");
  CHECK(imap("imap://u1@[2001:db8::1]:993/") == "[2001:db8::1]:993 u1 ");
  CHECK(imap("imap://u1@[2001:db8::1]/") == "2001:db8::1 u1 ");
}

TEST_CASE("URLs that name no server, or more than one") {
  for (const char* url : {"",
                          "imap:",
                          "imap://",
                          "imap:///",
                          "imaps://imap2/",
                          "http://imap2/",
                          "imap2",
                          "//imap2/",
                          "imap://u1@/",
                          "imap://@imap2/",
                          "imap://u1@imap2/INBOX",
                          "imap://u1@imap2/INBOX;UID=1",
                          "imap://imap2//",
                          "imap://u1@imap2?x",
                          "imap://u1@imap2#x",
                          "imap://u1 @imap2/",
                          "imap://imap2 imap3/",
                          "imap://imap2/ imap://imap3/",
                          "imap://a@b@imap2/",
                          "imap://u1:secret@imap2/",
                          "imap://u1%4@imap2/",
                          "imap://u1%zz@imap2/",
                          "imap://u1%00@imap2/",
                          "imap://u1%0d%0aX@imap2/",
                          "imap://u1;@imap2/",
                          "imap://u1;AUTH=@imap2/",
                          "imap://u1;AUTH=A;AUTH=B@imap2/",
                          "imap://u1;UIDVALIDITY=1@imap2/",
                          "imap://u1@imap2:/",
                          "imap://imap2:0/",
                          "imap://imap2:65536/",
                          "imap://imap2:143:143/",
                          "imap://2001:db8::1/",
                          "imap://[imap2]/",
                          "imap://[127.0.0.1]/",
                          "imap://[::1/",
                          "imap://::1]/",
                          "imap://im%61p2/",
                          "imap://imap2./",
                          "imap://-imap2/",
                          "imap://ima\xffp2/"})
    CHECK_MESSAGE(imap(url) == "no", url);
  CHECK_FALSE(parse_imap_referral("REFERRAL"));
  CHECK_FALSE(parse_imap_referral(""));
}

TEST_CASE("what Dovecot says by POP3") {
  CHECK(pop3("REFERRAL/u1@imap2.example:1110") == "imap2.example:1110 u1");
  CHECK(pop3("REFERRAL/u1@example@pop2") == "pop2 u1@example");
  CHECK(pop3("REFERRAL/u1@[::1]:110") == "[::1]:110 u1");
  CHECK(pop3("REFERRAL/pop2") == "pop2 ");
  for (const char* code :
       {"REFERRAL", "REFERRAL/", "REFERRAL/u1@", "REFERRAL/@",
        "REFERRAL/u1@pop2/", "REFERRAL/u1@pop2:x", "REFERRAL pop2",
        "REFERRAL/u1@pop 2", "REFERRAL/u1@::1"})
    CHECK_MESSAGE(pop3(code) == "no", code);
}

TEST_CASE("what is a referral, and where it ends") {
  CHECK(is_referral("REFERRAL imap://x/"));
  CHECK(is_referral("referral/x"));
  CHECK(is_referral("REFERRAL"));
  CHECK_FALSE(is_referral("REFERRALS x"));
  CHECK_FALSE(is_referral("REF"));
  CHECK(end_of_code("[REFERRAL imap://[::1]:143/] a [b] c]") == 27);
  CHECK(end_of_code("[REFERRAL imap://imap2/] a [b]") == 23);
  CHECK(end_of_code("[ALERT [x] y]") == 9);
  CHECK(end_of_code("[REFERRAL imap://[::1]") == std::string_view::npos);
  CHECK(end_of_code("[ALERT") == std::string_view::npos);
}
