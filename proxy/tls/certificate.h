// What an administrator wants to know about a certificate.

#pragma once

#include <string>
#include <vector>

#include <openssl/x509.h>

namespace postern {

// DNS names and IP addresses it is for; its common name only if it has no
// subjectAltName at all.
std::vector<std::string> certificate_names(X509* certificate);

// The names for a log line, the first few of many.
std::string certificate_names_text(X509* certificate);

// Its subject's common name; the first of its other names if it has none;
// empty if it has none of those.
std::string certificate_owner(X509* certificate);

// Other names of one kind (GEN_DNS, GEN_EMAIL), as they may be printed.
std::vector<std::string> names_of_kind(X509* certificate, int kind);

// SHA-256 in lower-case hex digits.
std::string fingerprint(const X509* certificate);

// "RSA 2048", "ECDSA P-256", "ED25519".
std::string key_type(const EVP_PKEY* key);

// "mail.example, *.example (ECDSA P-256, 83 days left)"
std::string describe_certificate(X509* certificate);

// Neither too early nor too late for it.
bool valid_now(const X509* certificate);

// What is wrong with its dates, soon or now; empty if nothing is.
std::string date_problem(const X509* certificate);

}  // namespace postern
