#include "proxy/base/log.h"

#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/unit/temp_dir.h"

using namespace postern;

namespace {

// Waits for another thread; the bound only ends a test that has failed.
bool eventually(const std::function<bool()>& true_now) {
  for (int i = 0; i < 3000; ++i) {
    if (true_now()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

LogOptions to_file(const std::string& path) {
  LogOptions options;
  options.facility = path;
  return options;
}

// A line without what differs from run to run: digits become 0, except in
// "level=" and what follows.
std::string shape(std::string_view line) {
  std::string out(line);
  for (char& c : out)
    if (c >= '0' && c <= '9') c = '0';
  return out;
}

// The line without "ts=<24 octets> ".
std::string without_time(const std::string& line) {
  CHECK(shape(line).starts_with("ts=0000-00-00T00:00:00.000Z "));
  return line.substr(28);
}

// "Nov 21 10:00:00 " is 16 octets; the rest of the line.
std::string without_date(const std::string& line) {
  CHECK(shape(line).substr(6, 10) == " 00:00:00 ");
  return line.substr(16);
}

std::string pid() {
  return std::to_string(getpid());
}

// The socket a syslog daemon listens on.
class Syslogd {
 public:
  explicit Syslogd(const std::string& path)
      : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    unlink(path.c_str());
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    path.copy(where.sun_path, sizeof where.sun_path - 1);
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) ==
            0);
  }
  ~Syslogd() { close(socket_); }
  Syslogd(const Syslogd&) = delete;
  Syslogd& operator=(const Syslogd&) = delete;

  // The next datagram, if there is one.
  std::string receive() {
    char text[16384];
    const ssize_t size = recv(socket_, text, sizeof text, 0);
    return size < 0 ? "" : std::string(text, static_cast<size_t>(size));
  }
  std::string wait() {
    std::string text;
    CHECK(eventually([&] { return !(text = receive()).empty(); }));
    return text;
  }

 private:
  int socket_;
};

// A FIFO with both ends open and no room left.
class FullPipe {
 public:
  explicit FullPipe(const std::string& path) {
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    reader_ = open(path.c_str(), O_RDONLY | O_NONBLOCK);
    writer_ = open(path.c_str(), O_WRONLY | O_NONBLOCK);
    fill();
  }
  ~FullPipe() {
    close(reader_);
    close(writer_);
  }
  FullPipe(const FullPipe&) = delete;
  FullPipe& operator=(const FullPipe&) = delete;

  void fill() const {
    const std::string junk(4096, '\n');
    while (write(writer_, junk.data(), junk.size()) > 0) {}
  }
  std::string drain() const {
    std::string text;
    char piece[4096];
    for (ssize_t size = 0; (size = read(reader_, piece, sizeof piece)) > 0;)
      text.append(piece, static_cast<size_t>(size));
    return text;
  }

 private:
  int reader_;
  int writer_;
};

LogOptions to_syslog(const std::string& path) {
  LogOptions options;
  options.facility = "mail";
  options.syslog_path = path;
  return options;
}

void write_until_lost(Log& log) {
  for (int i = 0; i < 1000000 && log.lost() == 0; ++i)
    log.say(LogLevel::Info, "line " + std::to_string(i));
  REQUIRE(log.lost() > 0);
}

bool ends_with_the_loss(std::string_view text, uint64_t lost) {
  return text.ends_with("level=warning msg=\"" + std::to_string(lost) +
                        " log lines lost\"");
}

}  // namespace

TEST_CASE("a file gets logfmt lines, flushed at the end") {
  const TempDir dir;
  {
    Log log(to_file(dir.path("log")));
    REQUIRE(log.open());
    log.say(LogLevel::Warning, "reload: 2 \"problems\"\n");
    log.event(LogLevel::Notice, LogLine("login").add("user", "jane"));
    log.say(LogLevel::Debug, "not wanted");
    log.event(LogLevel::Debug, LogLine("not_wanted"));
    log.raw(LogLevel::Debug, "x", "not wanted");
  }
  const auto lines = lines_of(dir.path("log"));
  REQUIRE(lines.size() == 2);
  CHECK(without_time(lines[0]) ==
        "level=warning msg=\"reload: 2 \\\"problems\\\"\\x0a\"");
  CHECK(without_time(lines[1]) == "level=notice event=login user=jane");
  struct stat facts {};
  REQUIRE(stat(dir.path("log").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07137) == 0);  // 0640 and no more
}

