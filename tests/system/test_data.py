"""What goes in comes out: messages of every size, both ways, by checksum."""

import hashlib
import threading
import unittest

from harness import (GENEROUS, SANITIZED, Dovecot, ImapClient, MailSocket, Pop3Client, SystemTest,
                     dovecot_missing)

MIB = 1 << 20
SIZES = [1, 2, 1023, 16384, 65535, 65536, 65537, MIB + 1] + (
    [4 * MIB] if SANITIZED else [16 * MIB + 3, 64 * MIB])


LINE = bytes(33 + (7 * i) % 90 for i in range(70)) + b"\r\n"
BLOCK = LINE * 9 + b"." + LINE + b"..\r\n.\r\n"


def message(size):
    """Whole lines, some of which begin with dots, the last one of x."""
    text = b"Subject: %d\r\n\r\n" % size
    if size < 200:
        return b"x" * size
    text += BLOCK * ((size - len(text) - 2) // len(BLOCK))
    return text + b"x" * (size - len(text) - 2) + b"\r\n"


def checksum(data):
    return hashlib.sha256(data).hexdigest()


class DataThroughSampleTest(SystemTest):
    """The smallest of all: the sample server keeps even empty messages."""

    def test_an_empty_message(self):
        backend = self.sample()
        postern = self.postern({"imap4s": "protocol IMAP4S\n" + self.tls_settings() +
                                f"outgoing_server 127.0.0.1:{backend.imap}\n"})
        client = ImapClient(postern.port["imap4s"], tls=self.tls)
        client.login()
        client.command("SELECT INBOX")
        client.append(b"")
        self.assertEqual(client.fetch(2), b"")
        client.logout()

    def test_beside_a_crowd_that_logs_in(self):
        """Who is at work goes first then, by another way of reading."""
        backend = self.sample()
        port = self.postern({"imap4s": "protocol IMAP4S\n" + self.tls_settings() + GENEROUS +
                             f"outgoing_server 127.0.0.1:{backend.imap}\n"}).port["imap4s"]
        done = threading.Event()
        logins = [0] * 12

        def come_and_go(number):
            while not done.is_set():
                client = ImapClient(port, tls=self.tls)
                client.login()
                client.logout()
                logins[number] += 1

        crowd = [threading.Thread(target=come_and_go, args=[i]) for i in range(len(logins))]
        client = ImapClient(port, tls=self.tls)
        client.login()
        client.command("SELECT INBOX")
        for each in crowd:
            each.start()
        try:
            for number, size in enumerate([1, 2, 1023, 16384, 65537, MIB + 1, 3, 4 * MIB], 2):
                sent = message(size)
                client.append(sent)
                self.assertEqual(checksum(client.fetch(number)), checksum(sent))
            lines = 2000
            client.send("".join(f"{i} NOOP\r\n" for i in range(lines)))
            for i in range(lines):
                client.reply(str(i))
            while min(logins) == 0:
                client.command("NOOP")
        finally:
            done.set()
            for each in crowd:
                each.join()
        client.logout()


@unittest.skipIf(dovecot_missing(), dovecot_missing())
class DataTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dovecot = Dovecot(cls.shared.path, more="default_vsz_limit = 1G\n")
        cls.addClassCleanup(cls.dovecot.stop)

    def setUp(self):
        super().setUp()
        self.port = self.postern({
            "imap4s": "protocol IMAP4S\n" + self.tls_settings() +
                      f"outgoing_server 127.0.0.1:{self.dovecot.imap}\n",
            "imap4": f"protocol IMAP4\noutgoing_server 127.0.0.1:{self.dovecot.imap}\n",
            "pop3s": "protocol POP3S\n" + self.tls_settings() +
                     f"outgoing_server 127.0.0.1:{self.dovecot.pop3}\n",
        }).port

    def empty_the_mailbox(self, client):
        client.command("SELECT INBOX")
        client.command("STORE 1:* +FLAGS (\\Deleted)", "")
        client.command("EXPUNGE")

    def imap(self, service="imap4s"):
        client = ImapClient(self.port[service], tls=self.tls if service == "imap4s" else None)
        client.login()
        client.command("SELECT INBOX")
        return client

    def test_append_and_fetch_and_retrieve(self):
        """Through TLS there, in the clear back, and once more by POP3."""
        writer, reader = self.imap("imap4s"), self.imap("imap4")
        for size in SIZES:
            with self.subTest(f"{size} bytes"):
                sent = message(size)
                self.empty_the_mailbox(writer)
                writer.append(sent)
                self.assertEqual(checksum(writer.fetch()), checksum(sent))
                reader.command("SELECT INBOX")
                self.assertEqual(checksum(reader.fetch()), checksum(sent))
                pop3 = Pop3Client(self.port["pop3s"], tls=self.tls)
                pop3.login()
                got = pop3.retrieve()
                pop3.quit()
                if not sent.endswith(b"\r\n"):  # POP3 has no other way to end
                    got = got.removesuffix(b"\r\n")
                self.assertEqual(checksum(got), checksum(sent))
        writer.logout()
        reader.logout()

    def test_append_by_synchronising_literal(self):
        client = self.imap()
        self.empty_the_mailbox(client)
        sent = message(MIB)
        client.send(f"x APPEND INBOX {{{len(sent)}}}\r\n")
        client.expect(r"\+")
        client.send(sent + b"\r\n")
        client.reply("x")
        self.assertEqual(checksum(client.fetch()), checksum(sent))
        client.logout()

    def test_everything_pipelined_behind_the_login(self):
        """T5.11: LOGIN, SELECT and a whole message before reading a byte."""
        for service in "imap4s", "imap4":
            for size in 1000, MIB:
                with self.subTest(f"{service}, {size} bytes"):
                    sent = message(size)
                    early = MailSocket(self.port[service],
                                       tls=self.tls if service == "imap4s" else None)
                    early.send(b"a LOGIN alice wonder\r\nb SELECT INBOX\r\n"
                               b"c APPEND INBOX {%d+}\r\n" % size + sent + b"\r\nd LOGOUT\r\n")
                    heard = early.rest()
                    for reply in b"a OK", b"b OK", b"c OK", b"d OK":
                        self.assertIn(b"\r\n" + reply, heard)
                    later = self.imap()
                    self.assertEqual(checksum(later.fetch("*")), checksum(sent))
                    later.logout()


if __name__ == "__main__":
    unittest.main()
