"""Peers that stop, crawl or half close: memory stays bounded, deadlines hold, and
what was on its way arrives.

The ids (T9.1 ...) are those of the project's list of threats.
"""

import threading
import time
import unittest

from harness import (GENEROUS, PATIENCE, SANITIZED, ImapClient, MailSocket, Pop3Client,
                     SystemTest, greet_imap, plain_build_only, read_imap_login, wait_until)

MIB = 1 << 20


def logged_in(then):
    """A backend that lets everybody in and goes on with `then`."""
    def script(talk):
        greet_imap(talk)
        tag, _, _ = read_imap_login(talk)
        talk.send(f"{tag} OK in\r\n")
        then(talk)
    return script


class HalfCloseTest(SystemTest):
    """T9.7: replies to what was pipelined before a FIN are delivered."""

    def test_imap(self):
        backend = self.witness("imap")
        postern = self.postern({"imap": f"protocol IMAP4\noutgoing_server {backend.address}\n",
                                "imaps": f"protocol IMAP4S\n{self.tls_settings()}"
                                         f"outgoing_server {backend.address}\n"})
        for service, tls in ("imap", None), ("imaps", self.tls):
            with self.subTest(service):
                client = ImapClient(postern.port[service], tls=tls)
                client.login()
                client.send("a NOOP\r\nb NOOP\r\nc LOGOUT\r\n")
                client.half_close()
                heard = client.closed()
                for reply in b"a OK", b"b OK", b"* BYE", b"c OK":
                    self.assertIn(reply, heard)

    def test_before_the_login(self):
        backend = self.witness("pop3")
        postern = self.postern({"pop3": f"protocol POP3\noutgoing_server {backend.address}\n"})
        client = MailSocket(postern.port["pop3"])
        client.send("CAPA\r\nUSER alice\r\nPASS wonder\r\nSTAT\r\nQUIT\r\n")
        client.half_close()
        heard = client.closed()
        for reply in b"logged in", b"STAT done", b"QUIT done":
            self.assertIn(reply, heard)

    def test_the_backends_half_close(self):
        received = []

        def finishing(talk):
            talk.send("* BYE done\r\n")
            talk.half_close()
            received.append(talk.closed())

        backend = self.scripted(logged_in(finishing))
        postern = self.postern({"imap": f"protocol IMAP4\noutgoing_server {backend.address}\n"})
        client = ImapClient(postern.port["imap"])
        client.login()
        client.expect(r"\* BYE done")
        self.assertEqual(client.closed(), b"")
        wait_until(lambda: received, "the backend's connection ends too")


class StoppedReaderTest(SystemTest):
    """T9.6: a reader that stopped holds up the writer, and costs no memory."""

    SIZE = 64 * MIB if SANITIZED else 512 * MIB
    SLACK_KIB = 8 * 1024  # far below what was sent; sockets' buffers are the kernel's

    @plain_build_only
    def test_client_that_does_not_read(self):
        sent = []
        started = threading.Event()

        def flooding(talk):
            started.set()
            talk.socket.settimeout(5)  # then it is taken to be held up
            sent.append(talk.flood(self.SIZE))
            talk.closed()

        backend = self.scripted(logged_in(flooding))
        postern = self.postern({"imap": f"protocol IMAP4S\n{self.tls_settings()}"
                                        f"outgoing_server {backend.address}\n"})
        before = postern.resident_kib()
        client = ImapClient(postern.port["imap"], tls=self.tls)
        client.login()
        started.wait()
        wait_until(lambda: sent, "the backend is held up")
        self.assertLess(sent[0], self.SIZE)
        self.assertLess(postern.resident_kib() - before, self.SLACK_KIB)
        client.close()

    @plain_build_only
    def test_backend_that_does_not_read(self):
        finish = threading.Event()
        backend = self.scripted(logged_in(lambda talk: finish.wait(60)))
        postern = self.postern({"imap": f"protocol IMAP4S\n{self.tls_settings()}"
                                        f"outgoing_server {backend.address}\n"})
        client = ImapClient(postern.port["imap"], tls=self.tls)
        client.login()
        before = postern.resident_kib()
        client.socket.settimeout(5)
        sent = 0
        with self.assertRaises(TimeoutError):
            while sent < self.SIZE:
                client.send(b"x" * 65536)
                sent += 65536
        self.assertLess(postern.resident_kib() - before, self.SLACK_KIB)
        client.close()
        finish.set()

    @plain_build_only
    def test_client_that_does_not_wait_for_its_login(self):
        """T5.11: what is pipelined is kept up to the watermark, then not read."""
        verdict = threading.Event()
        received = []

        def hesitating(talk):
            greet_imap(talk)
            tag, _, _ = read_imap_login(talk)
            verdict.wait(PATIENCE)
            talk.send(f"{tag} OK in\r\n")
            received.append(len(talk.closed()))

        backend = self.scripted(hesitating)
        postern = self.postern({"imap": f"protocol IMAP4\noutgoing_server {backend.address}\n"})
        client = ImapClient(postern.port["imap"])
        before = postern.resident_kib()
        client.send("a LOGIN alice secret\r\n")
        client.socket.settimeout(3)
        sent = 0
        with self.assertRaises(TimeoutError):
            while sent < self.SIZE:
                sent += client.socket.send(b"x" * 65536)
        self.assertLess(postern.resident_kib() - before, self.SLACK_KIB)
        verdict.set()
        client.reply("a")
        client.half_close()
        wait_until(lambda: received, "the backend has read all there was")
        self.assertEqual(received, [sent])

    def test_reading_on_gets_everything(self):
        size = 32 * MIB
        backend = self.scripted(logged_in(lambda talk: talk.flood(size)))
        postern = self.postern({"imap": f"protocol IMAP4S\n{self.tls_settings()}"
                                        f"outgoing_server {backend.address}\n"})
        client = ImapClient(postern.port["imap"], tls=self.tls)
        client.login()
        self.assertEqual(len(client.bytes(size)), size)
        self.assertEqual(client.rest(), b"")