TEST_CASE("json lines are whole objects") {
  const TempDir dir;
  {
    LogOptions options = to_file(dir.path("log"));
    options.format = LogFormat::Json;
    Log log(options);
    CHECK(log.format() == LogFormat::Json);
    REQUIRE(log.open());
    log.say(LogLevel::Error, "it's \"over\"");
    log.event(LogLevel::Info, LogLine("end").add("sent", uint64_t{7}));
  }
  const auto lines = lines_of(dir.path("log"));
  REQUIRE(lines.size() == 2);
  CHECK(shape(lines[0].substr(0, 34)) ==
        R"({"ts":"0000-00-00T00:00:00.000Z",")");
  CHECK(lines[0].substr(33) == R"("level":"error","msg":"it's \"over\""})");
  CHECK(lines[1].substr(33) == R"("level":"info","event":"end","sent":7})");
}

TEST_CASE("Perdition's lines carry an ident of their own") {
  const TempDir dir;
  {
    LogOptions options = to_file(dir.path("log"));
    options.format = LogFormat::Perdition;
    Log log(options);
    REQUIRE(log.open());
    log.raw(LogLevel::Notice, "perdition.imap4s", "Auth: …");
    log.say(LogLevel::Info, "reload: done");
    log.event(LogLevel::Info, LogLine("backend_failed").add("backend", "a b"));
    // A caller that forgot to escape still cannot write two lines.
    log.raw(LogLevel::Info, "perdition.pop3", "a\r\nb");
  }
  const auto lines = lines_of(dir.path("log"));
  REQUIRE(lines.size() == 4);
  CHECK(without_date(lines[0]) == "perdition.imap4s[" + pid() + "]: Auth: …");
  CHECK(without_date(lines[1]) == "postern[" + pid() + "]: reload: done");
  CHECK(without_date(lines[2]) ==
        "postern[" + pid() + "]: event=backend_failed backend=\"a b\"");
  CHECK(without_date(lines[3]) ==
        "perdition.pop3[" + pid() + "]: a\\x0d\\x0ab");
}

TEST_CASE("lines go to stderr until the log is open") {
  const TempDir dir;
  const int saved = dup(STDERR_FILENO);
  const int file = open(dir.path("err").c_str(), O_WRONLY | O_CREAT, 0600);
  dup2(file, STDERR_FILENO);
  { Log(to_file(dir.path("log"))).say(LogLevel::Error, "early"); }
  dup2(saved, STDERR_FILENO);
  close(saved);
  close(file);
  const auto lines = lines_of(dir.path("err"));
  REQUIRE(lines.size() == 1);
  CHECK(without_time(lines[0]) == "level=error msg=early");
  CHECK_FALSE(std::filesystem::exists(dir.path("log")));
}

TEST_CASE("what cannot be opened is said, and the old sink stays") {
  const TempDir dir;
  Log log(to_file(dir.path("log")));
  REQUIRE(log.open());
  const Status bogus = log.reopen(to_file("bogus"));
  CHECK(bogus.error().fault == Fault::Config);
  CHECK(bogus.error().text ==
        "bogus: is not a syslog facility, \"-\", \"+\" or a path");
  CHECK(log.reopen(to_file(dir.path("no/log"))).error().text ==
        dir.path("no/log") + ": No such file or directory");
  // T9: a FIFO nobody reads would stop us at open().
  REQUIRE(mkfifo(dir.path("fifo").c_str(), 0600) == 0);
  LogOptions other = to_file(dir.path("fifo"));
  other.least = LogLevel::Debug;
  CHECK_FALSE(log.reopen(other));
  CHECK_FALSE(log.wants(LogLevel::Debug));
  CHECK_FALSE(log.reopen(to_syslog("/" + std::string(200, 'x'))));
  log.say(LogLevel::Info, "still here");
  CHECK(eventually([&] { return lines_of(dir.path("log")).size() == 1; }));
}

TEST_CASE("rotation") {
  const TempDir dir;
  {
    Log log(to_file(dir.path("log")));
    REQUIRE(log.open());
    log.say(LogLevel::Info, "one");
    CHECK(eventually([&] { return lines_of(dir.path("log")).size() == 1; }));
    std::filesystem::rename(dir.path("log"), dir.path("log.1"));
    LogOptions options = to_file(dir.path("log"));
    options.least = LogLevel::Debug;
    options.format = LogFormat::Json;
    REQUIRE(log.reopen(options));
    CHECK(log.wants(LogLevel::Debug));
    log.say(LogLevel::Debug, "two");
  }
  CHECK(lines_of(dir.path("log.1")).size() == 1);
  const auto lines = lines_of(dir.path("log"));
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].ends_with(R"("level":"debug","msg":"two"})"));
}

TEST_CASE("a full device loses lines, counts them and owns up") {
  const TempDir dir;
  uint64_t lost = 0;
  {
    LogOptions options = to_file("/dev/full");
    options.queue_bytes = 4096;
    Log log(options);
    REQUIRE(log.open());
    write_until_lost(log);
    lost = log.lost();
    REQUIRE(log.reopen(to_file(dir.path("log"))));
  }
  const auto lines = lines_of(dir.path("log"));
  REQUIRE(lines.size() >= 2);
  CHECK(lines.front().ends_with("msg=\"line 0\""));
  CHECK(ends_with_the_loss(lines.back(), lost));
}

