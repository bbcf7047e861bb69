"""Whom Postern takes for a backend: pins, revocation, names and authorities, by
service and by pool; and what it shows of itself."""

import unittest

from harness import (Dovecot, ImapClient, Pop3Client, SystemTest, dovecot_missing, greet_imap,
                     greet_pop3, presenting, read_imap_login, read_pop3_login, run_postern)

UNAVAILABLE = r"NO \[UNAVAILABLE\]"
TEMPORARY = r"-ERR \[SYS/TEMP\]"
NOBODYS_PIN = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


class TrustTest(SystemTest):
    """One scripted backend for each family, with a certificate of choice."""

    def serve(self, certificate):
        """Backends by family; `passwords` has what reached them, `names` what they were asked
        for."""
        context = presenting(certificate)
        context.sni_callback = lambda _, name, __: self.names.append(name)
        self.passwords, self.names = [], []

        def imap(talk):
            talk.accept_tls(context)
            greet_imap(talk)
            tag, _, password = read_imap_login(talk)
            self.passwords.append(password)
            talk.send(f"{tag} OK in\r\n")
            talk.closed()

        def pop3(talk):
            talk.accept_tls(context)
            greet_pop3(talk)
            self.passwords.append(read_pop3_login(talk)[1])
            talk.send("+OK in\r\n")
            talk.closed()

        return {"imap": self.scripted(imap), "pop3": self.scripted(pop3)}

    def start(self, backends, settings, host="localhost"):
        return self.postern({
            family: f"protocol {protocol}\nssl_mode ssl_outgoing\n"
                    f"outgoing_server {host}:{backends[family].port}\n{settings}"
            for family, protocol in (("imap", "IMAP4"), ("pop3", "POP3"))})

    @staticmethod
    def logins(postern):
        """What clients of IMAP and POP3 are told."""
        imap = ImapClient(postern.port["imap"])
        pop3 = Pop3Client(postern.port["pop3"])
        pop3.command("USER alice")
        pop3.send("PASS secret\r\n")
        answers = imap.command("LOGIN alice secret", "")[1], pop3.line()
        imap.close()
        pop3.close()
        return answers

    def assert_in(self, postern):
        imap, pop3 = self.logins(postern)
        self.assertRegex(imap, " OK ")
        self.assertRegex(pop3, r"\+OK")

    def assert_refused(self, postern, reason):
        """In the clients' own words, and in the log with the reason."""
        before = len(self.passwords)
        imap, pop3 = self.logins(postern)
        self.assertRegex(imap, UNAVAILABLE)
        self.assertRegex(pop3, TEMPORARY)
        self.assertEqual(len(self.passwords), before)
        for line in postern.wait_for_line("event=backend_failed", 2)[-2:]:
            self.assertIn(reason, line)
        self.assertIn("verdict=no_tls", postern.wait_for_line("event=login_failed")[-1])

    def test_pins(self):
        """T2.6: a self-signed backend is known by its key alone"""
        stranger = type(self.authority)(self.shared.path, "pinned stranger")
        backends = self.serve(stranger.issue("whoever", names=["elsewhere.example"]))
        settings = f"ssl_no_cert_verify\nssl_outgoing_pin {NOBODYS_PIN}\n"
        postern = self.start(backends, settings)
        self.assert_refused(postern, "the key is not pinned: the certificate "
                                     "(elsewhere.example) has sha256//")
        line = postern.lines("event=backend_failed")[0]
        pin = line[line.index("has sha256//") + 4:].split('"')[0]
        for name in "imap", "pop3":
            postern.configure(name, f"{self.text(postern, name)}ssl_outgoing_pin {pin}\n")
        postern.reload()
        postern.wait_for_line("event=reloaded")
        self.assert_in(postern)

    @staticmethod
    def text(postern, name):
        return (postern.folder / "conf.d" / f"{name}.conf").read_text()

    def test_revoked(self):
        """T2.6: and back in after a reload with another list"""
        backends = self.serve(self.certificate)
        lists = self.scratch.path / "crl.pem"
        lists.write_text(self.authority.revocation_list(self.certificate))
        postern = self.start(backends, f"ssl_ca_file {self.authority.cert}\n"
                                       f"ssl_crl_file {lists}\n")
        self.assert_refused(postern, "certificate revoked (localhost, 127.0.0.1, ::1)")
        lists.write_text(self.authority.revocation_list())
        postern.reload()
        postern.wait_for_line("event=reloaded")
        self.assert_in(postern)

    def test_authorities_are_read_again(self):
        """SIGHUP: also for who had a session that could be resumed"""
        stranger = type(self.authority)(self.shared.path, "another")
        backends = self.serve(self.certificate)
        trusted = self.scratch.path / "ca.pem"
        trusted.write_text(self.authority.cert.read_text())
        postern = self.start(backends, f"ssl_ca_file {trusted}\n")
        self.assert_in(postern)
        trusted.write_text(stranger.cert.read_text())
        postern.reload()
        postern.wait_for_line("event=reloaded")
        self.assert_refused(postern, "the issuer is not trusted or missing from the chain")

    def test_a_name_for_backends_with_addresses(self):
        backends = self.serve(self.authority.issue("named", names=["mail.example"]))
        settings = f"ssl_ca_file {self.authority.cert}\n"
        postern = self.start(backends, settings, "127.0.0.1")
        self.assert_refused(postern, "name mismatch: expected 127.0.0.1, certificate is for "
                                     "mail.example")
        self.assertEqual(self.names, [None, None])
        self.names.clear()
        self.assert_in(self.start(backends, settings + "ssl_outgoing_name mail.example\n",
                                  "127.0.0.1"))
        self.assertEqual(self.names, ["mail.example"] * 2)

    def test_pools_differ_in_one_service(self):
        """The same backend, by a pool that knows its key and by one that knows another."""
        backend = self.serve(self.certificate)["imap"]
        users = self.scratch.file("users", "ann: pool trusted\nbob: pool pinned\neve: pool named\n")
        common = f"localhost:{backend.port} ssl_mode=ssl_outgoing ssl_ca_file={self.authority.cert}"
        postern = self.postern(
            {"imap": f"protocol IMAP4\nmap text {users}\n"},
            f"pool trusted {common}\npool pinned {common} ssl_outgoing_pin={NOBODYS_PIN}\n"
            f"pool named {common} ssl_outgoing_name=b.example\n")
        for user, answer in ("ann", "OK"), ("bob", UNAVAILABLE), ("eve", UNAVAILABLE):
            # Twice: what the first leaves to be resumed is no good for the others.
            for _ in range(2):
                client = ImapClient(postern.port["imap"])
                self.assertRegex(client.command(f"LOGIN {user} secret", "")[1], answer)
                client.close()


