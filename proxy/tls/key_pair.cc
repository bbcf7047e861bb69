#include "proxy/tls/key_pair.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <unistd.h>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "proxy/base/ascii.h"
#include "proxy/base/file.h"
#include "proxy/base/secret.h"
#include "proxy/tls/certificate.h"
#include "proxy/tls/error.h"
#include "proxy/tls/passphrase.h"
#include "proxy/tls/system_trust.h"

namespace postern {
namespace {

constexpr size_t kLargestFile = size_t{1} << 20;
constexpr int kLeastSecurity = 112;  // bits, as RSA 2048 has

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

Result<Secret> find_passphrase(const KeyPairSource& source) {
  if (source.passphrase_fd >= 0)
    return passphrase_of_descriptor(source.passphrase_fd);
  return passphrase_of_file(source.passphrase_file);
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

KeyPtr load_key(const KeyPairSource& source, TlsProblems& problems) {
  Passphrase passphrase;
  auto said = find_passphrase(source);
  const bool by_file = source.passphrase_fd < 0;
  if (said)
    passphrase.text = std::move(*said);
  else
    problems.push_back(
        {by_file ? source.passphrase_setting : "ssl_passphrase_fd",
         said.error().text});
  auto key = read_key(source.key_file, passphrase);
  // One reason is enough if the passphrase could not be read.
  if (!key && said)
    problems.push_back(
        {source.key_setting,
         key.error().text + hint_about_reading(source.key_file)});
  if (!key) return nullptr;
  if (!open_to_others(source.key_file)) return std::move(*key);
  problems.push_back({source.key_setting,
                      printable(source.key_file) +
                          ": everybody on this machine can read or change it: "
                          "chmod o= (or see ssl_allow_open_keys)",
                      source.open_keys});
  return source.open_keys ? std::move(*key) : nullptr;
}

CertificatesPtr load_certificates(const std::string& setting,
                                  const std::string& path,
                                  TlsProblems& problems) {
  auto read = read_certificates(path);
  if (read) return std::move(*read);
  problems.push_back({setting, read.error().text + hint_about_reading(path)});
  return nullptr;
}

// Those of the system, and `more`.
StorePtr trust_with(STACK_OF(X509) * more) {
  if (sk_X509_num(more) <= 0) return system_trust();
  StorePtr store(X509_STORE_new());
  X509_STORE_set_default_paths(store.get());
  for (int i = 0; i < sk_X509_num(more); ++i)
    X509_STORE_add_cert(store.get(), sk_X509_value(more, i));
  return store;
}

// The chain as it has to be sent, nearest issuer first; nothing if it does not
// reach a root of the system's or of the chain file.
CertificatesPtr build_chain(X509* leaf, STACK_OF(X509) * known,
                            STACK_OF(X509) * roots) {
  const StorePtr store = trust_with(roots);
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

void append(STACK_OF(X509) * chain, STACK_OF(X509) * further) {
  for (int i = 0; i < sk_X509_num(further); ++i) {
    X509* one = sk_X509_value(further, i);
    if (X509_cmp(one, sk_X509_value(chain, 0)) == 0) continue;
    X509_up_ref(one);
    sk_X509_push(chain, one);
  }
}

// OpenSSL would look for missing issuers in every handshake; once is enough.
void find_chain(const KeyPairSource& source, CertificatesPtr given,
                CertificatesPtr further, KeyPair& pair) {
  CertificatesPtr chain;
  if (source.complete_chain)
    chain =
        build_chain(sk_X509_value(given.get(), 0), given.get(), further.get());
  if (!chain) {
    chain = std::move(given);
    append(chain.get(), further.get());
  }
  if (sk_X509_num(chain.get()) > 1) {
    pair.issuer.reset(sk_X509_value(chain.get(), 1));
    X509_up_ref(pair.issuer.get());
  }
  drop_ends(chain.get());
  pair.chain = std::move(chain);
}

// What is wrong with them once both have been read; false if they do not belong
// together.
bool examine(const KeyPair& pair, const KeyPairSource& source,
             TlsProblems& problems) {
  const auto note = [&](const std::string& text) {
    problems.push_back(
        {source.cert_setting, printable(source.cert_file) + ": " + text, true});
  };
  const std::string dates = date_problem(pair.leaf.get());
  if (!dates.empty()) note(dates);
  if (!dates.empty()) problems.back().dated = true;
  if (EVP_PKEY_get_security_bits(pair.key.get()) < kLeastSecurity)
    note("the key is weak: " + key_type(pair.key.get()));
  ERR_clear_error();
  if (X509_check_private_key(pair.leaf.get(), pair.key.get()) == 1) return true;
  ERR_clear_error();
  problems.push_back(
      {source.key_setting,
       printable(source.key_file) + ": does not match the certificate"});
  return false;
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

KeyPairSource default_source(const TlsServerOptions& options) {
  return {.cert_setting = "ssl_cert_file",
          .key_setting = "ssl_key_file",
          .cert_file = options.cert_file,
          .key_file = options.key_file,
          .chain_file = options.chain_file,
          .passphrase_file = options.passphrase_file,
          .passphrase_fd = options.passphrase_fd,
          .open_keys = options.open_keys,
          .complete_chain = true};
}

KeyPair load_key_pair(const KeyPairSource& source, TlsProblems& problems) {
  KeyPair pair;
  pair.key = load_key(source, problems);
  auto given =
      load_certificates(source.cert_setting, source.cert_file, problems);
  CertificatesPtr further;
  if (!source.chain_file.empty())
    further =
        load_certificates("ssl_ca_chain_file", source.chain_file, problems);
  if (!given) return pair;
  pair.leaf.reset(sk_X509_value(given.get(), 0));
  X509_up_ref(pair.leaf.get());
  find_chain(source, std::move(given), std::move(further), pair);
  if (pair && !examine(pair, source, problems)) pair.key.reset();
  if (pair)
    pair.staple =
        load_staple(pair.leaf.get(), pair.issuer.get(), source.cert_setting,
                    source.cert_file + ".ocsp", problems);
  return pair;
}

std::string hint_about_reading(const std::string& path) {
  if (path.empty() || geteuid() == 0 || access(path.c_str(), R_OK) == 0 ||
      errno != EACCES)
    return {};
  return " (Postern runs as user " + std::to_string(geteuid()) + ", group " +
         std::to_string(getegid()) + " by now: one of them must be able to)";
}

}  // namespace postern
