"""Connections with TLS to backends from their first byte to their last: sessions
that are resumed, backends that leave in every state, the next one in their place,
and how we say goodbye."""

import ssl
import unittest

from harness import (ImapClient, Pop3Client, SystemTest, greet_imap, greet_pop3, presenting,
                     read_imap_command, read_imap_login, read_pop3_login, wait_until)

UNAVAILABLE = r"NO \[UNAVAILABLE\]"
TEMPORARY = r"-ERR \[SYS/TEMP\]"
PROTOCOLS = {"imap": "IMAP4", "pop3": "POP3"}


def log_in(family, port, user="alice"):
    """(client, what it was told)"""
    if family == "imap":
        client = ImapClient(port)
        return client, client.command(f"LOGIN {user} secret", "")[1]
    client = Pop3Client(port)
    client.command(f"USER {user}")
    client.send("PASS secret\r\n")
    return client, client.line()


def greet(family, talk, starttls=False):
    if family == "pop3":
        greet_pop3(talk)
    else:
        greet_imap(talk, "IMAP4rev1 STARTTLS" if starttls else "IMAP4rev1 SASL-IR AUTH=PLAIN")


def take_login(family, talk, answer="OK"):
    if family == "imap":
        tag, _, password = read_imap_login(talk)
        talk.send(f"{tag} {answer} done\r\n")
    else:
        password = read_pop3_login(talk)[1]
        talk.send("+OK\r\n" if answer == "OK" else "-ERR [AUTH] no\r\n")
    return password


def agree_to_tls(family, talk):
    """Up to the backend's OK to STARTTLS or STLS."""
    greet(family, talk, starttls=True)
    if family == "pop3":
        while (line := talk.line()) != "STLS":
            talk.send("+OK\r\nSTLS\r\n.\r\n" if line == "CAPA" else "-ERR\r\n")
        talk.send("+OK\r\n")
        return
    while True:
        tag, command, *_ = read_imap_command(talk)
        if command.upper() == "STARTTLS":
            talk.send(f"{tag} OK go\r\n")
            return
        talk.send(f"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK\r\n")


class LifeTest(SystemTest):
    def start(self, family, mode, servers, more="", settings=""):
        places = ",".join(f"localhost:{server.port}" for server in servers)
        return self.postern(
            {family: f"protocol {PROTOCOLS[family]}\nssl_mode {mode}\nauth_failure_delay 0\n"
                     f"ssl_ca_file {self.authority.cert}\noutgoing_server '{places}'\n{more}"},
            settings)

    def entered(self, family, postern):
        client, answer = log_in(family, postern.port[family])
        self.assertRegex(answer, "OK")
        return client

    def refused(self, family, postern, user="alice"):
        client, answer = log_in(family, postern.port[family], user)
        self.assertRegex(answer, UNAVAILABLE if family == "imap" else TEMPORARY)
        client.close()


class ResumptionTest(LifeTest):
    def test_the_next_login_resumes(self):
        for family in PROTOCOLS:
            for mode in "ssl_outgoing", "tls_outgoing_force":
                for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
                    with self.subTest(f"{family} {mode} {version.name}"):
                        self.resume(family, mode, version)

    def resume(self, family, mode, version):
        context = presenting(self.certificate)
        context.maximum_version = version
        reused = []

        def script(talk):
            if mode != "ssl_outgoing":
                agree_to_tls(family, talk)
            talk.accept_tls(context)
            reused.append(talk.socket.session_reused)
            if mode == "ssl_outgoing":
                greet(family, talk)
            take_login(family, talk)
            talk.closed()

        postern = self.start(family, mode, [self.scripted(script)])
        for _ in range(3):
            self.entered(family, postern).close()
        self.assertEqual(reused, [False, True, True])
        postern.reload()  # what is trusted may be another: verified anew
        postern.wait_for_line("event=reloaded")
        self.entered(family, postern).close()
        self.assertEqual(reused[3:], [False])
        logged = [line.split("back_resumed=")[1].split()[0]
                  for line in postern.wait_for_line("event=login ", 4)]
        self.assertEqual(logged, ["no", "yes", "yes", "no"])


