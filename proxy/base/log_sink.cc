#include "proxy/base/log_sink.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

// A pipe, socket or terminal that poll() calls writable takes this much
// without blocking (POSIX PIPE_BUF on Linux).
constexpr size_t kSmallPiece = 4096;
// Into a regular file as much goes at once as is worth gathering.
constexpr size_t kLargePiece = 65536;
// How long one attempt waits for a slow reader.
constexpr int kPatience = 20;  // milliseconds
// What every syslog daemon accepts by default.
constexpr size_t kMaxDatagram = 8192;

// Closed when done with, but for the three every process starts with.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  void reset(int number = -1) {
    if (number_ > STDERR_FILENO) close(number_);
    number_ = number;
  }

 private:
  int number_;
};

// Waits a little for a reader that is only slow; never for a regular file.
bool writable(int descriptor) {
  pollfd question{descriptor, POLLOUT, 0};
  return poll(&question, 1, kPatience) == 1 &&
         (question.revents & POLLOUT) != 0;
}

LogSigner signer_of(const std::string& ident) {
  return {ident, getpid()};
}

// stdout, stderr or a file.
class StreamSink final : public LogSink {
 public:
  StreamSink(int file, const std::string& ident)
      : file_(file), signer_(signer_of(ident)) {
    struct stat facts {};
    const bool regular = fstat(file, &facts) == 0 && S_ISREG(facts.st_mode);
    piece_ = regular ? kLargePiece : kSmallPiece;
  }

  size_t write(std::span<const LogRecord> records) override {
    size_t done = 0;
    while (done < records.size()) {
      const size_t finished = write_some(records.subspan(done));
      done += finished;
      if (finished == 0 || begun_ != 0) break;
    }
    return done;
  }

 private:
  // One gathering of lines.  A full disk may take half a line: the other half
  // goes out when there is room.
  size_t write_some(std::span<const LogRecord> records) {
    text_.clear();
    ends_.clear();
    for (const LogRecord& record : records) {
      append_file_line(text_, record, signer_);
      ends_.push_back(text_.size());
      if (text_.size() >= piece_) break;
    }
    const size_t out = begun_ + push(std::string_view(text_).substr(begun_));
    const auto unfinished = std::upper_bound(ends_.begin(), ends_.end(), out);
    const auto finished = static_cast<size_t>(unfinished - ends_.begin());
    begun_ = finished == 0 ? out : out - ends_[finished - 1];
    return finished;
  }

  size_t push(std::string_view bytes) {
    size_t sent = 0;
    while (sent < bytes.size() && writable(file_.number())) {
      const ssize_t size = ::write(file_.number(), bytes.data() + sent,
                                   std::min(bytes.size() - sent, piece_));
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) break;
      sent += static_cast<size_t>(size);
    }
    return sent;
  }

  Descriptor file_;
  LogSigner signer_;
  size_t piece_ = kSmallPiece;
  size_t begun_ = 0;  // octets of the first unfinished line that are out
  std::string text_;
  std::vector<size_t> ends_;  // of each line in text_
};

// Datagrams to the local syslog daemon, one a line.  libc's syslog() is not
// used: it waits for a daemon that does not read.
class SyslogSink final : public LogSink {
 public:
  SyslogSink(std::string path, int facility, const std::string& ident)
      : path_(std::move(path)),
        facility_(facility),
        signer_(signer_of(ident)) {}

  size_t write(std::span<const LogRecord> records) override {
    size_t done = 0;
    while (done < records.size() && send_one(records[done]))
      ++done;
    return done;
  }

 private:
  bool send_one(const LogRecord& record) {
    text_ = '<' +
            std::to_string(facility_ * 8 + kSeverity +
                           static_cast<int>(record.level)) +
            '>';
    append_syslog_line(text_, record, signer_);
    if (text_.size() > kMaxDatagram) text_.resize(kMaxDatagram);
    if (socket_.number() < 0 && !connect_again()) return false;
    if (send_text()) return true;
    if (errno == EAGAIN || errno == ENOBUFS)
      return writable(socket_.number()) && send_text();
    // The daemon was restarted: its old socket is nobody's any more.
    return connect_again() && send_text();
  }

  bool send_text() const {
    return send(socket_.number(), text_.data(), text_.size(),
                MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
  }

  bool connect_again() {
    socket_.reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (socket_.number() < 0) return false;
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    path_.copy(where.sun_path, sizeof where.sun_path - 1);
    if (connect(socket_.number(), reinterpret_cast<const sockaddr*>(&where),
                sizeof where) == 0)
      return true;
    socket_.reset();
    return false;
  }

  // LogLevel::Error is syslog's 3, the others follow in the same order.
  static constexpr int kSeverity = 3;

  const std::string path_;
  const int facility_;
  const LogSigner signer_;
  Descriptor socket_{-1};
  std::string text_;
};

struct Facility {
  std::string_view name;
  int code;
};
// RFC 5424 section 6.2.1, by the names syslog.conf(5) uses.
constexpr Facility kFacilities[] = {
    {"kern", 0},    {"user", 1},    {"mail", 2},      {"daemon", 3},
    {"auth", 4},    {"syslog", 5},  {"lpr", 6},       {"news", 7},
    {"uucp", 8},    {"cron", 9},    {"authpriv", 10}, {"ftp", 11},
    {"local0", 16}, {"local1", 17}, {"local2", 18},   {"local3", 19},
    {"local4", 20}, {"local5", 21}, {"local6", 22},   {"local7", 23}};

std::unique_ptr<LogSink> make_stream(int file, const std::string& ident) {
  return std::make_unique<StreamSink>(file, ident);
}

Error config_error(const std::string& subject, std::string text) {
  return Error{Fault::Config, std::move(text)}.in(printable(subject));
}

// O_NONBLOCK: a FIFO nobody reads must be an error, not a wait.
Result<std::unique_ptr<LogSink>> open_file(const LogOptions& options) {
  const int file = open(
      options.facility.c_str(),
      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
  if (file < 0)
    return config_error(options.facility,
                        std::generic_category().message(errno));
  return make_stream(file, options.ident);
}

Result<std::unique_ptr<LogSink>> open_syslog(const LogOptions& options) {
  const auto* const found =
      std::ranges::find_if(kFacilities, [&](const Facility& facility) {
        return same_text(facility.name, options.facility);
      });
  if (found == std::end(kFacilities))
    return config_error(options.facility,
                        "is not a syslog facility, \"-\", \"+\" or a path");
  if (options.syslog_path.size() >= sizeof(sockaddr_un::sun_path))
    return config_error(options.syslog_path, "is too long for a socket");
  return std::unique_ptr<LogSink>(std::make_unique<SyslogSink>(
      options.syslog_path, found->code, options.ident));
}

}  // namespace

std::unique_ptr<LogSink> make_stderr_sink(const std::string& ident) {
  return make_stream(STDERR_FILENO, ident);
}

Result<std::unique_ptr<LogSink>> open_log_sink(const LogOptions& options) {
  if (options.facility == "+") return make_stderr_sink(options.ident);
  if (options.facility == "-") return make_stream(STDOUT_FILENO, options.ident);
  if (options.facility.starts_with('/')) return open_file(options);
  return open_syslog(options);
}

}  // namespace postern
