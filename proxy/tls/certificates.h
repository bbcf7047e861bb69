// How SNI chooses a certificate: a directory with any number of names, of which
// those that are asked for are kept in memory, the least used leaving first.
//
// By exact name, then by wildcard of one label; who asks for neither is shown
// the service's default.  The names themselves are known in advance
// (certificate_index.h), so that asking for random ones touches no disk and
// grows no memory.  Files are read by the thread that first needs them: two
// small ones, some tenths of a millisecond.

#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/tls/certificate_files.h"
#include "proxy/tls/certificate_index.h"
#include "proxy/tls/context.h"

namespace postern {

// Thread-safe.  One for each directory in the process, shared by all services
// and by the configurations before and after a reload, so that what is served
// stays served.
class Certificates {
 public:
  // `most`: names in memory; the latest caller's word counts.
  static Result<std::shared_ptr<Certificates>> open(
      const CertificateDirectory& directory, size_t most);
  // All that are in use.
  static std::vector<std::shared_ptr<Certificates>> all();

  Certificates(CertificateDirectory directory, CertificateIndex index);
  ~Certificates() = default;
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  // By a clean host name (server_name.h); nullptr: it has none that can be
  // used.
  std::shared_ptr<const Shown> find(const std::string& host);

  // Looks for files that have changed and reads them: what cannot be used
  // changes nothing but is told.  Also tells what find() met.  One thread only.
  std::vector<TlsNews> refresh(bool at_once);

  // "certificate for NAME: expires in 3 days", of those in memory.
  std::vector<std::string> date_warnings() const;
  size_t names() const;      // on disk
  size_t in_memory() const;  // of these

 private:
  struct Held {
    std::string name;
    CertificatePlace place;
    std::shared_ptr<const Shown> shown;  // nullptr: never was any good,
    std::string trouble;                 // and why
    std::chrono::steady_clock::time_point tried;
    WatchedFiles files;  // refresh()'s own
  };
  using Order = std::list<std::shared_ptr<Held>>;

  std::shared_ptr<const Shown> find_listed(const std::string& name);
  std::shared_ptr<const Shown> load(const std::string& name,
                                    const CertificatePlace& place);
  void keep(std::shared_ptr<Held> held);
  std::string trouble_with(const std::string& name) const;
  void bound();
  void note(LogLevel level, std::string text);

  void refresh_index();
  void refresh_held(const std::shared_ptr<Held>& held, bool at_once);
  void replace(Held& held, std::shared_ptr<const Shown> fresh,
               const TlsProblems& problems);
  void forget(const std::string& name);

  const CertificateDirectory directory_;
  mutable std::mutex mutex_;  // guards all that follows
  std::shared_ptr<const CertificateIndex> index_;
  size_t most_ = 0;
  Order order_;  // the latest used first
  std::unordered_map<std::string, Order::iterator> held_;
  std::vector<TlsNews> news_;
  std::string trouble_;  // with the directory, as last told
};

}  // namespace postern
