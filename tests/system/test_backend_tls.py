"""TLS towards the backends: with a real Dovecot, and with impostors.

The ids (T2.5 ...) are those of the project's list of threats.
"""

import ssl
import unittest

from harness import (Dovecot, ImapClient, Pop3Client, SystemTest, dovecot_missing, greet_imap,
                     presenting, read_imap_login)

UNAVAILABLE = r"NO \[UNAVAILABLE\]"


class ImpostorTest(SystemTest):
    """T2.5, T2.6: no password goes to a backend that is not who it should be."""

    def serving(self, certificate):
        def script(talk):
            talk.accept_tls(presenting(certificate))
            greet_imap(talk)
            tag, _, _ = read_imap_login(talk)
            self.passwords_seen += 1
            talk.send(f"{tag} OK in\r\n")
            talk.closed()
        self.passwords_seen = 0
        return script

    def login(self, script, host="127.0.0.1", more=""):
        backend = self.scripted(script)
        postern = self.postern({
            "imap": f"protocol IMAP4\nssl_mode ssl_outgoing\nssl_ca_file {self.authority.cert}\n"
                    f"outgoing_server {host}:{backend.port}\n{more}"})
        client = ImapClient(postern.port["imap"])
        reply = client.command("LOGIN alice secret", "")[1]
        client.close()
        return reply

    def issue(self, name, **options):
        return type(self).authority.issue(name, **options)

    def test_good_certificates(self):
        for host in "127.0.0.1", "localhost":
            with self.subTest(host):
                self.assertRegex(self.login(self.serving(self.certificate), host), "OK")

    def test_bad_certificates(self):
        stranger = type(self.authority)(self.shared.path, "stranger")
        for name, certificate in {
                "expired": self.issue("expired", days=-1),
                "wrong name": self.issue("wrong", names=["mail.example.com"]),
                "wildcard too far up": self.issue("wild", names=["*.0.0.1"]),
                "unknown authority": stranger.issue("unknown"),
        }.items():
            with self.subTest(name):
                self.assertRegex(self.login(self.serving(certificate)), UNAVAILABLE)
                self.assertEqual(self.passwords_seen, 0)

    def test_checks_can_be_relaxed_one_by_one(self):
        expired = self.issue("expired2", days=-1)
        wrong_name = self.issue("wrong2", names=["mail.example.com"])
        for certificate, setting in ((expired, "ssl_cert_accept_expired"),
                                     (wrong_name, "ssl_no_cn_verify")):
            with self.subTest(setting):
                self.assertRegex(self.login(self.serving(certificate), more=setting + "\n"), "OK")

    def test_verification_can_be_switched_off(self):
        stranger = type(self.authority)(self.shared.path, "stranger2")
        certificate = stranger.issue("whoever", names=["mail.example.com"])
        self.assertRegex(self.login(self.serving(certificate),
                                    more="ssl_no_cert_verify\nssl_no_cn_verify\n"), "OK")

    def test_plain_text_where_tls_was_due(self):
        """T2.5"""
        def plain(talk):
            talk.send("* OK hi there\r\n")
            talk.closed()

        reply = self.login(plain)
        self.assertRegex(reply, UNAVAILABLE)
        self.assertNotIn("hi there", reply)


