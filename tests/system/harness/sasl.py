"""Messages of SASL, as clients write them."""

import base64
import hashlib
import hmac
import secrets


def b64(text):
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def plain(user, password, role=""):
    """The message of SASL PLAIN."""
    return b64(f"{role}\0{user}\0{password}")


def xoauth2(user, token):
    return b64(f"user={user}\1auth=Bearer {token}\1\1")


def oauthbearer(user, token):
    return b64(f"n,a={user.replace('=', '=3D').replace(',', '=2C')},\1host=localhost\1"
               f"auth=Bearer {token}\1\1")


class Scram:
    """The client's side of SCRAM (RFC 5802), one exchange; messages in base64.

    `flag` "y": it could bind a channel, but sees the server offer none.
    `role`: whose mail it is about, if not the user's own.
    """

    HASHES = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}

    def __init__(self, mechanism, user, password, flag="n", role=""):
        self._hash = self.HASHES[mechanism]
        self._password = password
        self._header = f"{flag},{role and 'a=' + role},"
        self._nonce = secrets.token_urlsafe(18)
        name = user.replace("=", "=3D").replace(",", "=2C")
        self._bare = f"n={name},r={self._nonce}"
        self._signature = None

    def first(self):
        return b64(self._header + self._bare)

    def final(self, challenge):
        """The proof for what the server said to first()."""
        server_first = base64.b64decode(challenge).decode()
        fields = dict(field.split("=", 1) for field in server_first.split(","))
        if not fields["r"].startswith(self._nonce) or fields["r"] == self._nonce:
            raise AssertionError(f"not the server's nonce: {server_first}")
        salted = hashlib.pbkdf2_hmac(self._hash, self._password.encode(),
                                     base64.b64decode(fields["s"]), int(fields["i"]))
        client_key = self._mac(salted, b"Client Key")
        without_proof = f"c={b64(self._header)},r={fields['r']}"
        signed = f"{self._bare},{server_first},{without_proof}".encode()
        stored_key = hashlib.new(self._hash, client_key).digest()
        proof = bytes(a ^ b for a, b in zip(client_key, self._mac(stored_key, signed)))
        self._signature = self._mac(self._mac(salted, b"Server Key"), signed)
        return b64(f"{without_proof},p={base64.b64encode(proof).decode()}")

    def trusts(self, challenge):
        """Whether the server has proved that it knows the password too."""
        return base64.b64decode(challenge) == b"v=" + base64.b64encode(self._signature)

    def _mac(self, key, message):
        return hmac.new(key, message, self._hash).digest()
