"""Settings that change what clients and backends are told."""

import os
import unittest

from harness import (GENEROUS, Dovecot, ImapClient, MailSocket, Pop3Client, SystemTest,
                     dovecot_missing, wait_until)


class WordsTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.backend = self.sample()

    def serve(self, imap="", pop3="", settings=""):
        return self.postern({
            "imap": f"protocol IMAP4\n{GENEROUS}outgoing_server 127.0.0.1:{self.backend.imap}\n{imap}",
            "pop3": f"protocol POP3\n{GENEROUS}outgoing_server 127.0.0.1:{self.backend.pop3}\n{pop3}",
        }, settings)

    def test_greeting_and_ok_line(self):
        words = "greeting Welcome, stranger\nok_line You are in\n"
        postern = self.serve(words, words)
        imap, pop3 = ImapClient(postern.port["imap"]), Pop3Client(postern.port["pop3"])
        self.assertIn("Welcome, stranger", imap.greeting)
        self.assertIn("Welcome, stranger", pop3.greeting)
        self.assertRegex(imap.login(), "You are in$")
        self.assertRegex(pop3.login(), "You are in$")

    def test_capabilities_of_ones_own(self):
        postern = self.serve("imap_capability IMAP4REV1 XYZZY\n", "pop_capability UIDL.XYZZY\n")
        imap, pop3 = ImapClient(postern.port["imap"]), Pop3Client(postern.port["pop3"])
        self.assertIn("XYZZY", imap.greeting)
        self.assertIn("XYZZY", str(imap.command("CAPABILITY")))
        pop3.command("CAPA")
        self.assertIn("XYZZY", pop3.listing())

    def test_after_the_login_the_backends_capabilities_count(self):
        postern = self.serve("imap_capability IMAP4REV1 XYZZY\n")
        client = ImapClient(postern.port["imap"])
        told = client.login() + str(client.command("CAPABILITY"))
        self.assertNotIn("XYZZY", told)
        self.assertIn("IDLE", told)

    def test_login_disabled(self):
        postern = self.serve("login_disabled\n", "login_disabled\n")
        imap, pop3 = ImapClient(postern.port["imap"]), Pop3Client(postern.port["pop3"])
        self.assertIn("LOGINDISABLED", str(imap.command("CAPABILITY")))
        imap.login(wanted="NO")
        pop3.send("USER alice\r\nPASS wonder\r\n")
        self.assertIn("-ERR", (pop3.line(), pop3.line())[1])

    def test_mechanisms(self):
        postern = self.serve("sasl_mechanisms PLAIN\n", "sasl_mechanisms ''\n")
        imap, pop3 = ImapClient(postern.port["imap"]), Pop3Client(postern.port["pop3"])
        self.assertIn("AUTH=PLAIN", imap.greeting)
        self.assertNotIn("AUTH=LOGIN", imap.greeting)
        imap.command("AUTHENTICATE LOGIN", "NO")
        pop3.command("CAPA")
        self.assertNotIn("SASL", " ".join(pop3.listing()))
        pop3.command("AUTH PLAIN", "-ERR")
        pop3.login()

    def test_a_client_may_choose_its_server(self):
        other = self.sample("other")
        postern = self.serve("client_server_specification\n")
        client = ImapClient(postern.port["imap"])
        self.assertIn("other", client.login(f"alice@127.0.0.1:{other.imap}"))
        self.assertIn("sample", ImapClient(postern.port["imap"]).login("alice"))

    def test_names_are_changed_for_the_backend(self):
        witness = self.witness("imap")
        for settings, typed, sent in (("strip_domain remote_login\n", "u@example.org", "u"),
                                      ("add_domain all\nexplicit_domain example.org\n", "u",
                                       "u@example.org"),
                                      ("lower_case remote_login\n", "User", "user"),
                                      ("", "User@Example.org", "User@Example.org")):
            with self.subTest(settings):
                postern = self.postern({"imap": "protocol IMAP4\noutgoing_server "
                                                f"{witness.address}\n{settings}"})
                ImapClient(postern.port["imap"]).login(typed, "pw")
                self.assertEqual(witness.logins[-1], (sent, "pw"))

    def test_limits_of_connections(self):
        for settings in {"imap": "connection_limit 2\n"}, {"settings": "connection_limit 2\n"}:
            with self.subTest(str(settings)):
                postern = self.serve(**settings)
                inside = [ImapClient(postern.port["imap"]) for _ in range(2)]
                self.assertRegex(MailSocket(postern.port["imap"]).closed(), rb"^(|\* BYE .*\r\n)$")
                inside.pop().logout()
                wait_until(lambda: b"* OK" in self.first_words(postern), "there is room again")
                inside[0].login()
                postern.end_cleanly()

    @staticmethod
    def first_words(postern):
        with MailSocket(postern.port["imap"]) as client:
            return client.socket.recv(4096)

    def test_pid_file(self):
        path = self.scratch.path / "postern.pid"
        postern = self.serve(settings=f"pid_file {path}\n")
        postern.wait_for_line("event=started")
        self.assertEqual(path.read_text().strip(), str(postern.pid))
        postern.end_cleanly()
        self.assertFalse(path.exists())

    def test_perditions_relog(self):
        postern = self.serve("connect_relog 1\n", settings="log_format perdition\n")
        client = ImapClient(postern.port["imap"])
        client.login()
        postern.wait_for_line('status="ok"', 3)
        client.logout()

    @unittest.skipUnless(os.path.exists("/proc/net/tcp"), "no /proc here")
    def test_keepalive_is_on_unless_switched_off(self):
        for settings, wanted in ("", "02"), ("tcp_keepalive no\n", "00"):
            with self.subTest(settings):
                postern = self.serve(settings)
                client = ImapClient(postern.port["imap"])
                client.login()
                for side, port in ("local", postern.port["imap"]), ("remote", self.backend.imap):
                    wait_until(lambda side=side, port=port: self.timers(side, port) == [wanted],
                               f"timer {wanted} runs on the {side} port {port}")
                client.logout()
                postern.end_cleanly()

    @staticmethod
    def timers(side, port):
        """The kernel's timers of the established connections there."""
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [line.split() for line in list(table)[1:]]
        column = 1 if side == "local" else 2
        return [row[5].split(":")[0] for row in rows
                if row[3] == "01" and int(row[column].split(":")[1], 16) == port]


