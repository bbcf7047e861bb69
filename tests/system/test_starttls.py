"""Nothing said before TLS survives it, and nothing needs it twice.

The ids (T1.1 ...) are those of the project's list of threats.
"""

import ssl
import unittest

from harness import ImapClient, MailSocket, Pop3Client, WitnessTest, plain, wait_until


class StartTlsTest(WitnessTest):

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

    def test_a_failed_login_does_not_forget_tls(self):
        """Perdition's clients had to connect again."""
        client = ImapClient(self.port["imapforce"], starttls=self.tls)
        client.login("u", "bad", "NO [AUTHENTICATIONFAILED]")
        self.assertNotIn("STARTTLS", str(client.command("CAPABILITY")))
        client.login("u", "good")
        client = Pop3Client(self.port["pop3force"], starttls=self.tls)
        client.login("u", "bad", "-ERR [AUTH]")
        client.command("CAPA")
        self.assertNotIn("STLS", client.listing())
        client.login("u", "good")

    def test_starttls_after_the_login_is_the_backends_business(self):
        """T1.12"""
        client = ImapClient(self.port["imap"])
        client.login("attacker", "pw")
        client.command("STARTTLS")
        wait_until(lambda: self.imap.commands == ["STARTTLS"], "the backend is told")


if __name__ == "__main__":
    unittest.main()
