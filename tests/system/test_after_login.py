"""From the backend's verdict on: what comes behind it belongs to the client, and
a backend that takes its time holds up nobody else.

The ids (T3.8 ...) are those of the project's list of threats.
"""

import threading
import unittest

from harness import (PATIENCE, ImapClient, Pop3Client, SystemTest, greet_imap, greet_pop3,
                     read_imap_login, read_pop3_login, wait_until)


def imap_answering(answer, stay=True):
    """A backend that answers the login by this text; {tag} is the command's."""
    def script(talk):
        greet_imap(talk)
        tag, _, _ = read_imap_login(talk)
        talk.send(answer.replace("{tag}", tag))
        if stay:
            talk.closed()
    return script


def pop3_answering(answer):
    def script(talk):
        greet_pop3(talk)
        read_pop3_login(talk)
        talk.send(answer)
        talk.closed()
    return script


class CapabilityTest(SystemTest):
    """Nothing that a backend can do is lost, and nothing that is unsafe here announced."""

    words = "IMAP4rev1 ENABLE SPECIAL-USE CREATE-SPECIAL-USE UTF8=ACCEPT OBJECTID X-OWN"
    unsafe = "UNAUTHENTICATE LOGIN-REFERRALS MAILBOX-REFERRALS"

    def announced(self, answer):
        """(before the login, after it), of the second client."""
        def script(talk):
            greet_imap(talk, f"{self.words} {self.unsafe} AUTH=PLAIN SASL-IR")
            tag, _, _ = read_imap_login(talk)
            talk.send(answer.replace("{list}", f"CAPABILITY {self.words} {self.unsafe} COMPRESS=DEFLATE")
                      .replace("{tag}", tag))
            talk.closed()
        postern = self.postern({"imap": "protocol IMAP4\noutgoing_server "
                                        f"{self.scripted(script).address}\n"})
        with ImapClient(postern.port["imap"]) as first:
            first.login()
        client = ImapClient(postern.port["imap"])
        self.addCleanup(client.close)
        untagged, tagged = client.command("LOGIN alice secret")
        return client.greeting, " ".join([*untagged, tagged])

    def test_learnt_and_told(self):
        for way, answer in {"by the OK": "{tag} OK [{list}] in\r\n",
                            "by a line": "* {list}\r\n{tag} OK in\r\n"}.items():
            with self.subTest(way):
                before, after = self.announced(answer)
                for word in self.words.split():
                    self.assertIn(f" {word}", before)
                    self.assertIn(f" {word}", after)
                for word in self.unsafe.split():
                    self.assertNotIn(word, before + after)
                self.assertNotIn("COMPRESS", before)  # nothing to do with it before the login
                self.assertIn("COMPRESS=DEFLATE", after)


class AfterLoginTest(SystemTest):
    """What comes right behind a backend's OK belongs to the client."""

    def imap_through(self, script):
        backend = self.scripted(script)
        postern = self.postern({"imap": f"protocol IMAP4\noutgoing_server {backend.address}\n"})
        client = ImapClient(postern.port["imap"])
        client.send("a LOGIN alice secret\r\n")
        return client

    def test_data_behind_the_ok(self):
        """T3.9"""
        client = self.imap_through(imap_answering("{tag} OK in\r\n* 7 EXISTS\r\n"))
        client.reply("a")
        client.expect(r"\* 7 EXISTS")

    def test_pop3_data_behind_the_ok(self):
        """T3.9"""
        backend = self.scripted(pop3_answering("+OK in\r\n+OK extra\r\n"))
        postern = self.postern({"pop3": f"protocol POP3\noutgoing_server {backend.address}\n"})
        client = Pop3Client(postern.port["pop3"])
        client.login()
        client.expect(r"\+OK extra")

    def test_bye_behind_the_ok(self):
        """T3.17"""
        client = self.imap_through(imap_answering("{tag} OK in\r\n* BYE full\r\n", stay=False))
        client.reply("a")
        self.assertEqual(client.rest(), b"* BYE full\r\n")

    def test_capability_is_told_once_and_is_the_backends(self):
        """T3.8"""
        for answer in ("* CAPABILITY IMAP4rev1 XYZZY STARTTLS AUTH=PLAIN\r\n{tag} OK in\r\n",
                       "{tag} OK [CAPABILITY IMAP4rev1 XYZZY STARTTLS AUTH=PLAIN] in\r\n"):
            with self.subTest(answer):
                client = self.imap_through(imap_answering(answer))
                untagged, tagged = client.reply("a")
                told = "\n".join([*untagged, tagged])
                self.assertEqual(told.count("XYZZY"), 1, told)
                self.assertNotIn("STARTTLS", told)


class EndTest(SystemTest):
    """However a session ends, both sides are told properly."""

    def session(self, ending):
        """Logged in through TLS; `ending` is what the backend does then."""
        def script(talk):
            greet_imap(talk)
            tag, _, _ = read_imap_login(talk)
            talk.send(f"{tag} OK in\r\n")
            ending(talk)

        backend = self.scripted(script)
        self.server = self.postern({
            "imaps": f"protocol IMAP4S\n{self.tls_settings()}outgoing_server {backend.address}\n"})
        client = ImapClient(self.server.port["imaps"], tls=self.tls)
        client.login()
        return client

    def test_the_backend_goes(self):
        for name, ending in (("closes", lambda talk: talk.send("* 1 EXISTS\r\n")),
                             ("resets", lambda talk: (talk.line(), talk.reset()))):
            with self.subTest(name):
                client = self.session(ending)
                if name == "resets":
                    client.send("a NOOP\r\n")
                client.rest()  # which insists on a close_notify
                self.server.wait_for_line("event=end")

    def test_the_client_goes(self):
        for name, leave in (("closes", ImapClient.close), ("resets", ImapClient.reset)):
            with self.subTest(name):
                gone = threading.Event()
                client = self.session(lambda talk, gone=gone: (talk.closed(), gone.set()))
                leave(client)
                wait_until(gone.is_set, "the backend's connection ends too")
                self.server.wait_for_line("event=end")

    def test_the_server_stops(self):
        gone = threading.Event()
        client = self.session(lambda talk: (talk.closed(), gone.set()))
        self.server.end_cleanly()
        client.rest()
        wait_until(gone.is_set, "the backend's connection ends too")


class ManyLoginsTest(SystemTest):
    def test_a_silent_backend_holds_up_nobody_else(self):
        answer_now = threading.Event()

        def hesitating(talk):
            answer_now.wait(PATIENCE)
            imap_answering("{tag} OK in\r\n")(talk)

        slow, quick = self.scripted(hesitating), self.sample()
        users = self.scratch.file("users", f"slow: {slow.address}\nalice: 127.0.0.1:{quick.imap}\n")
        postern = self.postern({"imap": f"protocol IMAP4\nmap text {users}\nconnect_timeout 60\n"},
                               "threads 1\n")
        waiting = ImapClient(postern.port["imap"])
        waiting.send("a LOGIN slow secret\r\n")
        wait_until(lambda: slow.conversations, "the slow backend is asked")
        for _ in range(20):
            other = ImapClient(postern.port["imap"])
            other.login()
            other.logout()
        answer_now.set()
        waiting.reply("a")


if __name__ == "__main__":
    unittest.main()
