"""Logins by certificate (SASL EXTERNAL): who is let in, and as whom at the backend.

The ids (T4.10 ...) are those of the project's list of threats.
"""

import imaplib
import subprocess
import unittest

from harness import (GENEROUS, ImapClient, Pop3Client, SystemTest, b64, dovecot_with_masters,
                     openssl_command, run_postern, trusting, wait_until)

ASKING = "sasl_mechanisms PLAIN,LOGIN,EXTERNAL\nssl_client_cert_verify optional\n"
SECRET = "open-sesame"
# A peer that shows this certificate is a master.
KNOWS_FRONT = """
auth_mechanisms = external
auth_ssl_username_from_cert = yes
ssl_ca = <{ca}
ssl_require_crl = no
ssl_verify_client_cert = yes
passdb {{
  driver = static
  args = nopassword=y
  master = yes
}}
"""


class ExternalTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        people = {name: {} for name in ("alice", "mallory", "webmail", "front")}
        people["two"] = {"subject": "/CN=alice/CN=bob", "mail": ("alice", "bob")}
        people["mail"] = {"subject": "/O=Org", "mail": ("alice",)}
        people["control"] = {"subject": "/CN=alice\r\nDELE 1"}
        cls.people = {name: cls.authority.issue(name, **more) for name, more in people.items()}
        cls.password = cls.write_password(cls.shared.path / "password")

    @staticmethod
    def write_password(path, password=SECRET, mode=0o600):
        path.write_text(password + "\n")
        path.chmod(mode)
        return path

    @classmethod
    def front(cls, protocol, *more, asking=ASKING):
        """A service with TLS that asks for certificates."""
        return (f"protocol {protocol}\n{GENEROUS}{cls.tls_settings()}{asking}"
                f"ssl_ca_file {cls.authority.cert}\n" + "".join(f"{line}\n" for line in more))

    @classmethod
    def as_master(cls, name="proxy"):
        return f"master_user {name}\nmaster_password_file {cls.password}"

    @classmethod
    def showing(cls, name=None):
        context = trusting(cls.authority.cert)
        if name:
            context.load_cert_chain(cls.people[name].cert, cls.people[name].key)
        return context

    def imap(self, port, name=None):
        client = ImapClient(port, tls=self.showing(name))
        self.addCleanup(client.close)
        return client

    def pop3(self, port, name=None):
        client = Pop3Client(port, tls=self.showing(name))
        self.addCleanup(client.close)
        return client

    def logged(self, postern, *words):
        wait_until(lambda: any(all(f" {word}" in line for word in words)
                               for line in postern.lines("event=login")),
                   f"postern logs {words}; it logged:\n{postern.output()}")


