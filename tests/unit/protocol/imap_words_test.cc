// The small parts both IMAP engines are made of.

#include <doctest/doctest.h>

#include "proxy/protocol/imap/imap_capability.h"
#include "proxy/protocol/imap/imap_login.h"
#include "proxy/protocol/imap/imap_replies.h"
#include "proxy/protocol/imap/imap_response.h"
#include "proxy/protocol/imap/imap_verdict.h"

using namespace postern;

using Kind = ImapResponse::Kind;
using Status = ImapResponse::Status;

TEST_CASE("capabilities are words, whatever their case") {
  CHECK(has_capability("IMAP4rev1 SASL-IR", "sasl-ir"));
  CHECK(!has_capability("IMAP4rev1 SASL-IRX", "SASL-IR"));
  CHECK(!has_capability("", "IDLE"));
  CHECK(lists_imap("XYZ imap4rev1"));
  CHECK(!lists_imap("XIMAP4 IMAP2"));
}

TEST_CASE("what a front announces is true") {
  FrontOptions options;
  options.offer_tls = true;
  CHECK(front_capabilities(options, {}, false, false, false) ==
        "IMAP4rev1 SASL-IR LITERAL- ID STARTTLS LOGINDISABLED");
  CHECK(front_capabilities(options, {}, true, false, true) ==
        "IMAP4rev1 SASL-IR LITERAL- ID AUTH=PLAIN AUTH=LOGIN");
  options.capability = "IMAP4 IMAP4REV1 logindisabled AUTH=X";
  CHECK(front_capabilities(options, {}, true, false, true) ==
        "IMAP4 IMAP4REV1 AUTH=PLAIN AUTH=LOGIN");
}

TEST_CASE("what a client sees of a backend's list") {
  CHECK(client_capabilities(" IMAP4rev1  STARTTLS IDLE auth=PLAIN X]Y ") ==
        "IMAP4rev1 IDLE");
}

TEST_CASE("lines of a server") {
  const ImapResponse ok = parse_response("L ok [ALERT]  hi there ");
  CHECK(ok.kind == Kind::Tagged);
  CHECK(ok.tag == "L");
  CHECK(ok.status == Status::Ok);
  CHECK(ok.code == "ALERT");
  CHECK(ok.text == "hi there");
  CHECK(ok.said == "ok [ALERT]  hi there ");
  CHECK(parse_response("L NO").kind == Kind::Tagged);
  CHECK(parse_response("+").kind == Kind::Continuation);
  CHECK(parse_response("+ go").kind == Kind::Continuation);
  CHECK(parse_response("+OK go").kind == Kind::Garbage);
  CHECK(parse_response("L BYE").kind == Kind::Garbage);
  CHECK(parse_response("").kind == Kind::Garbage);
  CHECK(parse_response(" L OK").kind == Kind::Garbage);
  CHECK(parse_response("* 7 EXISTS").status == Status::None);
  CHECK(parse_response("* OK [no end").code.empty());
}

TEST_CASE("where a server tells its capabilities") {
  CHECK(parse_response("* CAPABILITY IMAP4rev1 X").capabilities() ==
        "IMAP4rev1 X");
  CHECK(parse_response("* ok [capability IMAP4rev1] hi").capabilities() ==
        "IMAP4rev1");
  CHECK(parse_response("* OK CAPABILITY IMAP4rev1").capabilities().empty());
  CHECK(parse_response("* CAPABILITYX Y").capabilities().empty());
}

TEST_CASE("the verdict of a refusal") {
  const auto kind = [](std::string_view line) {
    return imap_verdict(parse_response(line), "").kind;
  };
  CHECK(kind("L NO") == Verdict::Kind::WrongPassword);
  CHECK(kind("L NO [authenticationfailed]") == Verdict::Kind::WrongPassword);
  CHECK(kind("L NO [XUNKNOWN] x") == Verdict::Kind::WrongPassword);
  CHECK(kind("L NO [LIMIT] x") == Verdict::Kind::Refused);
  CHECK(kind("L NO [UNAVAILABLE] x") == Verdict::Kind::Unavailable);
  CHECK(kind("L NO [SERVERBUG] x") == Verdict::Kind::Misconfigured);
  CHECK(kind("L BAD x") == Verdict::Kind::Unavailable);
}

TEST_CASE("the verdict of an accepted login") {
  const Verdict verdict = imap_verdict(parse_response("L OK [\x01"
                                                      "x] a\tb"),
                                       "IMAP4rev1 STARTTLS");
  CHECK(verdict.kind == Verdict::Kind::Accepted);
  CHECK(verdict.code.empty());
  CHECK(verdict.text == "a?b");
  CHECK(verdict.capabilities == "IMAP4rev1");
}

TEST_CASE("notices worth passing on") {
  const auto notice = [](std::string_view line) {
    return imap_notice(parse_response(line));
  };
  CHECK(notice("* ok [ALERT] x\ty") == "* OK [ALERT] x?y\r\n");
  CHECK(notice("* NO slow") == "* NO slow\r\n");
  CHECK(notice("* BAD you").empty());
  CHECK(notice("* 1 EXISTS").empty());
  CHECK(notice("* OK [REFERRAL imap://x/] go").empty());
  CHECK(notice("* OK [A\tB] go").empty());
}

TEST_CASE("only the last piece of a login holds the password") {
  const auto pieces = [](std::string_view password, std::string_view list) {
    const Credentials who{"u\xe4", Secret(password), "LOGIN"};
    std::string all;
    for (const Secret& piece : imap_login("L", who, list))
      all += "<" + std::string(piece.view()) + ">";
    return all;
  };
  CHECK(pieces("p", "IMAP4rev1") == "<L LOGIN {2}\r\n><u\xe4 \"p\"\r\n>");
  CHECK(pieces("\xe4", "LITERAL+") ==
        "<L LOGIN {2+}\r\nu\xe4 {1+}\r\n\xe4\r\n>");
  CHECK(pieces("p", "AUTH=PLAIN") ==
        "<L AUTHENTICATE PLAIN\r\n><AHXkAHA=\r\n>");
  CHECK(pieces("p", "AUTH=PLAIN SASL-IR") ==
        "<L AUTHENTICATE PLAIN AHXkAHA=\r\n>");
}

TEST_CASE("an acceptance without anything known") {
  CHECK(imap_acceptance("t", {.kind = Verdict::Kind::Accepted}, {}) ==
        "t OK Logged in.\r\n");
}
