#include "proxy/admin/request_reader.h"

#include <utility>

#include "proxy/base/words.h"

namespace postern {

std::optional<Result<std::vector<std::string>>> RequestReader::next() {
  if (lost_) return std::nullopt;
  if (const auto line = lines_.next()) {
    line_ = *line;
    return words();
  }
  if (!lines_.too_long()) return std::nullopt;
  line_ = lines_.peek().substr(0, kMaxOctets);
  return lost("a request has at most " + std::to_string(kMaxOctets) +
              " octets");
}

Result<std::vector<std::string>> RequestReader::words() {
  auto split = split_words(line_);
  if (!split) return lost(std::move(split).error().text);
  if (split->size() > kMaxWords)
    return lost("a request has at most " + std::to_string(kMaxWords) +
                " words");
  std::vector<std::string> words;
  for (Word& word : *split)
    words.push_back(std::move(word.text));
  return words;
}

Error RequestReader::lost(std::string why) {
  lost_ = true;
  lines_.clear();
  return Error{Fault::Denied, std::move(why)};
}

}  // namespace postern
