"""Crowds, and peers that vanish: descriptors and memory stay bounded.

The ids (T9.2 ...) are those of the project's list of threats.
"""

import os
import resource
import socket
import unittest

from harness import (GENEROUS, SANITIZED, ImapClient, MailSocket, Pop3Client, SystemTest,
                     plain_build_only, wait_until)

root_only = unittest.skipIf(os.getuid() != 0, "Postern shows its descriptors to root only")


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
