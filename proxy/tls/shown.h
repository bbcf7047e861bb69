// What a server shows to whoever asks for one name: a certificate with its key,
// or several of different kinds of which OpenSSL takes the one that the client
// can use best.

#pragma once

#include <string>
#include <vector>

#include "proxy/tls/key_pair.h"

namespace postern {

// Immutable once made, shared by all threads and by the connections that began
// with it.
struct Shown {
  std::vector<KeyPair> pairs;
  // Tickets are good wherever the same is shown, and nowhere else; outlives a
  // renewal.
  std::string identity;
};

// Shows all of it on one connection, and nothing else; false if OpenSSL does
// not like it.
bool show(SSL* ssl, const Shown& shown);

// The same for all connections of a context; the error in OpenSSL's words.
Status show(SSL_CTX* context, const KeyPair& pair);

// "mail.example (ECDSA P-256, 83 days left); mail.example (RSA 2048, ...)"
std::string describe(const Shown& shown);

// Nothing is shown before or after its time.
bool all_valid_now(const Shown& shown);

}  // namespace postern
