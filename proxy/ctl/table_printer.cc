#include "proxy/ctl/table_printer.h"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/clock.h"
#include "proxy/ctl/value_text.h"

namespace postern {
namespace {

// Rows that are looked at for the width of their columns before the first is
// shown: memory must not grow with the number of sessions.
constexpr size_t kRowsMeasured = 1000;

using Cells = std::vector<std::string>;

// Columns on a terminal: characters, but not the octets that continue one.
size_t width(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & '\xc0') != '\x80'; }));
}

bool to_the_right(Form form) {
  return form == Form::Number || form == Form::Octets || form == Form::Duration;
}

// "config_file" as people write it.
std::string title(const std::string& name, bool upper) {
  std::string text = upper ? to_upper(name) : name;
  std::replace(text.begin(), text.end(), '_', ' ');
  return printable(text);
}

class TablePrinter final : public Printer {
 public:
  TablePrinter(Out out, Out complain) : out_(out), complain_(complain) {}

  void head(bool table, std::string name,
            std::vector<Heading> columns) override {
    flush();
    (void)name;  // the columns say what it is
    table_ = table;
    columns_ = std::move(columns);
    widths_.assign(columns_.size(), 0);
    measured_ = false;
  }

  void row(std::vector<Word> values) override {
    Cells cells;
    for (size_t i = 0; i < columns_.size(); ++i)
      cells.push_back(text_of(values[i], columns_[i].form, now_));
    if (!table_) return record(cells);
    if (measured_) return out_(line(cells));
    rows_.push_back(std::move(cells));
    if (rows_.size() == kRowsMeasured) flush();
  }

  void end(bool ok, std::string_view trouble, std::string_view text) override {
    flush();
    if (text.empty() && ok) return;
    const std::string shown = printable(text.empty() ? trouble : text, 65536);
    if (!ok) return complain_("posternctl: " + shown + "\n");
    separate();
    out_(shown + "\n");
  }

 private:
  // Between two tables, or a table and what is said below it.
  void separate() {
    if (std::exchange(something_, true)) out_("\n");
  }

  void record(const Cells& cells) {
    separate();
    size_t widest = 0;
    for (const Heading& column : columns_)
      widest = std::max(widest, column.name.size());
    for (size_t i = 0; i < cells.size(); ++i) {
      std::string text = title(columns_[i].name, false);
      text.append(widest + 2 - std::min(widest, text.size()), ' ');
      out_(text + cells[i] + "\n");
    }
  }

  // Shows what waits for the widths to be known.
  void flush() {
    if (rows_.empty()) return;
    separate();
    Cells titles;
    for (const Heading& column : columns_)
      titles.push_back(title(column.name, true));
    measure(titles);
    for (const Cells& cells : rows_)
      measure(cells);
    measured_ = true;
    out_(line(titles));
    for (const Cells& cells : std::exchange(rows_, {}))
      out_(line(cells));
  }

  void measure(const Cells& cells) {
    for (size_t i = 0; i < cells.size(); ++i)
      widths_[i] = std::max(widths_[i], width(cells[i]));
  }

  std::string line(const Cells& cells) const {
    std::string text;
    for (size_t i = 0; i < cells.size(); ++i) {
      const size_t size = width(cells[i]);
      const std::string blanks(widths_[i] - std::min(widths_[i], size), ' ');
      const bool right = to_the_right(columns_[i].form);
      text += right ? blanks + cells[i] : cells[i] + blanks;
      text += "  ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text += '\n';
  }

  const Out out_;
  const Out complain_;
  const uint64_t now_ = milliseconds_since_1970();
  bool something_ = false;  // has been shown
  bool table_ = false;
  bool measured_ = false;
  std::vector<Heading> columns_;
  std::vector<size_t> widths_;
  std::vector<Cells> rows_;
};

}  // namespace

std::unique_ptr<Printer> make_table_printer(Printer::Out out,
                                            Printer::Out complain) {
  return std::make_unique<TablePrinter>(out, complain);
}

}  // namespace postern
