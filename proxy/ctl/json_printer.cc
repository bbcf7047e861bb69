#include "proxy/ctl/json_printer.h"

#include <limits>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/json.h"

namespace postern {
namespace {

std::string json_of(const Word& value, Form form) {
  if (value.missing()) return "null";
  if (form == Form::Text) return json_string(value.text);
  if (form == Form::Flag) return value.text == "yes" ? "true" : "false";
  const auto number =
      parse_number(value.text, std::numeric_limits<uint64_t>::max());
  return number ? std::to_string(*number) : json_string(value.text);
}

class JsonPrinter final : public Printer {
 public:
  explicit JsonPrinter(Out out) : out_(out) {}

  void head(bool table, std::string name,
            std::vector<Heading> columns) override {
    close();
    member(name);
    open_ = true;
    table_ = table;
    rows_ = 0;
    columns_ = std::move(columns);
    if (table_) out_("[");
  }

  void row(std::vector<Word> values) override {
    if (!table_ && rows_ != 0) return;
    std::string text = table_ ? (rows_ == 0 ? "\n  " : ",\n  ") : "";
    ++rows_;
    text += '{';
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i != 0) text += ", ";
      text += json_string(columns_[i].name) + ": " +
              json_of(values[i], columns_[i].form);
    }
    out_(text + "}");
  }

  void end(bool ok, std::string_view trouble, std::string_view text) override {
    close();
    member("result");
    out_(ok ? "\"ok\"" : "\"error\"");
    if (!ok) {
      member("error");
      out_(json_string(trouble));
    }
    if (!text.empty()) {
      member("message");
      out_(json_string(text));
    }
    out_("}\n");
  }

 private:
  void member(std::string_view name) {
    out_(std::exchange(begun_, true) ? ",\n " : "{");
    out_(json_string(name) + ": ");
  }

  void close() {
    if (!std::exchange(open_, false)) return;
    if (table_) out_("]");
    if (!table_ && rows_ == 0) out_("null");
  }

  const Out out_;
  bool begun_ = false;
  bool open_ = false;  // a member whose value goes on
  bool table_ = false;
  size_t rows_ = 0;
  std::vector<Heading> columns_;
};

}  // namespace

std::unique_ptr<Printer> make_json_printer(Printer::Out out) {
  return std::make_unique<JsonPrinter>(out);
}

}  // namespace postern