class PerPoolTest(SystemTest):
    """What a pool's line says counts for its backends, and for no others."""

    def serve(self, certificate, port):
        def script(talk):
            if certificate:
                talk.accept_tls(presenting(certificate))
            greet_imap(talk)
            tag, _, _ = read_imap_login(talk)
            talk.send(f"{tag} OK {port}\r\n")
            talk.closed()
        return self.scripted(script)

    def test_settings_of_their_own_in_one_service(self):
        stranger = type(self.authority)(self.shared.path, "of the pool")
        plain = self.serve(None, "plain")
        ours = self.serve(self.certificate, "ours")
        theirs = self.serve(stranger.issue("theirs"), "theirs")
        users = self.scratch.file("users", "ann: pool plain\nbob: pool ours\n"
                                            "eve: pool theirs\nfay: pool unsigned\n")
        postern = self.postern(
            {"imap": f"protocol IMAP4\nssl_mode ssl_outgoing\nmap text {users}\n"
                     f"ssl_ca_file {self.authority.cert}\n"},
            f"pool plain localhost:{plain.port} ssl_mode=none\n"
            f"pool ours localhost:{ours.port}\n"
            f"pool theirs localhost:{theirs.port} 'ssl_ca_file={stranger.cert}'\n"
            f"pool unsigned localhost:{theirs.port}\n")
        for user, answer in (("ann", "OK .*plain"), ("bob", "OK .*ours"),
                             ("eve", "OK .*theirs"), ("fay", UNAVAILABLE)):
            with self.subTest(user):
                client = ImapClient(postern.port["imap"])
                self.assertRegex(client.command(f"LOGIN {user} secret", "")[1], answer)
                client.close()


class ClientHelloTest(SystemTest):
    """What we say to backends is what outgoing settings ask for, not the
    listening ones (CVE-2013-4584)."""

    def hello(self, host, more):
        """(name asked for, ciphers offered) as the backend saw them."""
        seen = []

        def script(talk):
            context = presenting(self.certificate)
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.sni_callback = lambda _, name, __: seen.append(name)
            talk.accept_tls(context)
            seen.append([name for name, _, _ in talk.socket.shared_ciphers()
                         if not name.startswith("TLS_")])  # those of TLS 1.3 have no setting
            talk.send("* BYE thanks\r\n")

        backend = self.scripted(script)
        postern = self.postern({
            "imaps": f"protocol IMAP4S\n{self.tls_settings('ssl_all')}"
                     f"ssl_ca_file {self.authority.cert}\nssl_no_cn_verify\n"
                     f"outgoing_server {host}:{backend.port}\n{more}"})
        ImapClient(postern.port["imaps"], tls=self.tls).login(wanted="NO")
        return seen[0], seen[1]

    def test_ciphers(self):
        wanted = "ECDHE-ECDSA-AES256-GCM-SHA384"
        _, offered = self.hello("127.0.0.1", f"ssl_outgoing_ciphers {wanted}\n"
                                             "ssl_listen_ciphers ECDHE-ECDSA-AES128-GCM-SHA256\n")
        self.assertEqual(offered, [wanted])

    @staticmethod
    def read_hello(talk):
        """{"suites", "groups", "versions"} of the first record (RFC 8446 section 4.1.2)."""
        size = int.from_bytes(talk.bytes(5)[3:], "big")
        hello = talk.bytes(size)[4 + 2 + 32:]

        def vector(data, width):
            length = int.from_bytes(data[:width], "big")
            return data[width:width + length], data[width + length:]

        def numbers(data):
            return [int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2)]
        _, hello = vector(hello, 1)  # session
        suites, hello = vector(hello, 2)
        _, hello = vector(hello, 1)  # compression
        rest, _ = vector(hello, 2)
        found = {"suites": numbers(suites)}
        while rest:
            kind = int.from_bytes(rest[:2], "big")
            body, rest = vector(rest[2:], 2)
            if kind == 10:
                found["groups"] = numbers(vector(body, 2)[0])
            elif kind == 43:
                found["versions"] = numbers(vector(body, 1)[0])
        return found

    def test_everything_else(self):
        """As the bytes have it, beside listening settings that say otherwise."""
        tls_1_3, tls_1_2 = 0x0304, 0x0303
        chacha20, p_384, end_of_renegotiation = 0x1303, 0x0018, 0x00ff
        seen = []
        backend = self.scripted(lambda talk: seen.append(self.read_hello(talk)))
        postern = self.postern({
            "imaps": f"protocol IMAP4S\n{self.tls_settings('ssl_all')}"
                     f"ssl_ca_file {self.authority.cert}\noutgoing_server {backend.address}\n"
                     "ssl_listen_ciphersuites TLS_AES_128_GCM_SHA256\nssl_listen_groups X25519\n"
                     "ssl_listen_max_proto_version tlsv1.2\n"
                     "ssl_outgoing_ciphersuites TLS_CHACHA20_POLY1305_SHA256\n"
                     "ssl_outgoing_groups P-384\nssl_outgoing_min_proto_version tlsv1.3\n",
            "old": f"protocol IMAP4S\n{self.tls_settings('ssl_all')}"
                   f"ssl_ca_file {self.authority.cert}\noutgoing_server {backend.address}\n"
                   "ssl_listen_min_proto_version tlsv1.3\n"
                   "ssl_outgoing_max_proto_version tlsv1.2\n"})
        ImapClient(postern.port["imaps"], tls=self.tls).login(wanted="NO")
        self.assertEqual(seen[0]["suites"], [chacha20, end_of_renegotiation])
        self.assertEqual((seen[0]["groups"], seen[0]["versions"]), ([p_384], [tls_1_3]))
        ImapClient(postern.port["old"], tls=self.tls).login(wanted="NO")
        self.assertEqual(seen[1].get("versions", [tls_1_2]), [tls_1_2])
        self.assertFalse(any(0x1301 <= suite <= 0x1305 for suite in seen[1]["suites"]))

    def test_the_name_asked_for(self):
        self.assertEqual(self.hello("localhost", "")[0], "localhost")
        self.assertIsNone(self.hello("127.0.0.1", "")[0])  # RFC 6066: names only