class CheckTest(SystemTest):
    def check(self, settings, pools=""):
        folder = self.scratch.folder("check")
        config = folder / "postern.conf"
        config.write_text(f"username nobody\n{pools}protocol IMAP4\noutgoing_server 127.0.0.1\n"
                          f"ssl_mode ssl_outgoing\n{settings}")
        done = run_postern("--check", "-f", config)
        return done.returncode, (done.stdout + done.stderr).replace(str(self.scratch.path), "")

    def test_what_can_be_known_before(self):
        key = self.certificate.key
        expired = self.authority.issue("expired client", days=-1)
        for settings, said, code in (
                (f"ssl_crl_file {self.scratch.path}/none",
                 "ssl_crl_file: /none: No such file or directory", 1),
                (f"ssl_crl_file {self.certificate.cert}", "holds no revocation list in PEM", 1),
                ("ssl_outgoing_pin sha256//abc", "expected sha256// and the base64", 1),
                ("ssl_outgoing_ciphers aNULL:@SECLEVEL=0", "needs no certificate", 1),
                ("ssl_no_cert_verify", "ssl_no_cert_verify: warning: backends are not verified", 0),
                ("ssl_no_cn_verify", "ssl_no_cn_verify: warning: a certificate for any name", 0),
                (f"ssl_outgoing_cert_file {self.certificate.cert}",
                 "ssl_outgoing_key_file: no file is set", 1),
                (f"ssl_outgoing_key_file {key}", "ssl_outgoing_cert_file: no file is set", 1),
                (f"ssl_outgoing_cert_file {expired.cert}\nssl_outgoing_key_file {key}",
                 "ssl_outgoing_key_file", 1),
                (f"ssl_outgoing_cert_file {expired.cert}\nssl_outgoing_key_file {expired.key}",
                 "expired", 0),
        ):
            with self.subTest(settings):
                status, text = self.check(settings + "\n")
                self.assertIn(said, text)
                self.assertEqual(status != 0, code != 0, text)

    def test_what_is_of_no_use(self):
        for mode, settings, said in (
                ("none", f"ssl_outgoing_pin {NOBODYS_PIN}", "ssl_outgoing_pin: warning: is not used"),
                ("tls_outgoing", f"ssl_outgoing_pin {NOBODYS_PIN}",
                 "tls_outgoing goes on in the clear")):
            with self.subTest(mode):
                config = self.scratch.file(
                    "unused/conf.d/a.conf", "protocol IMAP4\noutgoing_server 127.0.0.1\n"
                                            f"ssl_mode {mode}\n{settings}\n").parent.parent
                (config / "postern.conf").write_text("username nobody\n")
                done = run_postern("--check", "-f", config / "postern.conf")
                self.assertIn(said, done.stdout + done.stderr)

    def test_of_a_pool(self):
        _, text = self.check("", "pool p 127.0.0.1 ssl_crl_file=/nowhere/crl.pem\n")
        self.assertIn("postern.conf:2: pool: p: ssl_crl_file: /nowhere/crl.pem: No such file", text)


