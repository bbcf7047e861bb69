#include "tests/unit/tls/issued.h"

#include <fstream>
#include <stdexcept>
#include <stdlib.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace postern {
namespace {

void must(bool done) {
  if (!done) throw std::runtime_error("cannot make a certificate");
}

KeyPtr make_key(const LeafWish& wish) {
  if (std::string_view(wish.key_type) == "RSA")
    return KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA",
                                    static_cast<size_t>(wish.rsa_bits)));
  return KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* made =
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  must(made != nullptr);
  X509_add_ext(certificate, made, -1);
  X509_EXTENSION_free(made);
}

void add_extensions(X509* certificate, const LeafWish& wish) {
  add_extension(certificate, NID_basic_constraints,
                wish.authority ? "critical,CA:TRUE" : "CA:FALSE");
  add_extension(certificate, NID_key_usage,
                wish.authority ? "keyCertSign,cRLSign"
                               : "digitalSignature,keyEncipherment");
  std::string names;
  for (const std::string& name : wish.alternatives)
    names += (names.empty() ? "" : ",") + name;
  if (!wish.extended_usage.empty())
    add_extension(certificate, NID_ext_key_usage, wish.extended_usage);
  if (!names.empty()) add_extension(certificate, NID_subject_alt_name, names);
}

void set_name(X509_NAME* name, const std::string& common_name) {
  X509_NAME_add_entry_by_txt(
      name, "CN", MBSTRING_UTF8,
      reinterpret_cast<const unsigned char*>(common_name.data()),
      static_cast<int>(common_name.size()), -1, 0);
}

std::string contents(BIO* memory) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory, &bytes);
  return {bytes, static_cast<size_t>(size)};
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern =
      std::filesystem::temp_directory_path() / "postern-tls-XXXXXX";
  must(mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string TemporaryFolder::write(const std::string& name,
                                   const std::string& text) const {
  std::string file = path(name);
  std::ofstream(file, std::ios::binary) << text;
  std::filesystem::permissions(file, std::filesystem::perms::owner_read |
                                         std::filesystem::perms::owner_write);
  return file;
}

std::string Issued::certificate_pem() const {
  const BioPtr memory(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_X509(memory.get(), certificate.get()) == 1);
  return contents(memory.get());
}

std::string Issued::key_pem(const std::string& passphrase) const {
  const BioPtr memory(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_PKCS8PrivateKey(
           memory.get(), key.get(),
           passphrase.empty() ? nullptr : EVP_aes_256_cbc(), passphrase.data(),
           static_cast<int>(passphrase.size()), nullptr, nullptr) == 1);
  return contents(memory.get());
}

Issued issue(const LeafWish& wish, const Issued* issuer) {
  static long serial = 1000;
  constexpr long kDay = 24L * 60 * 60;
  Issued made{CertificatePtr(X509_new()), make_key(wish)};
  X509* certificate = made.certificate.get();
  must(certificate != nullptr && made.key);
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate),
                  wish.valid_from_days * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate),
                  wish.valid_to_days * kDay + 60);
  X509_set_pubkey(certificate, made.key.get());
  set_name(X509_get_subject_name(certificate), wish.common_name);
  X509_set_issuer_name(
      certificate,
      X509_get_subject_name(issuer ? issuer->certificate.get() : certificate));
  add_extensions(certificate, wish);
  must(X509_sign(certificate, issuer ? issuer->key.get() : made.key.get(),
                 EVP_sha256()) > 0);
  return made;
}

std::string revocation_list_pem(const Issued& authority,
                                const std::vector<const Issued*>& revoked) {
  constexpr long kMonth = 30L * 24 * 60 * 60;
  using ListPtr = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;
  using TimePtr = std::unique_ptr<ASN1_TIME, FreeWith<ASN1_TIME_free>>;
  const ListPtr list(X509_CRL_new());
  const TimePtr now(X509_gmtime_adj(nullptr, -60));
  const TimePtr next(X509_gmtime_adj(nullptr, kMonth));
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(),
                           X509_get_subject_name(authority.certificate.get()));
  X509_CRL_set1_lastUpdate(list.get(), now.get());
  X509_CRL_set1_nextUpdate(list.get(), next.get());
  for (const Issued* one : revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(
        entry, X509_get_serialNumber(one->certificate.get()));
    X509_REVOKED_set_revocationDate(entry, now.get());
    must(X509_CRL_add0_revoked(list.get(), entry) == 1);
  }
  must(X509_CRL_sign(list.get(), authority.key.get(), EVP_sha256()) > 0);
  const BioPtr memory(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_X509_CRL(memory.get(), list.get()) == 1);
  return contents(memory.get());
}

TestFiles::TestFiles()
    : authority(issue({.common_name = "Test Authority",
                       .alternatives = {},
                       .authority = true})),
      leaf(issue({}, &authority)),
      ca_file(folder.write("ca.pem", authority.certificate_pem())),
      cert_file(folder.write("cert.pem", leaf.certificate_pem())),
      key_file(folder.write("key.pem", leaf.key_pem())) {}

const TestFiles& test_files() {
  static const TestFiles kFiles;
  return kFiles;
}

}  // namespace postern