@unittest.skipIf(dovecot_missing(), dovecot_missing())
class DovecotTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dovecot = Dovecot(cls.shared.path, certificate=cls.certificate)
        cls.addClassCleanup(cls.dovecot.stop)

    def test_every_mode_on_both_sides(self):
        for front in "ssl_listen", "tls_listen":
            for back in "ssl_outgoing", "tls_outgoing", "tls_outgoing_force":
                with self.subTest(f"{front},{back}"):
                    implicit = back == "ssl_outgoing"
                    settings = (self.tls_settings(f"{front},{back}")
                                + f"ssl_ca_file {self.authority.cert}\n")
                    imap = self.dovecot.imaps if implicit else self.dovecot.imap
                    pop3 = self.dovecot.pop3s if implicit else self.dovecot.pop3
                    postern = self.postern({
                        "imap": f"protocol IMAP4\n{settings}outgoing_server localhost:{imap}\n",
                        "pop3": f"protocol POP3\n{settings}outgoing_server localhost:{pop3}\n"})
                    way = {"tls" if front == "ssl_listen" else "starttls": self.tls}
                    client = ImapClient(postern.port["imap"], **way)
                    client.login()
                    client.logout()
                    client = Pop3Client(postern.port["pop3"], **way)
                    client.login()
                    client.quit()
                    wanted = "back=ssl" if implicit else "back=starttls"
                    lines = postern.wait_for_line("event=login ", 2)
                    self.assertIn(wanted, lines[0])
                    self.assertIn("back_tls=TLSv1.3", lines[1])

    def test_the_secure_protocols_without_ssl_mode(self):
        """IMAP4S and POP3S alone mean TLS on both sides, as with Perdition."""
        files = (f"ssl_cert_file {self.certificate.cert}\nssl_key_file {self.certificate.key}\n"
                 f"ssl_ca_file {self.authority.cert}\n")
        postern = self.postern({
            "imap": f"protocol IMAP4S\n{files}outgoing_server localhost:{self.dovecot.imaps}\n",
            "pop3": f"protocol POP3S\n{files}outgoing_server localhost:{self.dovecot.pop3s}\n"})
        ImapClient(postern.port["imap"], tls=self.tls).login()
        Pop3Client(postern.port["pop3"], tls=self.tls).login()


if __name__ == "__main__":
    unittest.main()
