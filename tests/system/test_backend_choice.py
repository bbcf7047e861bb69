"""Several backends: the next one when one fails, and never ourselves."""

import contextlib
import socket
import unittest

from harness import (GENEROUS, HAS_IPV6, LOOPBACKS, ImapClient, Pop3Client, SystemTest,
                     free_port, listening, wait_until)


def refusing_to_greet(talk):
    talk.send("* BYE too busy\r\n")


class BackendChoiceTest(SystemTest):
    def serve(self, settings, more=""):
        return self.postern({"imap": f"protocol IMAP4\n{GENEROUS}{settings}"}, more)

    def login(self, postern, wanted="OK"):
        client = ImapClient(postern.port["imap"])
        reply = client.login(wanted=wanted)
        client.close()
        return reply

    def test_a_dead_backend_is_passed_over(self):
        alive = self.sample("alive")
        postern = self.serve(f"outgoing_server 127.0.0.1:{free_port()},127.0.0.1:{alive.imap}\n")
        for _ in range(6):
            self.assertIn("alive", self.login(postern))

    def test_a_backend_that_will_not_greet_is_passed_over(self):
        busy, alive = self.scripted(refusing_to_greet), self.sample("alive")
        postern = self.serve(f"outgoing_server {busy.address},127.0.0.1:{alive.imap}\n")
        for _ in range(6):
            self.assertIn("alive", self.login(postern))

    def test_a_wrong_password_is_not_tried_elsewhere(self):
        servers = [self.witness("imap") for _ in range(2)]
        postern = self.serve("outgoing_server " + ",".join(each.address for each in servers) + "\n")
        client = ImapClient(postern.port["imap"])
        client.login("alice", "bad", "NO [AUTHENTICATIONFAILED]")
        self.assertEqual(sum(len(each.logins) for each in servers), 1)

    def test_all_are_dead(self):
        postern = self.serve(f"outgoing_server 127.0.0.1:{free_port()},127.0.0.1:{free_port()}\n")
        client = ImapClient(postern.port["imap"])
        client.login(wanted="NO [UNAVAILABLE]")
        client.logout()

    def test_turns_are_taken(self):
        servers = [self.sample(name) for name in ("one", "two", "three")]
        postern = self.serve("map static pool all\n",
                             "threads 1\npool all policy=round_robin "
                             + " ".join(f"127.0.0.1:{each.imap}" for each in servers) + "\n")
        replies = [self.login(postern) for _ in range(12)]
        for server in servers:
            self.assertEqual(sum(server.name in reply for reply in replies), 4, replies)

    def test_weights(self):
        heavy, light = self.sample("heavy"), self.sample("light")
        postern = self.serve("map static pool all\n",
                             "threads 1\npool all policy=weighted_round_robin "
                             f"127.0.0.1:{heavy.imap} weight=3 127.0.0.1:{light.imap}\n")
        replies = [self.login(postern) for _ in range(12)]
        self.assertEqual(sum("heavy" in reply for reply in replies), 9, replies)

    def test_a_backend_comes_back(self):
        port = free_port()
        alive = self.sample("alive")
        postern = self.serve("map static pool all\n",
                             f"pool all 127.0.0.1:{port} 127.0.0.1:{alive.imap} rest_time=1ms "
                             "policy=round_robin\n")
        self.login(postern)
        self.sample("back", imap=port)
        wait_until(lambda: "back" in self.login(postern), "the one that is back is used again")

    def test_every_address_of_a_name(self):
        """localhost is ::1 and 127.0.0.1; here only one of them answers."""
        found = {info[4][0] for info in socket.getaddrinfo("localhost", 143, type=socket.SOCK_STREAM)}
        for address in found.intersection(LOOPBACKS):
            with self.subTest(address):
                server = self.sample("here" + address.replace(":", "").replace(".", ""),
                                     listen=address)
                postern = self.serve(f"outgoing_server localhost:{server.imap}\n")
                self.assertIn("here", self.login(postern))

    def test_a_backend_that_swallows_connections(self):
        """Its queue is full: a SYN gets no answer at all."""
        with contextlib.ExitStack() as stack:
            full = stack.enter_context(socket.socket())
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            for _ in range(3):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(full.getsockname())
            swallowing = f"127.0.0.1:{full.getsockname()[1]}"
            postern = self.serve(f"outgoing_server {swallowing}\nconnect_timeout 1\n")
            self.login(postern, "NO [UNAVAILABLE]")
            alive = self.sample("alive")
            postern = self.serve(f"outgoing_server {swallowing},127.0.0.1:{alive.imap}\n"
                                 "connect_timeout 1\n")
            for _ in range(3):
                self.assertIn("alive", self.login(postern))

    def test_names_that_do_not_resolve(self):
        postern = self.serve("outgoing_server no-such-host.invalid\n")
        self.login(postern, "NO [UNAVAILABLE]")


class SelfTest(SystemTest):
    def test_a_route_to_ourselves_is_refused(self):
        ours = free_port()
        for bind in f"127.0.0.1:{ours}", f"0.0.0.0:{ours}":
            with self.subTest(bind):
                postern = self.postern({"imap": f"protocol IMAP4\nbind_address {bind}\n{GENEROUS}"
                                                f"outgoing_server 127.0.0.1:{ours}\n"})
                wait_until(lambda: listening(ours), "it is up")
                client = ImapClient(ours)
                client.login(wanted="NO [")
                client.logout()
                postern.end_cleanly()
                self.assertEqual(len(postern.lines("event=end")), 1)  # it never came to itself


@unittest.skipIf(not HAS_IPV6, "no IPv6 here")
class Ipv6Test(SystemTest):
    def test_both_sides(self):
        server = self.sample(listen="::1")
        port = free_port()
        postern = self.postern({
            "imaps": f"protocol IMAP4S\n{self.tls_settings()}bind_address [::1]:{port}\n"
                     f"outgoing_server [::1]:{server.imap}\n",
            "pop3": f"protocol POP3\noutgoing_server [::1]:{server.pop3}\n"})
        wait_until(lambda: listening(port), "it is up")
        client = ImapClient(port, host="::1", tls=self.tls)
        client.login()
        client.logout()
        Pop3Client(postern.port["pop3"]).login()
        self.assertIn("rip=::1", postern.wait_for_line("event=login ")[0])

    def test_without_bind_address_both_families_are_served(self):
        server = self.sample()
        port = free_port()
        self.postern({"imap": f"protocol IMAP4\nbind_address ''\nlisten_port {port}\n"
                              f"outgoing_server 127.0.0.1:{server.imap}\n"})
        wait_until(lambda: listening(port), "it is up")
        for host in "127.0.0.1", "::1":
            with self.subTest(host):
                ImapClient(port, host=host).login()


if __name__ == "__main__":
    unittest.main()
