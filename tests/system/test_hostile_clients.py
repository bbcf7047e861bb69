"""Clients that try to confuse, smuggle, flood or forge before their login.

A Witness stands behind Postern and remembers every login and command that
reached it.  The ids (T1.1 ...) are those of the project's list of threats.
"""

import base64
import ssl
import unittest

from harness import GENEROUS, ImapClient, MailSocket, Pop3Client, SystemTest, Witness, wait_until

# Ways to say the same bytes: in one segment, or each in a segment of its own.
PACES = {"at once": MailSocket.send, "byte by byte": MailSocket.drip}

BAD_OR_NO = r"\S+ (BAD|NO) "


def b64(text):
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def plain(user, password, role=""):
    """The message of SASL PLAIN."""
    return b64(f"{role}\0{user}\0{password}")


SMUGGLED_IN_NAME = plain("u1\r\nDELE 1", "pw1")
SMUGGLED_IN_PASSWORD = plain("u1", "pw1\r\nDELE 1")
NAME_WITH_LF = b64("u1\n")


class HostileTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.imap, cls.pop3 = Witness("imap"), Witness("pop3")
        for backend in cls.imap, cls.pop3:
            cls.addClassCleanup(backend.stop)
        to_imap = f"outgoing_server {cls.imap.address}\n{GENEROUS}"
        to_pop3 = f"outgoing_server {cls.pop3.address}\n{GENEROUS}"
        cls.port = cls.shared_postern({
            "imap": f"protocol IMAP4\n{cls.tls_settings('tls_listen')}{to_imap}",
            "imaps": f"protocol IMAP4S\n{cls.tls_settings()}{to_imap}",
            "imapforce": f"protocol IMAP4\n{cls.tls_settings('tls_listen_force')}{to_imap}",
            "pop3": f"protocol POP3\n{cls.tls_settings('tls_listen')}{to_pop3}",
            "pop3s": f"protocol POP3S\n{cls.tls_settings()}{to_pop3}",
            "pop3force": f"protocol POP3\n{cls.tls_settings('tls_listen_force')}{to_pop3}",
        }).port

    def setUp(self):
        super().setUp()
        for backend in self.imap, self.pop3:
            backend.logins.clear()
            backend.commands.clear()

    def nobody_came(self):
        self.assertEqual(self.imap.logins + self.pop3.logins, [])

    def imap_clients(self):
        """In the clear, behind STARTTLS, and through implicit TLS."""
        yield "clear", ImapClient(self.port["imap"])
        yield "starttls", ImapClient(self.port["imap"], starttls=self.tls)
        yield "tls", ImapClient(self.port["imaps"], tls=self.tls)

    def pop3_clients(self):
        yield "clear", Pop3Client(self.port["pop3"])
        yield "stls", Pop3Client(self.port["pop3"], starttls=self.tls)
        yield "tls", Pop3Client(self.port["pop3s"], tls=self.tls)