class FailoverTest(LifeTest):
    """A backend that cannot be trusted is passed over, and never sees a password."""

    def test_the_next_in_the_pool(self):
        for family in PROTOCOLS:
            for mode in "ssl_outgoing", "tls_outgoing_force":
                with self.subTest(f"{family} {mode}"):
                    self.fail_over(family, mode)

    def fail_over(self, family, mode):
        expired = self.authority.issue(f"expired {family} {mode}", days=-1)
        passwords = []

        def serving(certificate, name):
            context = presenting(certificate)

            def script(talk):
                if mode != "ssl_outgoing":
                    agree_to_tls(family, talk)
                talk.accept_tls(context)
                if mode == "ssl_outgoing":
                    greet(family, talk)
                take_login(family, talk)
                passwords.append(name)
                talk.closed()
            return self.scripted(script)

        bad, good = serving(expired, "bad"), serving(self.certificate, "good")
        postern = self.start(family, mode, [bad, good])
        clients = [self.entered(family, postern) for _ in range(4)]
        wait_until(lambda: len(passwords) >= 4, "four logins are remembered")
        self.assertEqual(passwords, ["good"] * 4)
        self.assertEqual(bad.conversations, 1)  # it rests from then on
        failed = postern.wait_for_line("event=backend_failed")[0]
        self.assertIn(f"backend=localhost:{bad.port}", failed)
        self.assertIn("TLS: certificate expired (localhost, 127.0.0.1, ::1)", failed)
        for client in clients:
            client.close()

    def test_not_without_tls_either(self):
        """T2.3: `force` does not look for one without, nor does it go back to the first."""
        def plain(talk):
            greet_imap(talk, "IMAP4rev1")
            tag, command, *_ = read_imap_command(talk)
            self.assertNotEqual(command.upper(), "LOGIN")
            talk.send(f"* CAPABILITY IMAP4rev1\r\n{tag} OK\r\n")
            talk.closed()

        first, second = self.scripted(plain), self.scripted(plain)
        postern = self.start("imap", "tls_outgoing_force", [first, second])
        self.refused("imap", postern)
        self.assertEqual([first.conversations, second.conversations], [1, 1])
        line = postern.wait_for_line("event=login_failed")[0]
        self.assertEqual(line.count("does not offer STARTTLS"), 2)
        self.assertIn("verdict=no_tls", line)


class IfOfferedTest(LifeTest):
    """tls_outgoing takes TLS if it can have it, and says so once if it cannot."""

    WARNING = "event=backend_in_the_clear"

    def test_one_warning_until_it_changes(self):
        for family in PROTOCOLS:
            with self.subTest(family):
                self.warn(family)

    def warn(self, family):
        offering = []
        context = presenting(self.certificate)

        def script(talk):
            if offering:
                agree_to_tls(family, talk)
                talk.accept_tls(context)
            else:
                greet(family, talk)
            take_login(family, talk)
            talk.closed()

        backend = self.scripted(script)
        postern = self.start(family, "tls_outgoing", [backend])
        for _ in range(3):
            self.entered(family, postern).close()
        lines = postern.wait_for_line(self.WARNING)
        self.assertEqual(len(lines), 1)
        self.assertIn(f"backend=localhost:{backend.port}", lines[0])
        offering.append(True)
        self.entered(family, postern).close()
        offering.clear()
        for _ in range(2):
            self.entered(family, postern).close()
        self.assertEqual(len(postern.wait_for_line(self.WARNING, 2)), 2)

    def test_an_offer_that_is_taken_back(self):
        """T2.3: once offered, there is no way back into the clear"""
        for family, answer in (("imap", "{tag} NO not now\r\n"), ("pop3", "-ERR not now\r\n")):
            with self.subTest(family):
                heard = []

                def script(talk, family=family, answer=answer, heard=heard):
                    greet(family, talk, starttls=True)
                    while True:
                        line = talk.line()
                        heard.append(line)
                        if line == "CAPA":
                            talk.send("+OK\r\nSTLS\r\n.\r\n")
                        else:
                            talk.send(answer.replace("{tag}", line.split(" ")[0]))

                postern = self.start(family, "tls_outgoing", [self.scripted(script)])
                self.refused(family, postern)
                self.assertFalse([line for line in heard if "secret" in line or "alice" in line])


