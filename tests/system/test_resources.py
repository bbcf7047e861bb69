"""Peers that stop, vanish, crawl or come in crowds: memory and descriptors stay
bounded, and what was on its way arrives.

The ids (T9.1 ...) are those of the project's list of threats.
"""

import os
import resource
import socket
import threading
import unittest

from harness import (GENEROUS, SANITIZED, ImapClient, MailSocket, Pop3Client, SystemTest, greet_imap,
                     plain_build_only, read_imap_login, wait_until)

MIB = 1 << 20

root_only = unittest.skipIf(os.getuid() != 0, "Postern shows its descriptors to root only")


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

    def test_reading_on_gets_everything(self):
        size = 32 * MIB
        backend = self.scripted(logged_in(lambda talk: talk.flood(size)))
        postern = self.postern({"imap": f"protocol IMAP4S\n{self.tls_settings()}"
                                        f"outgoing_server {backend.address}\n"})
        client = ImapClient(postern.port["imap"], tls=self.tls)
        client.login()
        self.assertEqual(len(client.bytes(size)), size)
        self.assertEqual(client.rest(), b"")


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
        postern = self.postern({"imap": "protocol IMAP4\ntimeout 1\n"
                                        f"outgoing_server {backend.address}\n"})
        client = ImapClient(postern.port["imap"])
        client.login()
        client.closed()
        postern.wait_for_line("event=end")


class CrowdTest(SystemTest):
    @root_only
    def test_running_out_of_descriptors(self):
        """T9.4: 200 clients where 64 descriptors are all there is"""
        backend = self.sample()
        few = 128 if SANITIZED else 64
        postern = self.postern(
            {"imap": f"protocol IMAP4\n{GENEROUS}outgoing_server 127.0.0.1:{backend.imap}\n"},
            limits={resource.RLIMIT_NOFILE: (few, few)})
        crowd = [socket.create_connection(("127.0.0.1", postern.port["imap"]))
                 for _ in range(200)]
        self.assertTrue(postern.running())
        for client in crowd:
            client.close()
        wait_until(lambda: postern.descriptors() < few, "descriptors come back")

        def login():
            try:
                client = ImapClient(postern.port["imap"])
                client.login()
                client.logout()
                return True
            except (OSError, EOFError, AssertionError):
                return False

        wait_until(login, "logins are possible again")

    @root_only
    def test_nothing_leaks(self):
        """T9.9: peers that vanish at every stage leave nothing behind"""
        backend = self.sample()
        postern = self.postern(
            {"imap": f"protocol IMAP4S\n{self.tls_settings()}{GENEROUS}"
                     f"outgoing_server 127.0.0.1:{backend.imap}\n",
             "pop3": f"protocol POP3\n{self.tls_settings('tls_listen')}{GENEROUS}"
                     f"outgoing_server 127.0.0.1:{backend.pop3}\n"})

        def before_tls():
            MailSocket(postern.port["imap"]).reset()

        def in_the_handshake():
            client = MailSocket(postern.port["imap"])
            client.send(b"\x16\x03\x01\x02\x00\x01\x00")
            client.reset()

        def in_a_command():
            client = ImapClient(postern.port["imap"], tls=self.tls)
            client.send("a LOGIN alice ")
            client.reset()

        def in_sasl():
            client = Pop3Client(postern.port["pop3"])
            client.command("AUTH PLAIN", "+")
            client.reset()

        def in_stls():
            client = Pop3Client(postern.port["pop3"])
            client.command("STLS")
            client.reset()

        def while_logging_in():
            client = ImapClient(postern.port["imap"], tls=self.tls)
            client.send("a LOGIN alice wonder\r\n")
            client.reset()

        def spliced():
            client = ImapClient(postern.port["imap"], tls=self.tls)
            client.login()
            client.send("a FETCH 1 BODY[]\r\n")
            client.reset()

        stages = (before_tls, in_the_handshake, in_a_command, in_sasl, in_stls, while_logging_in,
                  spliced)

        def everything(times):
            for _ in range(times):
                for stage in stages:
                    stage()

        everything(3)
        client = ImapClient(postern.port["imap"], tls=self.tls)
        client.login()
        client.logout()
        settled = wait_until(lambda: postern.descriptors() == self.settled(postern)
                             and postern.descriptors(), "descriptors settle")
        everything(20)
        wait_until(lambda: postern.descriptors() <= settled, "all descriptors come back")

    @staticmethod
    def settled(postern):
        """Descriptors without the connections of sessions."""
        links = []
        for name in os.listdir(f"/proc/{postern.pid}/fd"):
            try:
                links.append(os.readlink(f"/proc/{postern.pid}/fd/{name}"))
            except FileNotFoundError:
                pass
        inodes = {link[8:-1] for link in links if link.startswith("socket:")}
        connected = 0
        for table in "/proc/net/tcp", "/proc/net/tcp6":
            with open(table, encoding="ascii") as lines:
                connected += sum(1 for line in list(lines)[1:]
                                 if line.split()[9] in inodes and line.split()[3] != "0A")
        return len(links) - connected

    @plain_build_only
    def test_memory_of_abusive_clients(self):
        """T9.3: a thousand clients, each in the middle of something long"""
        backend = self.witness("imap")
        postern = self.postern({"imap": f"protocol IMAP4\n{GENEROUS}"
                                        f"outgoing_server {backend.address}\n"})
        opening = [b"a LOGIN {4000+}\r\n" + b"x" * 3900, b"a ID (\"k\" \"" + b"v" * 1000,
                   b"a LOGIN " + b"x" * 1000, b"a AUTHENTICATE PLAIN\r\n" + b"A" * 7000]
        before = postern.resident_kib()
        crowd = []
        for number in range(1000):
            client = ImapClient(postern.port["imap"])
            client.send(opening[number % len(opening)])
            crowd.append(client)
        self.assertLess(postern.resident_kib() - before, 1000 * 64)
        for client in crowd:
            client.close()

    def test_too_many_from_one_address(self):
        """T9.2"""
        backend = self.sample()
        postern = self.postern({"imap": "protocol IMAP4\nmax_logging_in_per_ip 3\n"
                                        f"outgoing_server 127.0.0.1:{backend.imap}\n"})
        inside = ImapClient(postern.port["imap"])
        inside.login()
        waiting = [ImapClient(postern.port["imap"]) for _ in range(3)]
        refused = MailSocket(postern.port["imap"])
        self.assertRegex(refused.closed(), rb"^(|\* BYE .*\r\n)$")
        waiting[0].logout()
        wait_until(lambda: self.greeted(postern), "there is room for one again")
        inside.command("NOOP")

    @staticmethod
    def greeted(postern):
        client = MailSocket(postern.port["imap"])
        try:
            return client.line().startswith("* OK")
        except (EOFError, OSError):
            return False


if __name__ == "__main__":
    unittest.main()
