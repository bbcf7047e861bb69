#include "proxy/base/paragraph.h"

#include "proxy/base/ascii.h"

namespace postern {
namespace {

constexpr size_t kWidth = 78;

}  // namespace

std::string paragraph(std::string_view text, size_t indent) {
  std::string out;
  size_t column = kWidth;
  for (const std::string_view word : split(text, ' ')) {
    if (column + 1 + word.size() > kWidth) {
      if (!out.empty()) out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out + '\n';
}

}  // namespace postern