TEST_CASE("a line the disk took half of is finished later") {
  const TempDir dir;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  {
    Log log(to_file(dir.path("log")));
    REQUIRE(log.open());
    rlimit tight = before;
    tight.rlim_cur = 100;
    setrlimit(RLIMIT_FSIZE, &tight);
    for (int i = 0; i < 20; ++i)
      log.say(LogLevel::Info, "line " + std::to_string(i));
    CHECK(eventually(
        [&] { return std::filesystem::file_size(dir.path("log")) == 100; }));
    setrlimit(RLIMIT_FSIZE, &before);
  }
  const auto lines = lines_of(dir.path("log"));
  REQUIRE(lines.size() == 20);
  for (size_t i = 0; i < lines.size(); ++i)
    CHECK(without_time(lines[i]) ==
          "level=info msg=\"line " + std::to_string(i) + "\"");
}

TEST_CASE("a pipe that is not read holds nobody up") {
  const TempDir dir;
  FullPipe pipe(dir.path("fifo"));
  LogOptions options = to_file(dir.path("fifo"));
  options.queue_bytes = 4096;
  {
    Log log(options);
    REQUIRE(log.open());
    write_until_lost(log);
    const uint64_t lost = log.lost();
    std::string text;
    CHECK(eventually([&] {
      text += pipe.drain();
      return text.ends_with('\n') &&
             ends_with_the_loss(text.substr(0, text.size() - 1), lost);
    }));
    CHECK(text.find("msg=\"line 0\"\n") != std::string::npos);
    pipe.fill();
    log.say(LogLevel::Info, "never read");
  }  // ends nevertheless
  CHECK(pipe.drain().find("never read") == std::string::npos);
}

TEST_CASE("syslog gets datagrams with priority and tag") {
  const TempDir dir;
  Syslogd daemon(dir.path("sock"));
  Log log(to_syslog(dir.path("sock")));
  REQUIRE(log.open());
  log.say(LogLevel::Info, "hello");
  log.raw(LogLevel::Error, "perdition.pop3", "Fatal Error");
  log.say(LogLevel::Info, std::string(2000, '"'));
  const std::string first = daemon.wait();
  CHECK(first.substr(0, 4) == "<22>");  // mail.info
  CHECK(without_date(first.substr(4)) ==
        "postern[" + pid() + "]: level=info msg=hello");
  const std::string second = daemon.wait();
  CHECK(second.substr(0, 4) == "<19>");  // mail.err
  CHECK(without_date(second.substr(4)) ==
        "perdition.pop3[" + pid() + "]: Fatal Error");
  CHECK(daemon.wait().size() <= 8192);
}

TEST_CASE("a syslog daemon may come late, restart and get stuck") {
  const TempDir dir;
  LogOptions options = to_syslog(dir.path("sock"));
  options.queue_bytes = 65536;
  Log log(options);
  REQUIRE(log.open());
  log.say(LogLevel::Info, "before there was one");
  {
    Syslogd daemon(dir.path("sock"));
    CHECK(daemon.wait().ends_with("msg=\"before there was one\""));
  }
  Syslogd daemon(dir.path("sock"));
  log.say(LogLevel::Info, "after it was restarted");
  CHECK(daemon.wait().ends_with("msg=\"after it was restarted\""));

  write_until_lost(log);
  const uint64_t lost = log.lost();
  std::string last;
  CHECK(eventually([&] {
    for (std::string next = daemon.receive(); !next.empty();
         next = daemon.receive())
      last = next;
    return ends_with_the_loss(last, lost);
  }));
}

TEST_CASE("many threads, whole lines") {
  const TempDir dir;
  constexpr size_t kThreads = 4;
  constexpr uint64_t kLines = 500;
  {
    Log log(to_file(dir.path("log")));
    REQUIRE(log.open());
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (uint64_t t = 0; t < kThreads; ++t)
      threads.emplace_back([&log, t] {
        for (uint64_t i = 0; i < kLines; ++i)
          log.event(LogLevel::Info, LogLine("e").add("n", t * kLines + i));
      });
    for (int i = 0; i < 20; ++i)
      CHECK(log.reopen(to_file(dir.path("log"))));
    for (std::thread& thread : threads)
      thread.join();
    CHECK(log.lost() == 0);
  }
  std::set<std::string> different;
  for (const std::string& line : lines_of(dir.path("log")))
    different.insert(without_time(line));
  CHECK(different.size() == kThreads * kLines);
}