class BusyLoopTest(SystemTest):
    def test_nothing_is_done_while_nothing_happens(self):
        """Half-closed, paused and silent connections cost no processor time."""
        done = threading.Event()
        backend = self.scripted(logged_in(lambda talk: done.wait(PATIENCE)))
        postern = self.postern({
            "imap": f"protocol IMAP4\n{GENEROUS}outgoing_server {backend.address}\n",
            "imaps": f"protocol IMAP4S\n{self.tls_settings()}{GENEROUS}"
                     f"outgoing_server {backend.address}\n"})
        clients = [MailSocket(postern.port["imaps"]), MailSocket(postern.port["imap"])]
        for number in range(4):
            client = ImapClient(postern.port["imap"]) if number % 2 else ImapClient(
                postern.port["imaps"], tls=self.tls)
            client.login()
            if number < 2:
                client.half_close()
            clients.append(client)
        before = postern.cpu_seconds()
        time.sleep(1)
        self.assertLess(postern.cpu_seconds() - before, 0.5)
        done.set()
        for client in clients:
            client.close()


class SlowClientTest(SystemTest):
    def test_one_deadline_for_the_whole_login(self):
        """T9.1: however often a byte arrives, and with a goodbye"""
        backend = self.witness("imap")
        postern = self.postern({
            "imap": f"protocol IMAP4\nauthenticate_timeout 2\noutgoing_server {backend.address}\n",
            "pop3": f"protocol POP3\nauthenticate_timeout 2\noutgoing_server {backend.address}\n"})
        imap, pop3 = ImapClient(postern.port["imap"]), Pop3Client(postern.port["pop3"])
        for client in imap, pop3:
            client.socket.settimeout(0.2)
        heard = {imap: b"", pop3: b""}
        ended = set()

        def crawl():
            for client in {imap, pop3} - ended:
                try:
                    client.send("a")
                    data = client.socket.recv(4096)
                    heard[client] += data
                    if not data:
                        ended.add(client)
                except TimeoutError:
                    pass
                except OSError:
                    ended.add(client)
            return len(ended) == 2

        wait_until(crawl, "both are sent away")
        self.assertRegex(heard[imap], rb"^(|\* BYE .*\r\n)$")
        self.assertRegex(heard[pop3], rb"^(|-ERR .*\r\n)$")

    def test_a_logged_in_session_outlives_it(self):
        backend = self.witness("imap")
        postern = self.postern({"imap": "protocol IMAP4\nauthenticate_timeout 1\n"
                                        f"outgoing_server {backend.address}\n"})
        client, slow = ImapClient(postern.port["imap"]), ImapClient(postern.port["imap"])
        client.login()
        slow.closed()  # which takes the whole deadline
        client.command("NOOP")

    def test_handshakes_that_never_come(self):
        """T7.6"""
        postern = self.postern({"imaps": "protocol IMAP4S\nssl_handshake_timeout 1\n"
                                         + self.tls_settings() + "outgoing_server 127.0.0.1:1\n"})
        silent, halting = (MailSocket(postern.port["imaps"]) for _ in range(2))
        halting.send(b"\x16\x03\x01\x02\x00\x01")
        self.assertLess(len(silent.closed()) + len(halting.closed()), 100)

    def test_idle_sessions_end(self):
        backend = self.witness("imap")
        postern = self.postern({"imap": f"protocol IMAP4S\n{self.tls_settings()}timeout 1\n"
                                        f"outgoing_server {backend.address}\n"})
        client = ImapClient(postern.port["imap"], tls=self.tls)
        client.login()
        client.rest()  # which insists on a close_notify
        postern.wait_for_line("event=end")


if __name__ == "__main__":
    unittest.main()
