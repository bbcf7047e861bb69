#include "proxy/tls/certificate_files.h"

#include <string_view>

#include "proxy/base/ascii.h"
#include "proxy/tls/findings.h"

namespace postern {
namespace {

constexpr const char* kCertDirectory = "ssl_cert_dir";
constexpr std::string_view kKinds[] = {"", ".rsa", ".ecdsa"};

struct PairOfNames {
  std::string cert_file;
  std::string key_file;
};

PairOfNames names_of(const CertificateDirectory& directory,
                     const CertificatePlace& place, std::string_view kind) {
  const std::string at = directory.path + "/" + place.disk_name;
  const std::string end = std::string(kind) + ".pem";
  if (!place.folder) return {at + end, at + end};
  return {at + "/fullchain" + end, at + "/privkey" + end};
}

}  // namespace

CertificateDirectory directory_of(const TlsServerOptions& options) {
  return {options.cert_dir, options.passphrase_file, options.passphrase_fd,
          options.open_keys};
}

std::vector<KeyPairSource> pairs_at(const CertificateDirectory& directory,
                                    const CertificatePlace& place) {
  std::vector<KeyPairSource> sources;
  for (const std::string_view kind : kKinds) {
    const auto [cert_file, key_file] = names_of(directory, place, kind);
    if (!FileStamp::of(cert_file).exists()) continue;
    sources.push_back({.cert_setting = kCertDirectory,
                       .key_setting = kCertDirectory,
                       .cert_file = cert_file,
                       .key_file = key_file,
                       .chain_file = {},
                       .passphrase_file = directory.passphrase_file,
                       .passphrase_fd = directory.passphrase_fd,
                       .open_keys = directory.open_keys});
  }
  return sources;
}

std::vector<std::string> files_at(const CertificateDirectory& directory,
                                  const CertificatePlace& place) {
  std::vector<std::string> files;
  // A file that comes or goes changes its folder.
  if (place.folder) files.push_back(directory.path + "/" + place.disk_name);
  for (const std::string_view kind : kKinds) {
    const auto [cert_file, key_file] = names_of(directory, place, kind);
    if (place.folder && !FileStamp::of(cert_file).exists()) continue;
    files.push_back(cert_file);
    if (key_file != cert_file) files.push_back(key_file);
    files.push_back(cert_file + ".ocsp");
  }
  return files;
}

std::shared_ptr<const Shown> load_shown(const CertificateDirectory& directory,
                                        const std::string& name,
                                        const CertificatePlace& place,
                                        TlsProblems& problems) {
  const std::vector<KeyPairSource> sources = pairs_at(directory, place);
  if (sources.empty()) {
    const std::string file = names_of(directory, place, "").cert_file;
    problems.push_back({kCertDirectory, printable(file) + ": cannot be found" +
                                            hint_about_reading(file)});
    return nullptr;
  }
  auto shown = std::make_shared<Shown>();
  shown->identity = "name " + name;
  TlsProblems found;
  for (const KeyPairSource& source : sources)
    shown->pairs.push_back(load_key_pair(source, found));
  const bool usable = !fatal_problem(found);
  problems.insert(problems.end(), found.begin(), found.end());
  return usable ? std::move(shown) : nullptr;
}

}  // namespace postern
