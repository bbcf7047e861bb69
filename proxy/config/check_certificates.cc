#include "proxy/config/check_certificates.h"

#include <cerrno>
#include <fcntl.h>
#include <set>
#include <unistd.h>
#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/base/system_error.h"

namespace postern {
namespace {

using Severity = Problem::Severity;

bool speaks_tls(const ServiceOptions& service) {
  return service.protocol != nullptr &&
         (service.ssl.listen || service.ssl.starttls);
}

// Not access(): that asks for whom we really are.
bool can_read(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file >= 0) close(file);
  return file >= 0 || errno != EACCES;
}

}  // namespace

std::vector<std::string> list_certificates(const Configuration& configuration,
                                           std::vector<Problem>& problems) {
  std::vector<std::string> lines;
  std::set<std::string> directories;  // read once, however many share them
  for (const Section& section : configuration.services) {
    if (!speaks_tls(section.draft.service)) continue;
    TlsServerOptions options = section.draft.service.tls_front;
    if (!directories.insert(options.cert_dir).second) options.cert_dir.clear();
    CertificateReport report = report_certificates(options);
    for (const std::string& found : report.found)
      lines.push_back(section.name + ": " + found);
    for (TlsProblem& problem : report.problems)
      problems.push_back({problem.warning ? Severity::Warning : Severity::Error,
                          section.where(problem.setting), problem.setting,
                          std::move(problem.text)});
  }
  return lines;
}

std::vector<Problem> check_reading(const Configuration& configuration) {
  constexpr size_t kMost = 10;  // all have the same reason
  std::vector<Problem> problems;
  const Section& daemon = configuration.daemon;
  const std::string& user = daemon.draft.server.username;
  std::set<std::string> files;
  for (const Section& section : configuration.services)
    if (speaks_tls(section.draft.service))
      for (std::string& file :
           files_read_again(section.draft.service.tls_front))
        files.insert(std::move(file));
  if (const std::string& keys = daemon.draft.server.tickets.key_file;
      !keys.empty())
    files.insert(keys);
  std::erase_if(files, can_read);
  for (const std::string& file : files) {
    if (problems.size() == kMost) break;
    problems.push_back({Severity::Warning, daemon.where("username"), "username",
                        printable(user) + " may not read " + printable(file) +
                            ", expected that it can: Postern will be " +
                            printable(user) +
                            " when it looks for renewed "
                            "certificates"});
  }
  if (files.size() > kMost)
    problems.push_back({Severity::Warning, daemon.where("username"), "username",
                        printable(user) + " may not read " +
                            std::to_string(files.size() - kMost) +
                            " more files of certificates"});
  return problems;
}

}  // namespace postern
