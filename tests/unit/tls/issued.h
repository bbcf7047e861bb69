// Certificates for tests, made on the spot: a private authority and leaves with
// whatever is to be wrong with them.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "proxy/tls/openssl_types.h"

namespace postern {

// A directory of its own, gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string path(const std::string& name) const { return folder_ / name; }
  // Writes a file only its owner can read; its path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path folder_;
};

struct LeafWish {
  std::string common_name = "mail.example";
  // As OpenSSL's configuration has them: "DNS:mail.example", "IP:192.0.2.1".
  std::vector<std::string> alternatives = {"DNS:mail.example"};
  int valid_from_days = -1;
  int valid_to_days = 90;
  const char* key_type = "EC";  // or "RSA"
  unsigned rsa_bits = 2048;
  bool authority = false;
  std::string extended_usage;  // "clientAuth"
};

struct Issued {
  CertificatePtr certificate;
  KeyPtr key;

  std::string certificate_pem() const;
  // Encrypted if there is a passphrase.
  std::string key_pem(const std::string& passphrase = {}) const;
};

// Signed by `issuer`, or by itself without one.
Issued issue(const LeafWish& wish, const Issued* issuer = nullptr);

// Of `authority`, valid for a month, naming `revoked`.
std::string revocation_list_pem(const Issued& authority,
                                const std::vector<const Issued*>& revoked);

// An authority and a leaf of its for mail.example, as files.
struct TestFiles {
  TestFiles();

  TemporaryFolder folder;
  Issued authority;
  Issued leaf;
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
};

// One set of them for all who do not care which.
const TestFiles& test_files();

}  // namespace postern
