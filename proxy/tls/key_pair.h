// A certificate, its key and the certificates that lead to a root: what a
// server shows.  Read from PEM files.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy/tls/context.h"
#include "proxy/tls/openssl_types.h"
#include "proxy/tls/staple.h"

namespace postern {

// Where one is read from, and what else there is to know for that.
struct KeyPairSource {
  // Settings that name the files, for what is said of them.
  std::string cert_setting;
  std::string key_setting;
  std::string passphrase_setting = "ssl_passphrase_file";
  std::string cert_file;
  std::string key_file;  // may be cert_file: both in one
  std::string chain_file;
  std::string passphrase_file;
  int passphrase_fd = -1;
  bool open_keys = false;  // let others read the key
  // Look for missing issuers among the system's authorities.  That takes
  // milliseconds: not while serving.
  bool complete_chain = false;
};

struct KeyPair {
  CertificatePtr leaf;
  CertificatesPtr chain;  // issuers, nearest first, without the root
  CertificatePtr issuer;  // the nearest, even if it is a root; may be unknown
  KeyPtr key;
  std::optional<Staple> staple;  // of the file cert_file.ocsp

  explicit operator bool() const { return leaf && key; }
};

// ssl_cert_file and its companions.
KeyPairSource default_source(const TlsServerOptions& options);

// What is missing from the result, or wrong with it, is named in `problems`.
// Without fatal ones the certificate and the key belong together.
KeyPair load_key_pair(const KeyPairSource& source, TlsProblems& problems);

// Every certificate of a PEM file, at least one.
Result<CertificatesPtr> read_certificates(const std::string& path);

// For errors about files: what to do about one that we may not read because
// root has been left; empty if that is not the reason.
std::string hint_about_reading(const std::string& path);

}  // namespace postern
