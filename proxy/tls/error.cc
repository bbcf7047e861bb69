#include "proxy/tls/error.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "proxy/base/ascii.h"

namespace postern {
namespace {

struct Words {
  int library;
  int reason;
  const char* text;
};

// What is not listed keeps OpenSSL's own words.
constexpr Words kReasons[] = {
    {ERR_LIB_SSL, SSL_R_NO_SHARED_CIPHER, "no shared cipher"},
    {ERR_LIB_SSL, SSL_R_NO_SUITABLE_KEY_SHARE, "no shared key exchange group"},
    {ERR_LIB_SSL, SSL_R_NO_SHARED_GROUPS, "no shared key exchange group"},
    {ERR_LIB_SSL, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
     "no shared signature algorithm"},
    {ERR_LIB_SSL, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS,
     "no shared signature algorithm"},
    {ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL,
     "the peer speaks no version of TLS that is allowed"},
    {ERR_LIB_SSL, SSL_R_VERSION_TOO_LOW,
     "the peer speaks too old a version of TLS"},
    {ERR_LIB_SSL, SSL_R_WRONG_SSL_VERSION,
     "the peer speaks no version of TLS that is allowed"},
    {ERR_LIB_SSL, SSL_R_INAPPROPRIATE_FALLBACK,
     "the client fell back to an older version than both sides speak"},
    {ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER, "not TLS"},
    {ERR_LIB_SSL, SSL_R_HTTP_REQUEST, "HTTP request on a TLS port"},
    {ERR_LIB_SSL, SSL_R_HTTPS_PROXY_REQUEST, "HTTP request on a TLS port"},
    {ERR_LIB_SSL, SSL_R_NO_APPLICATION_PROTOCOL,
     "the client wants another protocol"},
    {ERR_LIB_SSL, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC,
     "damaged or forged record"},
    {ERR_LIB_SSL, SSL_R_RECORD_TOO_SMALL, "too many empty records"},
    {ERR_LIB_SSL, SSL_R_TOO_MANY_WARN_ALERTS, "too many warning alerts"},
    {ERR_LIB_SSL, SSL_R_DATA_LENGTH_TOO_LONG, "record too long"},
    {ERR_LIB_SSL, SSL_R_ENCRYPTED_LENGTH_TOO_LONG, "record too long"},
    {ERR_LIB_SSL, SSL_R_PACKET_LENGTH_TOO_LONG, "record too long"},
    {ERR_LIB_SSL, SSL_R_EXCESSIVE_MESSAGE_SIZE, "handshake message too long"},
    {ERR_LIB_SSL, SSL_R_UNEXPECTED_MESSAGE,
     "message out of order in the handshake"},
    {ERR_LIB_SSL, SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
     "the client sent no certificate"},
    {ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED,
     "certificate verification failed"},
    {ERR_LIB_SSL, SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED,
     "the peer does not know secure renegotiation (RFC 5746)"},
    {ERR_LIB_SSL, SSL_R_EE_KEY_TOO_SMALL, "the key is too weak"},
    {ERR_LIB_SSL, SSL_R_CA_KEY_TOO_SMALL,
     "the key of a certificate in the chain is too weak"},
    {ERR_LIB_SSL, SSL_R_CA_MD_TOO_WEAK,
     "the signature of a certificate is too weak"},
    {ERR_LIB_SSL, SSL_R_NO_CIPHER_MATCH, "selects no cipher"},
    {ERR_LIB_SSL, SSL_R_INVALID_COMMAND, "is not a cipher list"},
    {ERR_LIB_PEM, PEM_R_BAD_END_LINE, "PEM is damaged"},
    {ERR_LIB_PEM, PEM_R_BAD_BASE64_DECODE, "PEM is damaged"},
};

struct VerifyWords {
  int code;
  const char* text;
};

constexpr VerifyWords kVerifyErrors[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, "certificate expired"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "certificate not yet valid"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "self-signed certificate"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
     "the chain ends in a certificate authority that is not trusted"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
     "the issuer's certificate is missing from the chain"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
     "the issuer is not trusted or missing from the chain"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
     "the issuer is not trusted or missing from the chain"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG,
     "the chain is longer than the verify depth"},
    {X509_V_ERR_CERT_REVOKED, "certificate revoked"},
    {X509_V_ERR_UNABLE_TO_GET_CRL,
     "there is no revocation list of the certificate's issuer"},
    {X509_V_ERR_CRL_HAS_EXPIRED, "the issuer's revocation list is out of date"},
    {X509_V_ERR_CRL_NOT_YET_VALID,
     "the issuer's revocation list is not valid yet"},
    {X509_V_ERR_INVALID_PURPOSE, "certificate is not meant for servers"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, "the certificate's key is too weak"},
    {X509_V_ERR_CA_KEY_TOO_SMALL,
     "the key of a certificate in the chain is too weak"},
    {X509_V_ERR_CA_MD_TOO_WEAK, "the signature of a certificate is too weak"},
};

std::string reason_words(unsigned long error) {
  const int library = ERR_GET_LIB(error);
  const int reason = ERR_GET_REASON(error);
  for (const Words& row : kReasons)
    if (row.library == library && row.reason == reason) return row.text;
  if (library == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET)
    return "alert " +
           to_lower(SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET)) +
           " from the peer";
  const char* text = ERR_reason_error_string(error);
  return text != nullptr ? text : "OpenSSL error " + std::to_string(error);
}

}  // namespace

std::string take_openssl_error() {
  const unsigned long oldest = ERR_peek_error();
  std::string words = oldest == 0 ? "unknown reason" : reason_words(oldest);
  ERR_clear_error();
  return words;
}

std::string verify_error(int code) {
  for (const VerifyWords& row : kVerifyErrors)
    if (row.code == code) return row.text;
  return X509_verify_cert_error_string(code);
}

}  // namespace postern
