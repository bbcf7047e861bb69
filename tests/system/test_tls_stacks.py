"""Handshakes by other TLS stacks: versions, profiles, resumption, odd ends."""

import re
import shutil
import ssl
import subprocess
import unittest

from harness import (GENEROUS, ImapClient, MailSocket, OpensslClient, Pop3Client, SystemTest,
                     openssl_command, trusting)


class StacksTest(SystemTest):
    def serve(self, more="", settings=""):
        backend = self.sample()
        return self.postern({
            "imaps": f"protocol IMAP4S\n{self.tls_settings()}{GENEROUS}{more}"
                     f"outgoing_server 127.0.0.1:{backend.imap}\n",
            "imap": f"protocol IMAP4\n{self.tls_settings('tls_listen')}{GENEROUS}{more}"
                    f"outgoing_server 127.0.0.1:{backend.imap}\n",
            "pop3": f"protocol POP3\n{self.tls_settings('tls_listen')}{GENEROUS}{more}"
                    f"outgoing_server 127.0.0.1:{backend.pop3}\n"}, settings)

    def openssl(self, port, *words, starttls=None, text="a LOGIN alice wonder\nb LOGOUT\n"):
        """Runs s_client with its whole report; what it printed."""
        command = openssl_command(port, self.authority.cert, starttls)
        command.remove("-quiet")
        done = subprocess.run([*command, "-ign_eof", *words], input=text, text=True,
                              capture_output=True, check=False, errors="replace")
        return done.stdout + done.stderr

    def test_openssl_in_every_version(self):
        postern = self.serve("ssl_profile old\n")
        weak = ("-cipher", "ALL:@SECLEVEL=0")
        for version, name in (("-tls1", "TLSv1"), ("-tls1_1", "TLSv1.1"), ("-tls1_2", "TLSv1.2"),
                              ("-tls1_3", "TLSv1.3")):
            for service, starttls, text in (("imaps", None, "a LOGIN alice wonder\nb LOGOUT\n"),
                                            ("imap", "imap", "a LOGIN alice wonder\nb LOGOUT\n"),
                                            ("pop3", "pop3", "USER alice\nPASS wonder\nQUIT\n")):
                with self.subTest(version=version, service=service):
                    said = self.openssl(postern.port[service], version, *weak, starttls=starttls,
                                        text=text)
                    self.assertRegex(said, f"(?m)^New, .*|Protocol *: {re.escape(name)}$")
                    self.assertRegex(said, r"(?m)^(a OK|\+OK)")
        self.assertEqual(len(postern.wait_for_line("front_tls=TLSv1 ", 6)), 6)  # login and end each

    def test_profiles(self):
        for profile, refused in ("modern", ("-tls1_2",)), ("intermediate", ("-tls1_1", "-tls1")):
            postern = self.serve(f"ssl_profile {profile}\n")
            port = postern.port["imaps"]
            self.assertIn("a OK", self.openssl(port, "-tls1_3"))
            for version in refused:
                with self.subTest(profile=profile, version=version):
                    self.assertNotIn("a OK", self.openssl(port, version, "-cipher",
                                                          "ALL:@SECLEVEL=0"))
                    postern.wait_for_line("too old a version")
        # A single setting goes before the profile.
        port = self.serve("ssl_profile modern\nssl_listen_min_proto_version tlsv1.2\n"
                          "ssl_listen_ciphersuites TLS_CHACHA20_POLY1305_SHA256\n"
                          "ssl_listen_groups P-384\n").port["imaps"]
        self.assertIn("a OK", self.openssl(port, "-tls1_2"))
        said = self.openssl(port, "-tls1_3")
        self.assertIn("TLS_CHACHA20_POLY1305_SHA256", said)
        self.assertIn("secp384r1", said)

    def test_openssl_resumes_across_reloads_and_new_keys(self):
        """T7.4"""
        keys = self.scratch.path / "ticket.keys"
        def write(*parts):
            aside = keys.with_suffix(".new")
            aside.touch(mode=0o600)
            aside.write_bytes(b"".join(parts))
            aside.rename(keys)
        first, second = b"1" * 80, b"2" * 80
        write(first)
        postern = self.serve(settings=f"ssl_ticket_key_file {keys}\nssl_watch_interval 1\n")
        port = postern.port["imaps"]
        session = str(self.scratch.path / "session")
        for version in "-tls1_2", "-tls1_3":
            with self.subTest(version):
                write(first)
                postern.reload()
                postern.wait_for_line("event=reloaded", 2 * (version == "-tls1_3") + 1)
                self.openssl(port, version, "-sess_out", session)
                def resumed(*words):
                    said = self.openssl(port, version, "-sess_in", session, *words)
                    self.assertIn("a OK", said)
                    return "Reused, " in said
                self.assertTrue(all(resumed() for _ in range(4)))  # by either thread
                write(second, first)
                postern.reload()
                postern.wait_for_line("event=reloaded", 2 * (version == "-tls1_3") + 2)
                self.assertTrue(all(resumed() for _ in range(4)))
                count = len(postern.lines("ticket keys read anew"))
                write(second)
                postern.wait_for_line("ticket keys read anew", count + 1)
                self.assertFalse(resumed())

    @unittest.skipUnless(shutil.which("gnutls-cli"), "gnutls-cli is not installed")
    def test_gnutls(self):
        postern = self.serve()
        command = ["gnutls-cli", "--x509cafile", str(self.authority.cert), "localhost", "--crlf"]
        imaps = [*command, "--port", str(postern.port["imaps"])]
        for version in "VERS-TLS1.2", "VERS-TLS1.3":
            with self.subTest(version):
                client = OpensslClient([*imaps, "--priority", f"NORMAL:-VERS-ALL:+{version}",
                                        "--alpn", "imap"])
                self.addCleanup(client.close)
                client.hear(r"\* OK")
                client.say("a LOGIN alice wonder", "a OK")
                client.say("b LOGOUT", "b OK")
                client.hear("- Peer has closed the GnuTLS connection")
        self.assertIn(" front_alpn=imap ", postern.wait_for_line("event=login ")[0])
        client = OpensslClient([*command, "--port", str(postern.port["imap"]),
                                "--starttls-proto", "imap"])
        self.addCleanup(client.close)
        client.hear("- Handshake was completed")
        client.say("a LOGIN alice wonder", "a OK")
        self.assertNotEqual(subprocess.run([*imaps, "--alpn", "h2"], stdin=subprocess.DEVNULL,
                                           capture_output=True, check=False).returncode, 0)

    def test_curl_and_python(self):
        postern = self.serve()
        for service, scheme, *more in (("imaps", "imaps", "-X", "NOOP"),
                                       ("imap", "imap", "-X", "NOOP"), ("pop3", "pop3")):
            port = postern.port[service]
            done = subprocess.run(
                ["curl", "-sS", *more, "--ssl-reqd", "--cacert", str(self.authority.cert), "--resolve",
                 f"localhost:{port}:127.0.0.1", f"{scheme}://alice:wonder@localhost:{port}"],
                text=True, capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        ImapClient(postern.port["imap"], starttls=self.tls).login()
        Pop3Client(postern.port["pop3"], starttls=self.tls).login()

    def test_tls_on_a_plain_port(self):
        """A ClientHello where a greeting is due: never taken for a command that succeeds."""
        postern = self.serve()
        for service in "imap", "pop3":
            with self.subTest(service):
                client = MailSocket(postern.port[service])
                with self.assertRaises((OSError, ValueError)):
                    client.start_tls(trusting(self.authority.cert))
                client.close()
        ImapClient(postern.port["imap"]).login()

    def test_oversize_records(self):
        postern = self.serve()
        client = MailSocket(postern.port["imaps"])
        client.send(b"\x16\x03\x01\xff\xff" + b"\x01" * 0xffff)
        self.assertEqual(client.closed()[:1], b"\x15")
        self.assertIn("record too long", postern.wait_for_line("TLS handshake: ")[0])

    def test_a_close_in_each_state_of_the_handshake(self):
        postern = self.serve()
        hello = self.hello()
        for sent in b"", hello[:3], hello[:40], hello:
            for how in "close", "half_close", "reset":
                client = MailSocket(postern.port["imaps"])
                if sent:
                    client.send(sent)
                if sent == hello:
                    client.socket.recv(1)
                getattr(client, how)()
                if how == "half_close":
                    client.closed()
        postern.wait_for_line("event=end", 12)
        ImapClient(postern.port["imaps"], tls=self.tls).login()

    @staticmethod
    def hello():
        """A ClientHello as Python makes it."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context()
        try:
            context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
        except ssl.SSLWantReadError:
            pass
        return outgoing.read()


if __name__ == "__main__":
    unittest.main()
