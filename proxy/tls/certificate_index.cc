#include "proxy/tls/certificate_index.h"

#include <cerrno>
#include <ctime>
#include <dirent.h>
#include <memory>
#include <optional>
#include <string_view>

#include "proxy/base/ascii.h"
#include "proxy/base/system_error.h"
#include "proxy/tls/server_name.h"

namespace postern {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

// The name a certificate is found by; nothing if this is no host name.
std::optional<std::string> name_on_disk(std::string_view disk_name) {
  const bool wildcard =
      disk_name.starts_with("_.") || disk_name.starts_with("*.");
  if (!wildcard) return clean_host_name(disk_name);
  const auto domain = clean_host_name(disk_name.substr(2));
  if (!domain) return std::nullopt;
  return "*." + *domain;
}

bool changed_lately(const FileStamp& stamp) {
  constexpr int64_t kSecond = 1000000000;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return stamp.modified_ns > (now.tv_sec - 2) * kSecond;
}

}  // namespace

Result<CertificateIndex> CertificateIndex::read(const std::string& directory) {
  CertificateIndex index;
  index.stamp_ = FileStamp::of(directory);
  index.doubtful_ = changed_lately(index.stamp_);
  const std::unique_ptr<DIR, CloseFolder> folder(opendir(directory.c_str()));
  if (!folder)
    return Error{Fault::Config, system_error(errno)}.in(printable(directory));
  // NOLINTNEXTLINE(concurrency-mt-unsafe): a folder of our own
  while (const dirent* each = readdir(folder.get())) {
    const std::string name = each->d_name;
    if (name.starts_with('.')) continue;
    const unsigned char kind = each->d_type;
    index.take(name, kind != DT_REG, kind != DT_DIR);
  }
  return index;
}

void CertificateIndex::take(const std::string& disk_name, bool may_be_folder,
                            bool may_be_flat) {
  std::string_view name = disk_name;
  const bool flat = may_be_flat && name.ends_with(".pem");
  if (flat) {
    name.remove_suffix(4);
    for (const std::string_view kind : {".rsa", ".ecdsa"})
      if (name.ends_with(kind)) {
        name.remove_suffix(kind.size());
        break;
      }
  }
  const bool beside = disk_name.ends_with(".pem.ocsp");
  const auto host = flat || may_be_folder ? name_on_disk(name) : std::nullopt;
  if (!host) {
    if (!beside) strangers_.push_back(disk_name);
    return;
  }
  CertificatePlace& place = places_[*host];
  if (place.disk_name.empty()) place.disk_name = name;
  (flat ? place.flat : place.folder) = true;
}

const CertificatePlace* CertificateIndex::find(const std::string& name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &found->second;
}

}  // namespace postern