class StartTlsTest(HostileTest):
    """1.1: nothing said before TLS survives it."""

    def upgrade(self, service, plaintext, hello):
        """Says `plaintext`, then shakes hands if Postern still wants to.
        The client inside TLS, or None if Postern hung up instead."""
        client = MailSocket(self.port[service])
        client.expect(hello)
        client.send(plaintext)
        try:
            line = client.line()
            self.assertRegex(line, r"^(\S+ )?\+?(OK)")
            self.assertEqual(client.unread, b"")
            client.start_tls(self.tls)
            client.send("")
            return client
        except (EOFError, OSError):
            return None

    def test_imap_commands_pipelined_behind_starttls(self):
        """T1.1, T1.2, T1.9"""
        for plaintext in (b"a STARTTLS\r\nb NOOP\r\n", b"a STARTTLS\r\nb LOGIN evil pw\r\n",
                          b"a STARTTLS\nb NOOP\n"):
            with self.subTest(plaintext):
                client = self.upgrade("imap", plaintext, r"\* OK")
                if client:
                    try:
                        client.send("c NOOP\r\n")
                        client.expect("c OK")
                    except (EOFError, OSError):
                        pass
                self.nobody_came()

    def test_a_literal_opened_before_tls_swallows_nothing(self):
        """T1.3"""
        client = self.upgrade("imap", b"a STARTTLS\r\nb LOGIN x {20}\r\n", r"\* OK")
        if client:
            try:
                client.send("c LOGIN vic secretpw\r\n")
                client.expect("c OK")
                self.assertEqual(self.imap.logins, [("vic", "secretpw")])
                return
            except (EOFError, OSError):
                pass
        self.nobody_came()

    def test_pop3_commands_pipelined_behind_stls(self):
        """T1.4"""
        for plaintext in b"STLS\r\nCAPA\r\n", b"STLS\r\nUSER evil\r\n":
            with self.subTest(plaintext):
                client = self.upgrade("pop3", plaintext, r"\+OK")
                if client:
                    try:
                        client.send("PASS pw\r\n")
                        client.expect("-ERR")
                    except (EOFError, OSError):
                        pass
                self.nobody_came()

    def test_user_given_before_stls_is_forgotten(self):
        """T1.5"""
        client = Pop3Client(self.port["pop3"])
        client.command("USER evil")
        client.send("STLS\r\n")
        if client.line().startswith("+OK"):
            client.start_tls(self.tls)
            client.command("PASS pw", "-ERR")
        self.nobody_came()

    def test_starttls_as_a_sasl_answer(self):
        """T1.6"""
        client = ImapClient(self.port["imap"])
        client.send("a AUTHENTICATE PLAIN\r\n")
        client.expect(r"\+ ")
        client.send("b STARTTLS\r\n")
        client.reply("a", "")
        client.command("NOOP")

    def test_starttls_inside_tls(self):
        """T1.7"""
        client = ImapClient(self.port["imap"], starttls=self.tls)
        self.assertNotIn("STARTTLS", str(client.command("CAPABILITY")))
        client.command("STARTTLS", "BAD")
        client.login()
        client.logout()
        client = Pop3Client(self.port["pop3"], starttls=self.tls)
        client.command("CAPA")
        self.assertNotIn("STLS", client.listing())
        client.command("STLS", "-ERR")
        client.login()
        client.quit()

    def test_plain_text_instead_of_a_handshake(self):
        """T1.8"""
        client = ImapClient(self.port["imap"])
        client.command("STARTTLS")
        client.send("b NOOP\r\n")
        self.assertNotIn(b"b ", client.closed())

    def test_clear_text_after_close_notify(self):
        """T1.10"""
        client = ImapClient(self.port["imap"], starttls=self.tls)
        try:
            client.socket = client.socket.unwrap()
            client.send("b NOOP\r\n")
            self.assertNotIn(b"b OK", client.closed())
        except (OSError, ssl.SSLError):
            pass

    def test_logins_in_the_clear_where_tls_is_required(self):
        """T1.11"""
        client = ImapClient(self.port["imapforce"])
        self.assertIn("LOGINDISABLED", str(client.command("CAPABILITY")))
        client.login("u", "p", "NO [PRIVACYREQUIRED]")
        client.command(f"AUTHENTICATE PLAIN {plain('u', 'p')}", "NO")
        client.close()
        client = Pop3Client(self.port["pop3force"])
        client.command("USER u", "-ERR")
        client.command(f"AUTH PLAIN {plain('u', 'p')}", "-ERR")
        self.nobody_came()

    def test_starttls_after_the_login_is_the_backends_business(self):
        """T1.12"""
        client = ImapClient(self.port["imap"])
        client.login("attacker", "pw")
        client.command("STARTTLS")
        wait_until(lambda: self.imap.commands == ["STARTTLS"], "the backend is told")


