#include "proxy/tls/key_pair.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <sys/stat.h>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "proxy/base/ascii.h"
#include "proxy/base/file.h"
#include "proxy/base/secret.h"
#include "proxy/tls/error.h"

namespace postern {
namespace {

constexpr size_t kLargestFile = size_t{1} << 20;

using StorePtr = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
using StoreContextPtr =
    std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;

Result<std::string> read_pem(const std::string& path) {
  if (path.empty()) return Error{Fault::Config, "no file is set"};
  return read_file(path, kLargestFile);
}

BioPtr open_memory(std::string_view bytes) {
  BioPtr bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  if (!bio) throw std::bad_alloc();
  return bio;
}

// The passphrase at hand, and whether OpenSSL wanted it.
struct Passphrase {
  Secret text;
  bool asked = false;
};

// Never prompts: without a passphrase the key cannot be read.
int give_passphrase(char* to, int size, int, void* from) {
  Passphrase& passphrase = *static_cast<Passphrase*>(from);
  passphrase.asked = true;
  const std::string_view text = passphrase.text.view();
  if (text.empty() || text.size() > static_cast<size_t>(size)) return -1;
  std::memcpy(to, text.data(), text.size());
  return static_cast<int>(text.size());
}

Status read_passphrase(const std::string& path, Passphrase& passphrase) {
  if (path.empty()) return Done{};
  auto bytes = read_file(path, kLargestFile);
  if (!bytes) return std::move(bytes).error();
  std::string_view line = *bytes;
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  passphrase.text.append(line);
  wipe(*bytes);
  return Done{};
}

Result<KeyPtr> read_key(const std::string& path, Passphrase& passphrase) {
  auto bytes = read_pem(path);
  if (!bytes) return std::move(bytes).error();
  ERR_clear_error();
  KeyPtr key(PEM_read_bio_PrivateKey(open_memory(*bytes).get(), nullptr,
                                     give_passphrase, &passphrase));
  wipe(*bytes);
  if (key) return key;
  ERR_clear_error();
  const char* why = "holds no private key in PEM";
  if (passphrase.asked)
    why = passphrase.text.empty() ? "is encrypted: it needs a passphrase file"
                                  : "the passphrase is wrong";
  return Error{Fault::Config, why}.in(printable(path));
}

void warn_if_others_read(const std::string& path, TlsProblems& problems) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return;
  if ((file.st_mode & (S_IRGRP | S_IROTH)) == 0) return;
  problems.push_back({"ssl_key_file",
                      printable(path) + ": can be read by others than its "
                                        "owner: chmod 600",
                      true});
}

KeyPtr load_key(const TlsServerOptions& options, TlsProblems& problems) {
  Passphrase passphrase;
  const Status said = read_passphrase(options.passphrase_file, passphrase);
  if (!said) problems.push_back({"ssl_passphrase_file", said.error().text});
  auto key = read_key(options.key_file, passphrase);
  if (key) {
    warn_if_others_read(options.key_file, problems);
    return std::move(*key);
  }
  // One reason is enough if the passphrase could not be read.
  if (said) problems.push_back({"ssl_key_file", key.error().text});
  return nullptr;
}

CertificatesPtr load_certificates(const char* setting, const std::string& path,
                                  TlsProblems& problems) {
  auto read = read_certificates(path);
  if (read) return std::move(*read);
  problems.push_back({setting, read.error().text});
  return nullptr;
}

// The chain as it has to be sent, nearest issuer first; nothing if it does not
// reach a root of the system's or of the chain file.
CertificatesPtr build_chain(X509* leaf, STACK_OF(X509) * known,
                            STACK_OF(X509) * roots) {
  const StorePtr store(X509_STORE_new());
  X509_STORE_set_default_paths(store.get());
  for (int i = 0; i < sk_X509_num(roots); ++i)
    X509_STORE_add_cert(store.get(), sk_X509_value(roots, i));
  const StoreContextPtr walk(X509_STORE_CTX_new());
  X509_STORE_CTX_init(walk.get(), store.get(), leaf, known);
  X509_STORE_CTX_set_flags(walk.get(), X509_V_FLAG_NO_CHECK_TIME);
  CertificatesPtr chain;
  if (X509_verify_cert(walk.get()) == 1)
    chain.reset(X509_STORE_CTX_get1_chain(walk.get()));
  ERR_clear_error();
  return chain;
}

// What clients have anyway: the leaf is sent apart, a root is trusted or not.
void drop_ends(STACK_OF(X509) * chain) {
  X509_free(sk_X509_shift(chain));
  const int last = sk_X509_num(chain) - 1;
  if (last < 0) return;
  if (X509_self_signed(sk_X509_value(chain, last), 0) == 1)
    X509_free(sk_X509_pop(chain));
}

// OpenSSL would look for missing issuers in every handshake; once is enough.
CertificatesPtr complete_chain(CertificatesPtr given, CertificatesPtr further) {
  X509* leaf = sk_X509_value(given.get(), 0);
  CertificatesPtr chain = build_chain(leaf, given.get(), further.get());
  if (!chain) {
    chain = std::move(given);
    for (int i = 0; i < sk_X509_num(further.get()); ++i) {
      X509* one = sk_X509_value(further.get(), i);
      if (X509_cmp(one, sk_X509_value(chain.get(), 0)) == 0) continue;
      X509_up_ref(one);
      sk_X509_push(chain.get(), one);
    }
  }
  drop_ends(chain.get());
  return chain;
}

}  // namespace

Result<CertificatesPtr> read_certificates(const std::string& path) {
  auto bytes = read_pem(path);
  if (!bytes) return std::move(bytes).error();
  const BioPtr pem = open_memory(*bytes);
  CertificatesPtr all(sk_X509_new_null());
  ERR_clear_error();
  while (X509* one = PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr))
    sk_X509_push(all.get(), one);
  const bool at_end =
      ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  std::string why = take_openssl_error();
  if (at_end && sk_X509_num(all.get()) > 0) return all;
  if (at_end) why = "holds no certificate in PEM";
  return Error{Fault::Config, why}.in(printable(path));
}

KeyPair load_key_pair(const TlsServerOptions& options, TlsProblems& problems) {
  KeyPair pair;
  pair.key = load_key(options, problems);
  auto given = load_certificates("ssl_cert_file", options.cert_file, problems);
  CertificatesPtr further;
  if (!options.chain_file.empty())
    further =
        load_certificates("ssl_ca_chain_file", options.chain_file, problems);
  if (!given) return pair;
  pair.leaf.reset(sk_X509_value(given.get(), 0));
  X509_up_ref(pair.leaf.get());
  pair.chain = complete_chain(std::move(given), std::move(further));
  return pair;
}

}  // namespace postern
