// transcripts_test FOLDER…: plays every *.txt in them.  Exits 1 if a
// conversation goes otherwise than written, or there is none.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "proxy/base/file.h"
#include "tests/transcripts/player.h"

namespace {

namespace fs = std::filesystem;
using namespace postern;
using namespace postern::transcripts;

constexpr size_t kLargestFile = 1 << 20;

struct Score {
  int passed = 0;
  int failed = 0;

  void fail(const std::string& text) {
    ++failed;
    std::fputs(text.c_str(), stdout);
  }
};

void play_file(const std::string& path, Score& score) {
  const Result<std::string> text = read_file(path, kLargestFile);
  if (!text) return score.fail(text.error().text + "\n");
  const auto conversations = parse_conversations(*text);
  if (!conversations)
    return score.fail(path + ":" + conversations.error().text + "\n");
  for (const Conversation& each : *conversations) {
    const std::vector<std::string> problems = play(each);
    if (problems.empty()) ++score.passed;
    for (std::string problem : problems)
      score.fail(problem.insert(0, path + ":"));
  }
}

std::vector<std::string> transcripts_in(const char* folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

int main(int argc, char** argv) try {
  Score score;
  for (int i = 1; i < argc; ++i)
    for (const std::string& path : transcripts_in(argv[i]))
      play_file(path, score);
  std::printf("%d conversations passed, %d failures\n", score.passed,
              score.failed);
  return score.failed == 0 && score.passed > 0 ? 0 : 1;
} catch (const std::exception& trouble) {  // a folder that is not there
  std::puts(trouble.what());
  return 1;
}
