// Which names a directory of certificates has: read as a whole and kept in
// memory, so that a name nobody has costs no system call.  Files are not opened
// here.
//
//   NAME/fullchain.pem + NAME/privkey.pem    as ACME clients leave them
//   NAME.pem                                 key and certificates in one
//
// Beside them, or instead, fullchain.rsa.pem, fullchain.ecdsa.pem, NAME.rsa.pem
// ... for a second kind of key.  "_.example.org" and "*.example.org" are the
// wildcard *.example.org.

#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/base/file_stamp.h"
#include "proxy/base/result.h"

namespace postern {

// Where the files of one name are.
struct CertificatePlace {
  std::string disk_name;  // as the directory has it
  bool folder = false;    // DIR/disk_name/fullchain.pem
  bool flat = false;      // DIR/disk_name.pem; counts only without a folder
  bool operator==(const CertificatePlace&) const = default;
};

// Immutable once read: any thread.
class CertificateIndex {
 public:
  using Places = std::unordered_map<std::string, CertificatePlace>;

  static Result<CertificateIndex> read(const std::string& directory);

  // By a clean host name or a wildcard; nullptr: there is none.
  const CertificatePlace* find(const std::string& name) const;

  const Places& places() const { return places_; }
  // What lies there and is neither.
  const std::vector<std::string>& strangers() const { return strangers_; }
  const FileStamp& stamp() const { return stamp_; }
  // Read so soon after the directory had changed that a later change may bear
  // the same time.
  bool doubtful() const { return doubtful_; }

 private:
  void take(const std::string& disk_name, bool may_be_folder, bool may_be_flat);

  Places places_;
  std::vector<std::string> strangers_;
  FileStamp stamp_;
  bool doubtful_ = false;
};

}  // namespace postern
