// The context of a listening service.

#include <ctime>
#include <mutex>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/tls/certificate.h"
#include "proxy/tls/certificates.h"
#include "proxy/tls/context.h"
#include "proxy/tls/findings.h"
#include "proxy/tls/server_setup.h"
#include "proxy/tls/ssl_engine.h"
#include "proxy/tls/ticket_keys.h"

namespace postern {
namespace {

std::vector<std::string> files_of(const TlsServerOptions& options) {
  return {options.cert_file,      options.cert_file + ".ocsp",
          options.key_file,       options.chain_file,
          options.client_ca_file, options.client_crl_file,
          options.dh_params_file};
}

std::shared_ptr<Certificates> open_directory(const TlsServerOptions& options,
                                             TlsProblems& problems) {
  if (options.cert_dir.empty()) return nullptr;
  auto opened =
      Certificates::open(directory_of(options), options.cert_cache_size);
  if (opened) return std::move(*opened);
  problems.push_back({"ssl_cert_dir", opened.error().text});
  return nullptr;
}

class ServerContext final : public TlsContext {
 public:
  ServerContext(const TlsServerOptions& options, const ServerContext* before,
                TlsProblems& problems)
      : options_(options),
        certificates_(open_directory(options, problems)),
        files_(files_of(options)),
        setup_(std::make_shared<const ServerSetup>(
            options, certificates_, shown_before(before), problems)) {
    for (const TlsProblem& problem : problems)
      if (!problem.dated)
        warnings_.push_back(problem.setting + ": " + problem.text);
  }

  std::unique_ptr<TlsEngine> make_engine(const Endpoint&) const override {
    auto setup = current();
    SSL_CTX* context = setup->context();
    return std::make_unique<SslEngine>(SslEngine::Side::Server, context,
                                       std::move(setup));
  }

  std::vector<TlsNews> refresh(bool at_once) const override;
  std::vector<std::string> certificates() const override;
  bool valid_now() const override {
    return all_valid_now(*current()->fallback());
  }
  std::vector<std::string> warnings() const override;

 private:
  std::shared_ptr<const ServerSetup> current() const {
    const std::lock_guard lock(mutex_);
    return setup_;
  }
  // By a context that was made of the same files.
  std::shared_ptr<const Shown> shown_before(const ServerContext* before) const {
    const bool same = before != nullptr &&
                      before->options_.cert_file == options_.cert_file &&
                      before->options_.key_file == options_.key_file;
    return same ? before->current()->fallback() : nullptr;
  }
  std::vector<TlsNews> replace(std::shared_ptr<const ServerSetup> fresh,
                               const TlsProblems& problems) const;

  const TlsServerOptions options_;
  const std::shared_ptr<Certificates> certificates_;
  std::vector<std::string> warnings_;  // from when it was made
  mutable WatchedFiles files_;         // refresh()'s own
  mutable std::mutex mutex_;           // guards setup_
  mutable std::shared_ptr<const ServerSetup> setup_;
};

std::vector<TlsNews> ServerContext::refresh(bool at_once) const {
  if (!files_.changed(at_once)) return {};
  TlsProblems problems;
  auto fresh = std::make_shared<const ServerSetup>(options_, certificates_,
                                                   nullptr, problems);
  return replace(std::move(fresh), problems);
}

std::vector<TlsNews> ServerContext::replace(
    std::shared_ptr<const ServerSetup> fresh,
    const TlsProblems& problems) const {
  constexpr const char* kOld = "; the old certificate is served";
  if (const auto fatal = fatal_problem(problems))
    return {{LogLevel::Error, fatal->text + kOld}};
  const bool worse = all_valid_now(*current()->fallback()) &&
                     !all_valid_now(*fresh->fallback());
  std::vector<TlsNews> news;
  for (const TlsProblem& problem : problems)
    news.push_back(
        {worse ? LogLevel::Error : LogLevel::Warning,
         problem.setting + ": " + problem.text + (worse ? kOld : "")});
  if (worse) return news;
  news.push_back({LogLevel::Notice,
                  "certificate renewed: " + describe(*fresh->fallback())});
  const std::lock_guard lock(mutex_);
  setup_ = std::move(fresh);
  return news;
}

std::vector<std::string> ServerContext::certificates() const {
  std::vector<std::string> all;
  for (const KeyPair& pair : current()->fallback()->pairs)
    all.push_back(printable(options_.cert_file) + ": " +
                  describe_certificate(pair.leaf.get()));
  if (certificates_)
    all.push_back(printable(options_.cert_dir) + ": " +
                  std::to_string(certificates_->names()) + " names");
  return all;
}

std::vector<std::string> ServerContext::warnings() const {
  std::vector<std::string> all = warnings_;
  for (const KeyPair& pair : current()->fallback()->pairs)
    if (const std::string problem = date_problem(pair.leaf.get());
        !problem.empty())
      all.push_back("ssl_cert_file: " + printable(options_.cert_file) + ": " +
                    problem);
  if (!certificates_) return all;
  for (std::string& warning : certificates_->date_warnings())
    all.push_back(std::move(warning));
  return all;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::server(
    const TlsServerOptions& options, const TlsContext* before) {
  TlsProblems problems;
  auto made = std::make_shared<const ServerContext>(
      options, dynamic_cast<const ServerContext*>(before), problems);
  if (auto fatal = fatal_problem(problems)) return std::move(*fatal);
  return std::shared_ptr<const TlsContext>(std::move(made));
}

TlsProblems check_tls(const TlsServerOptions& options) {
  TlsProblems problems;
  const ServerContext tried(options, nullptr, problems);
  return problems;
}

std::vector<TlsNews> refresh_tls(bool at_once) {
  std::vector<TlsNews> news;
  for (const auto& directory : Certificates::all())
    for (TlsNews& one : directory->refresh(at_once))
      news.push_back(std::move(one));
  for (TlsNews& one : TicketKeys::shared().refresh(at_once, time(nullptr)))
    news.push_back(std::move(one));
  return news;
}

}  // namespace postern