class LeavingTest(LifeTest):
    """Backends that close in each state: the client is told in its protocol."""

    def states(self, family):
        """What a backend does to leave in each state, beginning with the TLS handshake."""
        context = presenting(self.certificate)

        def hello(talk):
            talk.bytes(6)  # of the client hello

        def resetting(talk):
            hello(talk)
            talk.reset()

        def garbage(talk):
            hello(talk)
            talk.send("* OK hello\r\n")
            talk.closed()

        def shaken(talk):
            talk.accept_tls(context)

        def greeted(talk):
            shaken(talk)
            greet(family, talk)

        def asked(talk):
            greeted(talk)
            talk.line()

        return {"before the hello": lambda talk: None, "behind the hello": hello,
                "reset": resetting, "no TLS": garbage, "behind the handshake": shaken,
                "behind the greeting": greeted, "before the verdict": asked}

    def test_every_state(self):
        for family in PROTOCOLS:
            for mode in "ssl_outgoing", "tls_outgoing_force":
                self.leave_in_every_state(family, mode)

    def leave_in_every_state(self, family, mode):
        backends = {}
        for name, leave in self.states(family).items():
            def script(talk, leave=leave):
                if mode != "ssl_outgoing":
                    agree_to_tls(family, talk)
                leave(talk)
            backends[name] = self.scripted(script)
        users = self.scratch.file(f"{family} {mode}", "".join(
            f"user{number}: localhost:{backend.port}\n"
            for number, backend in enumerate(backends.values())))
        postern = self.start(family, mode, [], f"map text {users}\n")
        for number, name in enumerate(backends):
            with self.subTest(f"{family} {mode} {name}"):
                self.refused(family, postern, f"user{number}")
                self.assertEqual(backends[name].conversations, 1)

    def test_half_a_handshake(self):
        """A backend that says nothing to our hello is given up in time."""
        silent = self.scripted(lambda talk: talk.closed())
        postern = self.start("imap", "ssl_outgoing", [silent], "connect_timeout 1\n")
        self.refused("imap", postern)
        self.assertIn("no TLS handshake in time",
                      postern.wait_for_line("event=backend_failed")[0])


class GoodbyeTest(LifeTest):
    """T7.8: whatever ends a connection, the backend hears close_notify."""

    def setUp(self):
        super().setUp()
        self.context = presenting(self.certificate)
        self.endings = []

    def start_with(self, family, conversation, more="", settings=""):
        def script(talk):
            talk.accept_tls(self.context)
            conversation(talk)
            self.endings.append(talk.ending())
        return self.start(family, "ssl_outgoing", [self.scripted(script)], more, settings)

    def assert_goodbye(self):
        wait_until(lambda: self.endings, "the backend hears of the end")
        self.assertEqual(self.endings, ["said goodbye"])
        self.endings.clear()

    @staticmethod
    def serving(family, answer="OK"):
        return lambda talk: (greet(family, talk), take_login(family, talk, answer))

    def test_sessions(self):
        for family in PROTOCOLS:
            for name, leave in {"close": lambda client: client.close(),
                                "reset": lambda client: client.reset(),
                                "half close": lambda client: client.half_close()}.items():
                with self.subTest(f"{family} {name}"):
                    postern = self.start_with(family, self.serving(family))
                    client = self.entered(family, postern)
                    leave(client)
                    self.assert_goodbye()
                    client.close()

    def test_idle_for_too_long(self):
        postern = self.start_with("imap", self.serving("imap"), "timeout 1\n")
        client = self.entered("imap", postern)
        self.assert_goodbye()
        client.close()

    def test_the_end_of_the_daemon(self):
        postern = self.start_with("imap", self.serving("imap"))
        client = self.entered("imap", postern)
        postern.stop()
        self.assert_goodbye()
        client.close()

    def test_wrong_password(self):
        for family in PROTOCOLS:
            with self.subTest(family):
                postern = self.start_with(family, self.serving(family, "NO"))
                client, answer = log_in(family, postern.port[family])
                self.assertRegex(answer, "NO|-ERR")
                self.assert_goodbye()
                client.close()

    def test_no_good_backend(self):
        for family, greeting in (("imap", "* BYE full\r\n"), ("pop3", "-ERR full\r\n"),
                                 ("imap", "* PREAUTH you\r\n"), ("imap", "HTTP/1.1 200 OK\r\n")):
            with self.subTest(greeting):
                postern = self.start_with(family, lambda talk, text=greeting: talk.send(text))
                self.refused(family, postern)
                self.assert_goodbye()

    def test_a_client_that_leaves_while_logging_in(self):
        def waiting(talk):
            greet_imap(talk)
            read_imap_command(talk)  # the login, never answered
            client.close()

        # A client is not read from while it logs in: it is missed when the login ends.
        postern = self.start_with("imap", waiting, "backend_login_timeout 1\n")
        client = ImapClient(postern.port["imap"])
        client.send("a LOGIN alice secret\r\n")
        self.assert_goodbye()

    def test_a_backend_that_is_too_slow(self):
        def waiting(talk):
            greet_imap(talk)
            read_imap_command(talk)

        postern = self.start_with("imap", waiting, "backend_login_timeout 1\n")
        self.refused("imap", postern)
        self.assert_goodbye()


if __name__ == "__main__":
    unittest.main()
