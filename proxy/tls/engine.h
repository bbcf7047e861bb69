// TLS without sockets: ciphertext and plaintext in, the other out.  One engine
// per connection side, owned by its transport, one thread.  Nothing is buffered
// while idle beyond what OpenSSL itself needs: its BIO reads from the span it
// is fed and appends to the buffer it is given.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/buffer.h"
#include "proxy/base/result.h"

namespace postern {

// What the administrator wants to know about a finished handshake.
struct TlsFacts {
  std::string version;  // "TLSv1.3"
  std::string cipher;   // "TLS_AES_256_GCM_SHA384"
  std::string group;    // "X25519", empty if unknown
  std::string alpn;     // empty if none was agreed
  std::string sni;      // server side: what the client asked for
  bool resumed = false;

  // Server side: the certificate the client has shown, if it was asked for one.
  // It has been verified, in this handshake or in the one that is resumed: a
  // handshake with another never completes.
  bool peer_verified = false;  // there is one
  std::string peer_name;       // subject's common name, else the first
                               // of the names below
  std::vector<std::string> peer_emails;  // subjectAltName, rfc822Name
  std::vector<std::string> peer_hosts;   // subjectAltName, dNSName
  std::string peer_fingerprint;          // SHA-256, 64 lower-case hex digits

  bool operator==(const TlsFacts&) const = default;
};

// Where a client's certificate may name its user.
enum class CertificateField {
  CommonName,     // of the subject
  EmailAddress,   // the same
  UserId,         // the same
  Rfc822Name,     // subjectAltName
  PrincipalName,  // the same: Microsoft's userPrincipalName
};

class TlsEngine {
 public:
  virtual ~TlsEngine() = default;

  // Client side: produces the first flight.  Server side: does nothing.
  virtual Status start(Buffer& out) = 0;

  // Takes all of `in`; appends plaintext for us to `plain` and ciphertext for
  // the peer to `out` (handshake records, alerts).  After an error the alert
  // in `out` still has to be sent; the text says what went wrong in words
  // ("no shared cipher", "plain text on a TLS port", …) and every later call
  // returns it again.  Nothing follows the peer's close_notify.
  virtual Status feed(std::string_view in, Buffer& plain, Buffer& out) = 0;

  // Encrypts all of `plain`.  Only once open().
  virtual Status write(std::string_view plain, Buffer& out) = 0;

  // close_notify; write() must not follow.  Reading may go on.
  virtual void close(Buffer& out) = 0;

  // Server side, TLS 1.3: a session ticket goes out with the next write().
  // Called when the login has succeeded, so that scanners and failed logins
  // cost none.
  virtual void queue_ticket() = 0;

  virtual bool open() const = 0;         // the handshake is complete
  virtual bool peer_closed() const = 0;  // close_notify was received
  virtual TlsFacts facts() const = 0;

  // Server side: all values of `field` in the certificate that the client has
  // shown, in UTF-8 and unchecked: they may hold any octet.  None if there is
  // no certificate, or none that was verified.
  virtual std::vector<std::string> client_names(
      CertificateField field) const = 0;
};

}  // namespace postern
