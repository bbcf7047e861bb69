#include "proxy/server/tls_watch.h"

#include <utility>

namespace postern {

void TlsWatch::follow(std::shared_ptr<const Snapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  for (const auto& service : snapshot_->services) {
    if (!service->front_tls) continue;
    for (const std::string& text : service->front_tls->certificates())
      log_.event(LogLevel::Notice, LogLine("certificate")
                                       .add("service", service->options.name)
                                       .add("is", text));
  }
  warn();
  wait();
}

// What several services share is told once.
void TlsWatch::warn() {
  warned_at_ = loop_.now();
  std::set<std::string> all;
  for (const auto& service : snapshot_->services)
    if (service->front_tls)
      for (std::string& text : service->front_tls->warnings())
        all.insert(std::move(text));
  for (const std::string& text : all)
    log_.say(LogLevel::Warning, text);
}

void TlsWatch::wait() {
  timer_.start(snapshot_->options.tls_watch_ms, [this] {
    constexpr uint64_t kDay = 86400000;
    look(false);
    if (loop_.now() - warned_at_ >= kDay) warn();
    wait();
  });
}

void TlsWatch::look(bool at_once) {
  for (const TlsNews& news : refresh_tls(at_once))
    tell({}, news);
  for (const auto& service : snapshot_->services)
    if (service->front_tls)
      for (const TlsNews& news : service->front_tls->refresh(at_once))
        tell(service->options.name, news);
}

void TlsWatch::tell(const std::string& service, const TlsNews& news) {
  log_.say(news.level,
           (service.empty() ? "" : "service " + service + ": ") + news.text);
}

}  // namespace postern