@unittest.skipIf(dovecot_missing(), dovecot_missing())
class DovecotTest(SystemTest):
    PASSWORDS = ["plain", "with blank", 'quo"te', "back\\slash", "{5+}", "(a) b%*]", "pässwörd", " x "]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dovecot = Dovecot(cls.shared.path, users=[
            f"user{number}:{password}" for number, password in enumerate(cls.PASSWORDS)])
        cls.addClassCleanup(cls.dovecot.stop)

    def serve(self):
        return self.postern({
            "imap": f"protocol IMAP4\n{GENEROUS}outgoing_server 127.0.0.1:{self.dovecot.imap}\n",
            "pop3": f"protocol POP3\n{GENEROUS}outgoing_server 127.0.0.1:{self.dovecot.pop3}\n"})

    def test_odd_passwords(self):
        postern = self.serve()
        for number, password in enumerate(self.PASSWORDS):
            with self.subTest(password):
                quoted = password.replace("\\", "\\\\").replace('"', '\\"')
                ImapClient(postern.port["imap"]).login(f"user{number}", quoted)
                ImapClient(postern.port["imap"]).login(f"user{number}", "wrong" + quoted,
                                                       "NO [AUTHENTICATIONFAILED]")
                Pop3Client(postern.port["pop3"]).login(f"user{number}", password)
                Pop3Client(postern.port["pop3"]).login(f"user{number}", "wrong" + password,
                                                       "-ERR [AUTH]")

    def test_idle_hears_of_new_mail(self):
        postern = self.serve()
        waiting, writing = (ImapClient(postern.port["imap"]) for _ in range(2))
        for client in waiting, writing:
            client.login("user0", "plain")
            client.command("SELECT INBOX")
        waiting.send("a IDLE\r\n")
        waiting.expect(r"\+")
        writing.append(b"Subject: new\r\n\r\nhello\r\n")
        wait_until(lambda: "EXISTS" in waiting.line(), "the new message is announced")
        waiting.send("DONE\r\n")
        waiting.reply("a")


if __name__ == "__main__":
    unittest.main()
