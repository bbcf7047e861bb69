"""Clients that show certificates, by several TLS stacks."""

import ssl
import subprocess
import unittest

from harness import ImapClient, SystemTest, openssl_command, trusting


class ClientCertificatesTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.joe = cls.authority.issue("joe", ("joe.example",))
        other = type(cls.authority)(cls.shared.folder("other"), "other")
        cls.stranger = other.issue("eve", ("eve.example",))

    def serve(self, mode, more=""):
        backend = self.sample()
        return self.postern({"imaps": f"protocol IMAP4S\n{self.tls_settings()}"
                                      f"ssl_client_cert_verify {mode}\n"
                                      f"ssl_ca_file {self.authority.cert}\n{more}"
                                      f"outgoing_server 127.0.0.1:{backend.imap}\n"})

    def showing(self, certificate=None, version=None):
        context = trusting(self.authority.cert)
        if version:
            context.minimum_version = context.maximum_version = version
        if certificate:
            context.load_cert_chain(certificate.cert, certificate.key)
        return context

    def test_required(self):
        postern = self.serve("required")
        port = postern.port["imaps"]
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            with self.subTest(version):
                client = ImapClient(port, tls=self.showing(self.joe, version))
                client.login()
                client.logout()
                for wrong, words in (None, "(?i)certificate.required|handshake.failure"), \
                                    (self.stranger, "(?i)unknown.ca"):
                    with self.assertRaisesRegex(ssl.SSLError, words):
                        ImapClient(port, tls=self.showing(wrong, version))
        login = postern.wait_for_line("event=login ")[0]
        self.assertRegex(login, r" client_cert=joe client_cert_sha256=[0-9a-f]{64} ")
        postern.wait_for_line("the client sent no certificate", 2)
        postern.wait_for_line("the client's certificate is refused: the issuer is not trusted", 2)
        self.assertRegex(postern.wait_for_line("event=end")[0], " client_cert=joe ")

    def test_optional(self):
        port = self.serve("optional").port["imaps"]
        ImapClient(port, tls=self.showing()).login()
        ImapClient(port, tls=self.showing(self.joe)).login()
        with self.assertRaises(ssl.SSLError):
            ImapClient(port, tls=self.showing(self.stranger))

    def test_openssl_and_curl(self):
        port = self.serve("required").port["imaps"]
        files = ["-cert", str(self.joe.cert), "-key", str(self.joe.key)]
        done = subprocess.run([*openssl_command(port, self.authority.cert), *files],
                              input="a LOGOUT\n", text=True, capture_output=True, check=False)
        self.assertIn("a OK", done.stdout)
        curl = ["curl", "-sSv", "-X", "NOOP", "--cacert", str(self.authority.cert),
                f"imaps://alice:wonder@localhost:{port}", "--resolve", f"localhost:{port}:127.0.0.1"]
        self.assertNotEqual(subprocess.run(curl, capture_output=True, check=False).returncode, 0)
        done = subprocess.run([*curl, "--cert", str(self.joe.cert), "--key", str(self.joe.key)],
                              text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_never_asked_as_perdition_says(self):
        backend = self.sample()
        postern = self.postern({"imaps": f"protocol IMAP4S\n{self.tls_settings()}"
                                         "ssl_no_client_cert_verify\n"
                                         f"outgoing_server 127.0.0.1:{backend.imap}\n"})
        ImapClient(postern.port["imaps"], tls=self.showing(self.stranger)).login()


if __name__ == "__main__":
    unittest.main()
