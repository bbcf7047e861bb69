// What --check has to say about certificates: all of them are read, those of a
// directory too.

#include <algorithm>
#include <map>

#include <openssl/x509v3.h>

#include "proxy/base/ascii.h"
#include "proxy/tls/certificate.h"
#include "proxy/tls/certificate_files.h"
#include "proxy/tls/context.h"

namespace postern {
namespace {

constexpr const char* kSetting = "ssl_cert_dir";

// "*.example.org" is for any name there; one of them will do.
bool is_for(X509* leaf, const std::string& name) {
  const std::string host =
      name.starts_with('*') ? "any" + name.substr(1) : name;
  return X509_check_host(leaf, host.data(), host.size(),
                         X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

class DirectoryCheck {
 public:
  DirectoryCheck(CertificateDirectory directory, CertificateReport& report)
      : directory_(std::move(directory)), report_(report) {}

  void run() {
    const auto index = CertificateIndex::read(directory_.path);
    if (!index) return;  // has been said
    for (const std::string& stranger : index->strangers())
      warn(stranger, "neither NAME.pem nor the folder of a host name");
    const std::map<std::string, CertificatePlace> sorted(
        index->places().begin(), index->places().end());
    for (const auto& [name, place] : sorted)
      examine(name, place);
    if (sorted.empty()) warn("", "no name in it");
  }

 private:
  void warn(const std::string& file, const std::string& text) {
    const std::string path = directory_.path + (file.empty() ? "" : "/") + file;
    report_.problems.push_back({kSetting, printable(path) + ": " + text, true});
  }

  void examine(const std::string& name, const CertificatePlace& place) {
    if (place.folder && place.flat)
      warn(place.disk_name + ".pem", "not used, there is a folder too");
    const auto shown = load_shown(directory_, name, place, report_.problems);
    if (!shown) return;
    for (const KeyPair& pair : shown->pairs) {
      report_.found.push_back(
          printable(directory_.path + "/" + place.disk_name) + ": " +
          describe_certificate(pair.leaf.get()));
      if (!is_for(pair.leaf.get(), name))
        warn(place.disk_name, "is for " +
                                  certificate_names_text(pair.leaf.get()) +
                                  ", not for " + name);
    }
  }

  const CertificateDirectory directory_;
  CertificateReport& report_;
};

}  // namespace

CertificateReport report_certificates(const TlsServerOptions& options) {
  CertificateReport report;
  if (!options.cert_dir.empty())
    DirectoryCheck(directory_of(options), report).run();
  if (options.cert_file.empty()) return report;
  if (const auto all = read_certificates(options.cert_file))
    report.found.push_back(printable(options.cert_file) + ": " +
                           describe_certificate(sk_X509_value(all->get(), 0)));
  return report;
}

std::vector<std::string> files_read_again(const TlsServerOptions& options) {
  std::vector<std::string> files;
  const auto add = [&](const std::string& path) {
    if (FileStamp::of(path).exists()) files.push_back(path);
  };
  for (const std::string& path :
       {options.cert_file, options.key_file, options.chain_file,
        options.client_ca_file, options.client_crl_file, options.dh_params_file,
        options.passphrase_file})
    add(path);
  const CertificateDirectory directory = directory_of(options);
  const auto index = CertificateIndex::read(directory.path);
  if (!index) return files;
  for (const auto& [name, place] : index->places())
    for (const KeyPairSource& pair : pairs_at(directory, place)) {
      add(pair.cert_file);
      if (pair.key_file != pair.cert_file) add(pair.key_file);
    }
  return files;
}

}  // namespace postern
