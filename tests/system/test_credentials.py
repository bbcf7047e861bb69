"""What a client calls itself cannot become a command, a line or somebody else,
and reaches the backend as it was typed.

The ids (T4.1 ...) are those of the project's list of threats.
"""

import unittest

from harness import ImapClient, MailSocket, Pop3Client, WitnessTest, b64, plain

# Ways to say the same bytes: in one segment, or each in a segment of its own.
PACES = {"at once": MailSocket.send, "byte by byte": MailSocket.drip}

BAD_OR_NO = r"\S+ (BAD|NO) "

SMUGGLED_IN_NAME = plain("u1\r\nDELE 1", "pw1")
SMUGGLED_IN_PASSWORD = plain("u1", "pw1\r\nDELE 1")
NAME_WITH_LF = b64("u1\n")


class CredentialTest(WitnessTest):
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
