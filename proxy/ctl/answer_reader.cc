#include "proxy/ctl/answer_reader.h"

#include <utility>

namespace postern {

std::optional<int> AnswerReader::feed(std::string_view line) {
  auto words = split_words(line);
  if (!words || words->empty()) return std::nullopt;
  const std::string kind = words->front().text;
  const auto word = [&](size_t place) {
    return place < words->size() ? (*words)[place].text : std::string();
  };
  if (kind == "ok") {
    printer_.end(true, {}, word(1));
    return 0;
  }
  if (kind == "error") {
    printer_.end(false, word(1), word(2));
    return exit_status(word(1));
  }
  if (kind == "facts" || kind == "table") {
    head(kind == "table", *words);
  } else if (kind == "row" && columns_ != 0) {
    words->erase(words->begin());
    words->resize(columns_, Word{"-", false});
    printer_.row(std::move(*words));
  }
  return std::nullopt;
}

void AnswerReader::head(bool table, const std::vector<Word>& words) {
  std::vector<Heading> columns;
  for (size_t i = 2; i < words.size(); ++i) {
    const std::string& text = words[i].text;
    const size_t colon = text.rfind(':');
    const auto form = colon == std::string::npos
                          ? std::nullopt
                          : parse_form(text.substr(colon + 1));
    columns.push_back({text.substr(0, colon), form.value_or(Form::Text)});
  }
  columns_ = columns.size();
  if (columns_ != 0) printer_.head(table, words[1].text, std::move(columns));
}

}  // namespace postern