class DovecotTest(ExternalTest):
    """One Dovecot, which knows Postern as a master."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dovecot = dovecot_with_masters(cls, masters=(f"proxy:{SECRET}",))
        imap, pop3 = (f"outgoing_server 127.0.0.1:{port}"
                      for port in (cls.dovecot.imap, cls.dovecot.pop3))
        master = cls.as_master()
        cls.proxy = cls.shared_postern({
            "imaps": cls.front("IMAP4S", imap, master, "sasl_external_masters webmail,backup"),
            "joined": cls.front("IMAP4S", imap, master, "master_user_separator *"),
            "mail": cls.front("IMAP4S", imap, master, "ssl_client_cert_user rfc822Name"),
            "pop3s": cls.front("POP3S", pop3, master),
            "usual": cls.front("IMAP4S", imap, asking="ssl_client_cert_verify optional\n")})

    def client(self, name=None, service="imaps"):
        return self.imap(self.proxy.port[service], name)

    def let_in(self, *words, mech="EXTERNAL"):
        self.logged(self.proxy, *words, f"mech={mech}", "verdict=ok")

    def test_by_imap(self):
        for service in "imaps", "joined":
            for how in "EXTERNAL =", f"EXTERNAL {b64('alice')}", "external\r\n", \
                       f"EXTERNAL\r\n{b64('alice')}":
                with self.subTest(f"{service} {how}"):
                    client = self.client("alice", service)
                    self.assertIn(" AUTH=EXTERNAL", client.greeting)
                    client.send(f"a AUTHENTICATE {how}\r\n")
                    if "\r\n" in how:
                        client.expect(r"\+ ?$")
                    self.assertIn("CAPABILITY", client.reply("a")[1])
                    client.command("SELECT INBOX")
                    client.logout()
            self.let_in(f"service={service}", "user=alice ", 'authid=""', "master=proxy")
        self.dovecot.wait_for_log("Master user logging in as alice")
        self.assertNotIn(SECRET, self.proxy.output())

    def test_by_pop3(self):
        for how in "EXTERNAL =", f"EXTERNAL {b64('alice')}", "EXTERNAL\r\n":
            client = self.pop3(self.proxy.port["pop3s"], "alice")
            client.send(f"AUTH {how}\r\n")
            if "\r\n" in how:
                client.reply("+ ")
            client.reply()
            client.command("STAT")
            client.quit()
        self.let_in("service=pop3s", "user=alice ", "master=proxy")

    def test_python_curl_and_openssl(self):
        port = self.proxy.port["imaps"]
        with imaplib.IMAP4_SSL("localhost", port, ssl_context=self.showing("alice")) as client:
            self.assertEqual(client.authenticate("EXTERNAL", lambda _: b"")[0], "OK")
            self.assertEqual(client.select()[0], "OK")
        alice = self.people["alice"]
        files = ["--cert", str(alice.cert), "--key", str(alice.key), "--cacert",
                 str(self.authority.cert)]
        for scheme, service in ("imaps", "imaps"), ("pop3s", "pop3s"):
            for user, status in ("alice:", 0), ("bob:", 67):
                with self.subTest(f"{scheme} {user}"):
                    run = subprocess.run(
                        ["curl", "-sS", *files, "--user", user, "--login-options", "AUTH=EXTERNAL",
                         f"{scheme}://localhost:{self.proxy.port[service]}/"],
                        capture_output=True, text=True, check=False)
                    self.assertEqual(run.returncode, status, run.stderr)
        run = subprocess.run(
            [*openssl_command(port, self.authority.cert), "-cert", alice.cert, "-key", alice.key],
            input="a AUTHENTICATE EXTERNAL =\nb LOGOUT\n", text=True, capture_output=True,
            check=False)
        self.assertIn("b OK Logout", run.stdout)

    def test_who_has_no_certificate_has_a_password(self):
        client = self.client()
        self.assertNotIn("EXTERNAL", client.greeting)
        client.command("AUTHENTICATE EXTERNAL =", "NO Mechanism is not supported")
        client.login()
        client.logout()
        client = self.pop3(self.proxy.port["pop3s"])
        client.command("AUTH EXTERNAL =", "-ERR")
        client.login()
        client.quit()

    def test_who_has_a_certificate_still_needs_a_right_password(self):
        client = self.client("alice")
        client.login("alice", SECRET, wanted="NO [AUTHENTICATIONFAILED]")
        client.login("alice", "wonder")
        client.logout()
        self.let_in("user=alice ", 'master=""', mech="LOGIN")

    def test_not_offered_unless_it_is_wanted(self):
        client = self.client("alice", "usual")
        self.assertNotIn("EXTERNAL", client.greeting)
        client.command("AUTHENTICATE EXTERNAL =", "NO Mechanism is not supported")

    def test_nobody_else(self):
        """T4.10"""
        for name in "mallory", "alice":
            client = self.client(name)
            client.command(f"AUTHENTICATE EXTERNAL {b64('bob')}", "NO [AUTHENTICATIONFAILED]")
            self.logged(self.proxy, "user=bob ", 'master=""', "verdict=wrong_password",
                        f'detail="the client\'s certificate is that of {name}, who is not among')
        self.assertNotIn("logging in as bob", self.dovecot.log())
        # A certificate is no reason for there to be a mailbox.
        client.command("AUTHENTICATE EXTERNAL =")

    def test_who_may_be_anybody(self):
        client = self.client("webmail")
        client.command(f"AUTHENTICATE EXTERNAL {b64('alice')}")
        client.command("SELECT INBOX")
        client.logout()
        self.let_in("user=alice ", "authid=webmail", "master=proxy")
        client = self.client("webmail", "joined")
        client.command(f"AUTHENTICATE EXTERNAL {b64('alice')}", "NO [AUTHENTICATIONFAILED]")

    def test_several_names(self):
        for service in "imaps", "mail":
            client = self.client("two", service)
            client.command("AUTHENTICATE EXTERNAL =", "NO [AUTHENTICATIONFAILED]")
            client.command(f"AUTHENTICATE EXTERNAL {b64('alice')}")
            client.logout()
            self.let_in(f"service={service}", "user=alice ", 'authid=""')
        self.logged(self.proxy, "verdict=wrong_password", 'detail="the client\'s certificate names '
                    "several users")

    def test_names_that_are_none(self):
        for name in "mail", "control":
            client = self.client(name)
            self.assertNotIn("EXTERNAL", client.greeting)
            client.command("AUTHENTICATE EXTERNAL =", "NO Mechanism is not supported")
        self.proxy.wait_for_line("event=client_cert_without_user", 2)
        client = self.client("mail", "mail")
        client.command("AUTHENTICATE EXTERNAL =")
        client.logout()
        client = self.client("alice", "mail")
        self.assertNotIn("EXTERNAL", client.greeting)

    def test_a_master_that_the_backend_does_not_know(self):
        postern = self.postern({"imaps": self.front(
            "IMAP4S", f"outgoing_server 127.0.0.1:{self.dovecot.imap}", self.as_master("nobody"))})
        client = self.imap(postern.port["imaps"], "alice")
        client.command("AUTHENTICATE EXTERNAL =", "NO [AUTHENTICATIONFAILED]")
        self.logged(postern, "user=alice ", "master=nobody", "verdict=wrong_password")

    def test_reload(self):
        """A new password is taken over, one that cannot be read changes nothing."""
        own = self.write_password(self.scratch.path / "own", "old")
        service = self.front("IMAP4S", f"outgoing_server 127.0.0.1:{self.dovecot.imap}",
                             f"master_user proxy\nmaster_password_file {own}")
        postern = self.postern({"imaps": service})

        def log_in(wanted):
            self.imap(postern.port["imaps"], "alice").command("AUTHENTICATE EXTERNAL =", wanted)

        log_in("NO [AUTHENTICATIONFAILED]")
        self.write_password(own)
        postern.reload()
        postern.wait_for_line("event=reloaded")
        log_in("OK")
        own.chmod(0o644)
        postern.reload()
        self.assertIn("chmod o=", postern.wait_for_line("reload failed")[0])
        log_in("OK")
        self.assertNotIn(SECRET, postern.output())

    def test_a_chain_by_masters(self):
        """Two Posterns; the first is a master at the second, and that at Dovecot."""
        back = self.postern({"imap": f"protocol IMAP4\n{GENEROUS}sasl_authzid\n"
                                     f"outgoing_server 127.0.0.1:{self.dovecot.imap}\n"})
        front = self.postern({"imaps": self.front(
            "IMAP4S", f"outgoing_server 127.0.0.1:{back.port['imap']}", self.as_master())})
        client = self.imap(front.port["imaps"], "alice")
        client.command("AUTHENTICATE EXTERNAL =")
        client.command("SELECT INBOX")
        client.logout()
        self.logged(front, "user=alice ", "master=proxy", "verdict=ok")
        self.logged(back, "user=alice ", "authid=proxy", "mech=PLAIN", "verdict=ok")

    def test_a_chain_by_certificates(self):
        """The first shows its own to the second, where it may be anybody."""
        back = self.postern({"imaps": self.front(
            "IMAP4S", f"outgoing_server 127.0.0.1:{self.dovecot.imap}", self.as_master(),
            "sasl_external_masters front")})
        front = self.postern({"imaps": self.front(
            "IMAP4S", "ssl_mode ssl_all", f"outgoing_server localhost:{back.port['imaps']}",
            f"ssl_outgoing_cert_file {self.people['front'].cert}",
            f"ssl_outgoing_key_file {self.people['front'].key}")})
        client = self.imap(front.port["imaps"], "alice")
        client.command("AUTHENTICATE EXTERNAL =")
        client.command("SELECT INBOX")
        client.logout()
        self.logged(front, "user=alice ", 'master=""', "mech=EXTERNAL", "verdict=ok")
        self.logged(back, "user=alice ", "authid=front", "master=proxy", "verdict=ok")
        client = self.imap(front.port["imaps"], "alice")
        client.login()  # passwords go their way as ever
        client.logout()


class DovecotByCertificateTest(ExternalTest):
    """A Dovecot that takes nobody but those whose certificate it knows."""

    def test_our_certificate_is_all_it_needs(self):
        dovecot = dovecot_with_masters(type(self), certificate=self.certificate,
                                       more=KNOWS_FRONT.format(ca=self.authority.cert))
        postern = self.postern({"imaps": self.front(
            "IMAP4S", "ssl_mode ssl_all", f"outgoing_server localhost:{dovecot.imaps}",
            f"ssl_outgoing_cert_file {self.people['front'].cert}",
            f"ssl_outgoing_key_file {self.people['front'].key}")})
        client = self.imap(postern.port["imaps"], "alice")
        client.command("AUTHENTICATE EXTERNAL =")
        client.command("SELECT INBOX")
        client.logout()
        self.logged(postern, "user=alice ", "mech=EXTERNAL", "verdict=ok")
        dovecot.wait_for_log("user=<alice>, method=EXTERNAL")


class SettingsTest(ExternalTest):
    def test_refused_without_a_way_on(self):
        for more, words in (("", "EXTERNAL leaves us without a password"),
                            ("master_user proxy", "master_password_file is not set"),
                            (f"{self.as_master()}\nclient_server_specification",
                             "does not go with client_server_specification"),
                            (f"{self.as_master()}\nssl_mode tls_outgoing", "tls_outgoing goes on")):
            with self.subTest(words):
                config = self.scratch.path / "postern.conf"
                config.write_text(self.front("IMAP4S", "outgoing_server 127.0.0.1", more))
                for options in ("--check",), ():
                    run = run_postern("-f", config, *options)
                    self.assertEqual(run.returncode, 1)
                    self.assertIn(words, run.stdout + run.stderr)

    def test_a_password_file_that_is_broken(self):
        config = self.scratch.path / "postern.conf"
        own = self.scratch.path / "own"
        config.write_text(self.front("IMAP4S", "outgoing_server 127.0.0.1",
                                     f"master_user proxy\nmaster_password_file {own}"))
        for prepare, words in ((lambda: None, "No such file"),
                               (lambda: self.write_password(own, mode=0o604), "chmod o="),
                               (lambda: self.write_password(own, "two\nlines"), "one line")):
            prepare()
            for options in ("--check",), ():
                run = run_postern("-f", config, *options)
                self.assertEqual(run.returncode, 1)
                self.assertIn("master_password_file", run.stdout + run.stderr)
                self.assertIn(words, run.stdout + run.stderr)

    def test_print_config_has_the_file_and_not_what_is_in_it(self):
        config = self.scratch.path / "postern.conf"
        config.write_text(self.front("IMAP4S", "outgoing_server 127.0.0.1", self.as_master(),
                                     "ssl_client_cert_user RFC822name",
                                     "master_user_separator *"))
        shown = run_postern("-f", config, "--print-config").stdout
        for line in ("ssl_client_cert_user rfc822Name ", "master_user proxy ",
                     f"master_password_file {self.password} ", "master_user_separator * ",
                     "sasl_authzid no "):
            self.assertIn(line, shown)
        self.assertNotIn(SECRET, shown)


class AffinityTest(ExternalTest):
    def test_who_comes_by_certificate_goes_where_the_user_is(self):
        stores = [self.sample(f"store{number}", users=("alice:wonder", f"alice*proxy:{SECRET}"))
                  for number in range(3)]
        hosts = " ".join(f"127.0.0.1:{store.imap}" for store in stores)
        postern = self.postern(
            {"imaps": self.front("IMAP4S", "map static pool stores")},
            f"pool stores {hosts} sticky=yes policy=round_robin master_user=proxy "
            f"master_password_file={self.password} master_user_separator=*\n")

        def home(how):
            client = self.imap(postern.port["imaps"], "alice")
            return next(store.name for store in stores if store.name in client.command(how)[1])

        homes = {home("LOGIN alice wonder")} | {home("AUTHENTICATE EXTERNAL =") for _ in range(4)}
        self.assertEqual(len(homes), 1)


if __name__ == "__main__":
    unittest.main()
