#include <doctest/doctest.h>

#include "proxy/ctl/json_printer.h"
#include "proxy/ctl/table_printer.h"

using namespace postern;

namespace {

std::string out;
std::string complaints;

void take(std::string_view text) {
  out += text;
}
void take_complaint(std::string_view text) {
  complaints += text;
}

std::unique_ptr<Printer> fresh(bool json) {
  out.clear();
  complaints.clear();
  return json ? make_json_printer(take)
              : make_table_printer(take, take_complaint);
}

Word bare(std::string text) {
  return {std::move(text), false};
}

void print_all(Printer& printer) {
  printer.head(false, "daemon", {{"version"}, {"log_lost", Form::Number}});
  printer.row({bare("0.1"), bare("12")});
  printer.head(true, "sessions",
               {{"user"}, {"sent", Form::Octets}, {"well", Form::Flag}});
  printer.row({bare("alice"), bare("2048"), bare("yes")});
  printer.row({bare("b\xc3\xb6rn\x1b\""), bare("-"), bare("no")});
  printer.head(true, "nothing", {{"x"}});
}

}  // namespace

TEST_CASE("tables are aligned") {
  const auto printer = fresh(false);
  print_all(*printer);
  printer->end(true, {}, "2 sessions");
  CHECK(out ==
        "version   0.1\n"
        "log lost  12\n"
        "\n"
        "USER       SENT  WELL\n"
        "alice      2.0k  yes\n"
        "b\xc3\xb6rn\\x1b\"     -  no\n"
        "\n"
        "2 sessions\n");
  CHECK(complaints.empty());
}

TEST_CASE("what went wrong is told apart from what is shown") {
  const auto printer = fresh(false);
  printer->end(false, "failed", "no such\nthing");
  CHECK(out.empty());
  CHECK(complaints == "posternctl: no such\\x0athing\n");
}

TEST_CASE("many rows are shown before the last has come") {
  const auto printer = fresh(false);
  printer->head(true, "t", {{"number", Form::Number}, {"x"}});
  for (int i = 0; i < 1000; ++i)
    printer->row({bare(std::to_string(i)), bare("x")});
  CHECK(out.starts_with("NUMBER  X\n     0  x\n"));
  printer->row({bare("123456789"), bare("x")});
  CHECK(out.ends_with("   999  x\n123456789  x\n"));
}

TEST_CASE("JSON has what the records have") {
  const auto printer = fresh(true);
  print_all(*printer);
  printer->end(true, {}, "2 sessions");
  CHECK(out ==
        "{\"daemon\": {\"version\": \"0.1\", \"log_lost\": 12},\n"
        " \"sessions\": [\n"
        "  {\"user\": \"alice\", \"sent\": 2048, \"well\": true},\n"
        "  {\"user\": \"b\xc3\xb6rn\\u001b\\\"\", \"sent\": null, "
        "\"well\": false}],\n"
        " \"nothing\": [],\n"
        " \"result\": \"ok\",\n"
        " \"message\": \"2 sessions\"}\n");
}

TEST_CASE("JSON of an error") {
  const auto printer = fresh(true);
  printer->end(false, "not_found", "no user \"x\"");
  CHECK(out ==
        "{\"result\": \"error\",\n"
        " \"error\": \"not_found\",\n"
        " \"message\": \"no user \\\"x\\\"\"}\n");
}
