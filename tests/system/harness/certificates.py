"""Certificates made with the openssl command, thrown away with the test."""

import ipaddress
import subprocess


def _openssl(*words, **options):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, **options)


def _subject_names(names):
    def kind(name):
        try:
            ipaddress.ip_address(name)
            return "IP"
        except ValueError:
            return "DNS"
    return ",".join(f"{kind(name)}:{name}" for name in names)


class Certificate:
    """Two PEM files: .cert (leaf first) and .key."""

    def __init__(self, cert, key):
        self.cert = cert
        self.key = key


class Authority:
    """A certificate authority in `folder`; .cert is what to trust."""

    def __init__(self, folder, name="ca"):
        self.folder = folder
        self.cert = folder / f"{name}.crt"
        self._key = self._new_key(name)
        _openssl("req", "-x509", "-new", "-key", self._key, "-subj", f"/CN=Test {name}",
                 "-days", "30", "-out", self.cert)

    def _new_key(self, name):
        key = self.folder / f"{name}.key"
        _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
        key.chmod(0o600)
        return key

    def issue(self, name, names=("localhost", "127.0.0.1", "::1"), days=30, subject="", mail=()):
        """A server certificate for `names`; days below 0 make an expired one.  `subject` is
        written /CN=... and the name, if it is left out; `mail` has addresses of a person."""
        key = self._new_key(name)
        cert = self.folder / f"{name}.crt"
        request = self.folder / f"{name}.csr"
        extensions = self.folder / f"{name}.ext"
        others = ",".join([_subject_names(names), *(f"email:{each}" for each in mail)])
        extensions.write_text(f"subjectAltName={others}\n")
        _openssl("req", "-new", "-key", key, "-subj", subject or f"/CN={name}", "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self._key,
                 "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", cert)
        return Certificate(cert, key)

    def revocation_list(self, *revoked):
        """The text of a list that names these certificates."""
        database, config, made = (self.folder / f"revoked.{kind}" for kind in ("db", "cnf", "pem"))
        database.write_text("")
        config.write_text(f"[ca]\ndefault_ca = us\n[us]\ndatabase = {database}\n"
                          "default_md = sha256\ndefault_crl_days = 30\n")
        us = ("ca", "-config", config, "-cert", self.cert, "-keyfile", self._key)
        for certificate in revoked:
            _openssl(*us, "-revoke", certificate.cert)
        _openssl(*us, "-gencrl", "-out", made)
        return made.read_text()