class CredentialTest(HostileTest):
    """1.4: what a client calls itself cannot become a command, a line or
    somebody else."""

    def refused(self, client, command, pace):
        """Whatever is asked for first, the command ends in a refusal."""
        pace(client, command.encode())
        line = client.line()
        while line.startswith("+"):
            line = client.line()
        self.assertRegex(line, BAD_OR_NO)

    def test_control_characters_in_imap(self):
        """T4.1, T4.2, T4.3, T4.6"""
        for command in ("a LOGIN {16+}\r\nu1\r\nx NOOP\r\nu1 z {3+}\r\npw1\r\n",
                        "a LOGIN u1 {14+}\r\npw\r\nx DELETE y\r\n",
                        "a LOGIN {4+}\r\nu1\0x {3+}\r\npw1\r\n",
                        'a LOGIN "u1\0x" "pw\0\\"\r\n',
                        "a LOGIN u1\x7f pw\r\n",
                        f"a AUTHENTICATE PLAIN {SMUGGLED_IN_NAME}\r\n",
                        f"a AUTHENTICATE PLAIN {SMUGGLED_IN_PASSWORD}\r\n",
                        f"a AUTHENTICATE LOGIN {NAME_WITH_LF}\r\n{b64('pw1')}\r\n"):
            for pace_name, pace in PACES.items():
                for transport, client in self.imap_clients():
                    with self.subTest(f"{command!r} {pace_name} {transport}"):
                        self.refused(client, command, pace)
                        client.close()
        self.nobody_came()

    def test_control_characters_in_pop3(self):
        """T4.4, T4.5: there is no quoting in POP3 to hide them in"""
        for commands in ([f"AUTH PLAIN {SMUGGLED_IN_NAME}"],
                         [f"AUTH PLAIN {SMUGGLED_IN_PASSWORD}"],
                         ["USER u1\rDELE 1"], ["USER u1\0x"], ["USER u1", "PASS p\0w"],
                         ["USER u1", "PASS p\rDELE 1"]):
            for pace_name, pace in PACES.items():
                for transport, client in self.pop3_clients():
                    with self.subTest(f"{commands!r} {pace_name} {transport}"):
                        for command in commands:
                            pace(client, command.encode() + b"\r\n")
                            reply = client.line()
                        self.assertRegex(reply, "^-ERR")
                        client.close()
        self.nobody_came()

    def test_imap_credentials_arrive_unchanged(self):
        """T4.7, T4.8, T4.9, T4.15, T4.16"""
        for command, user, password in (
                (r'a LOGIN "te\"s\\t" "se\"cr\\et"', 'te"s\\t', 'se"cr\\et'),
                ('a LOGIN {2+}\r\nu1 "pw1"', "u1", "pw1"),
                ('a LOGIN "u1" {3+}\r\npw1', "u1", "pw1"),
                ('a LOGIN u1 "abc{5+}"', "u1", "abc{5+}"),
                ('a LOGIN u1 "(a) b%*]{}"', "u1", "(a) b%*]{}"),
                ('a LOGIN u1 " x "', "u1", " x "),
                ('a LOGIN u1 {6+}\r\nend\\\\ ', "u1", "end\\\\ "),
                ('a LOGIN u1 "p\udce4"', "u1", "p\udce4"),
                ('a LOGIN u1 "pässwörd"', "u1", "pässwörd"),
                (f"a LOGIN u1 {'p' * 1000}", "u1", "p" * 1000),
                ("a LOGIN %s%n%x pw", "%s%n%x", "pw"),
                ('a LOGIN "x\' OR 1=1;--" pw', "x' OR 1=1;--", "pw"),
                ('a LOGIN "$(reboot)" pw', "$(reboot)", "pw"),
                ("a LOGIN ../../etc/passwd pw", "../../etc/passwd", "pw"),
                ('a LOGIN "U1" pw', "U1", "pw"),
        ):
            for pace_name, pace in PACES.items():
                with self.subTest(f"{command!r} {pace_name}"):
                    self.imap.logins.clear()
                    client = ImapClient(self.port["imaps"], tls=self.tls)
                    pace(client, command.encode("utf-8", "surrogateescape") + b"\r\n")
                    client.reply("a")
                    self.assertEqual(self.imap.logins, [(user, password)])
                    client.logout()

    def test_imap_sasl_credentials_arrive_unchanged(self):
        for user, password in (("u1", 'se"cr\\et '), ("ü", "pässwörd"), ("u1", "p" * 1000)):
            for command in (f"a AUTHENTICATE PLAIN {plain(user, password)}\r\n",
                            f"a AUTHENTICATE PLAIN {plain(user, password, user)}\r\n",
                            f"a AUTHENTICATE PLAIN\r\n{plain(user, password)}\r\n",
                            f"a AUTHENTICATE LOGIN\r\n{b64(user)}\r\n{b64(password)}\r\n",
                            f"a AUTHENTICATE LOGIN {b64(user)}\r\n{b64(password)}\r\n"):
                with self.subTest(command):
                    self.imap.logins.clear()
                    client = ImapClient(self.port["imaps"], tls=self.tls)
                    client.send(command)
                    client.reply("a")
                    self.assertEqual(self.imap.logins, [(user, password)])
                    client.logout()

    def test_pop3_credentials_arrive_unchanged(self):
        """T4.9: leading and trailing blanks included"""
        for user, password in (("u1", " x "), ("u1", 'a "quoted" one'), ("ü", "pässwörd"),
                               ("u1", "p\udce4"), ("u1", "p" * 1000), ("%s%n%x", "pw")):
            message = plain(user, password)
            for commands in ([f"USER {user}", f"PASS {password}"], [f"AUTH PLAIN {message}"],
                             ["AUTH PLAIN", message],
                             ["AUTH LOGIN", b64(user), b64(password)]):
                with self.subTest(commands):
                    self.pop3.logins.clear()
                    client = Pop3Client(self.port["pop3s"], tls=self.tls)
                    for command in commands:
                        client.send((command + "\r\n").encode("utf-8", "surrogateescape"))
                        reply = client.line()
                    self.assertRegex(reply, r"^\+OK")
                    self.assertEqual(self.pop3.logins, [(user, password)])
                    client.quit()

    def test_bad_sasl_messages(self):
        """T4.10, T4.11, T4.12"""
        good = b64("\0u1\0pw1")
        for response in (b64("admin\0u1\0pw1"), b64("\0u1\0pw1\0x"), b64("\0\0pw"), b64("\0u1\0"),
                         "=", b64("nothing"), b64("\0u1\0" + "p" * 65536), good[:4] + "\t" + good[4:],
                         good[:4] + "=" + good[4:], good + "AAAA" if good.endswith("=") else good + "=",
                         good.rstrip("=") if good.endswith("=") else good[:-1], "__--"):
            with self.subTest(response[:40]):
                imap = ImapClient(self.port["imaps"], tls=self.tls)
                imap.send("a AUTHENTICATE PLAIN\r\n")
                imap.expect(r"\+")
                imap.send(response + "\r\n")
                self.assertRegex(imap.line(), r"^(a (BAD|NO) |\* BYE )")
                imap.close()
                pop3 = Pop3Client(self.port["pop3s"], tls=self.tls)
                pop3.command("AUTH PLAIN", "+")
                pop3.command(response, "-ERR")
                pop3.close()
        self.nobody_came()

    def test_sasl_cancelled_and_repeated(self):
        """T4.13"""
        client = ImapClient(self.port["imaps"], tls=self.tls)
        for _ in range(2):
            client.send("a AUTHENTICATE PLAIN\r\n")
            client.expect(r"\+")
            client.send("*\r\n")
            client.reply("a", "BAD")
        client.login()
        client.logout()
        client = Pop3Client(self.port["pop3s"], tls=self.tls)
        client.command("AUTH PLAIN", "+")
        client.command("*", "-ERR")
        client.login()
        client.quit()

    def test_names_too_long(self):
        client = ImapClient(self.port["imaps"], tls=self.tls)
        client.send(f"a LOGIN {'u' * 2000} pw\r\n")
        client.reply("a", "")
        client.close()
        client = Pop3Client(self.port["pop3s"], tls=self.tls)
        client.command("USER " + "u" * 2000, "-ERR")
        client.close()
        self.nobody_came()


if __name__ == "__main__":
    unittest.main()