@unittest.skipIf(dovecot_missing(), dovecot_missing())
class MutualTest(SystemTest):
    """A Dovecot that lets nobody in who shows no certificate."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ours = cls.authority.issue("postern", names=["proxy.example"])
        cls.dovecot = Dovecot(
            cls.shared.path, certificate=cls.certificate,
            more=f"ssl_ca = <{cls.authority.cert}\nssl_require_crl = no\n"
                 "ssl_verify_client_cert = yes\nauth_ssl_require_client_cert = yes\n")
        cls.addClassCleanup(cls.dovecot.stop)

    def logins(self, mode, settings):
        implicit = mode == "ssl_outgoing"
        common = f"ssl_mode {mode}\nssl_ca_file {self.authority.cert}\n{settings}"
        postern = self.postern({
            "imap": f"protocol IMAP4\n{common}outgoing_server localhost:"
                    f"{self.dovecot.imaps if implicit else self.dovecot.imap}\n",
            "pop3": f"protocol POP3\n{common}outgoing_server localhost:"
                    f"{self.dovecot.pop3s if implicit else self.dovecot.pop3}\n"})
        imap = ImapClient(postern.port["imap"])
        pop3 = Pop3Client(postern.port["pop3"])
        pop3.command("USER alice")
        pop3.send("PASS wonder\r\n")
        answers = imap.command("LOGIN alice wonder", "")[1], pop3.line()
        imap.close()
        pop3.close()
        return answers

    def test_with_a_certificate(self):
        for mode in "ssl_outgoing", "tls_outgoing_force":
            with self.subTest(mode):
                imap, pop3 = self.logins(mode, f"ssl_outgoing_cert_file {self.ours.cert}\n"
                                               f"ssl_outgoing_key_file {self.ours.key}\n")
                self.assertRegex(imap, " OK ")
                self.assertRegex(pop3, r"\+OK")

    def test_without_one(self):
        for answer in self.logins("ssl_outgoing", ""):
            self.assertRegex(answer, "NO|-ERR")


if __name__ == "__main__":
    unittest.main()
