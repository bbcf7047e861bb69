"""What proxies in front of us say of their clients: believed of those we trust,
and of nobody else, however it is written."""

import re
import socket
import ssl
import struct

from harness import (GENEROUS, ImapClient, MailSocket, Pop3Client, SystemTest, connected_from,
                     few_local_ports, in_own_network, wait_until)

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
V1 = b"PROXY TCP4 203.0.113.9 192.0.2.1 50000 143\r\n"


def tlv(kind, value):
    return bytes([kind]) + struct.pack(">H", len(value)) + value


def v2(command=0x21, family=0x11, values=b"", block=None):
    if block is None:
        block = socket.inet_aton("203.0.113.9") + socket.inet_aton("192.0.2.1")
        block += struct.pack(">HH", 50000, 143)
    block += values
    return SIGNATURE + bytes([command, family]) + struct.pack(">H", len(block)) + block


def by_tls(cipher=b"TLS_AES_128_GCM_SHA256"):
    return tlv(0x20, b"\x01\0\0\0\0" + tlv(0x21, b"TLSv1.3") + tlv(0x23, cipher))


def values(line):
    return dict(re.findall(r'(\w+)=("[^"]*"|\S*)', line))


class FrontTest(SystemTest):
    """Two Witnesses behind a Postern that trusts the client (127.0.0.1)."""

    def setUp(self):
        super().setUp()
        self.imap, self.pop3 = self.witness("imap"), self.witness("pop3")

    def serve(self, settings, **more):
        services = {
            "imap": f"protocol IMAP4\nssl_mode none\noutgoing_server {self.imap.address}\n",
            "imaps": f"protocol IMAP4S\n{self.tls_settings()}outgoing_server {self.imap.address}\n",
            "pop3": f"protocol POP3\nssl_mode none\noutgoing_server {self.pop3.address}\n"}
        services |= {name: f"protocol IMAP4\n{text}outgoing_server {self.imap.address}\n"
                     for name, text in more.items()}
        return self.postern(services, f"{GENEROUS}{settings}")

    def refused(self, postern, door, said, problem, count=1):
        """Closed without a word; the log has one line for it."""
        with MailSocket(postern.port[door]) as client:
            if said:
                client.send(said)
            self.assertEqual(client.closed(), b"", said)
        self.assertIn(problem, postern.wait_for_line("event=proxy_header ", count)[-1])


class HeaderTest(FrontTest):
    def serve_required(self, **more):
        return self.serve("trusted_networks 127.0.0.1\naccept_proxy_protocol required\n", **more)

    def log_in_behind(self, client):
        client.send("a LOGIN alice wonder\r\n")
        self.assertRegex(client.line(), r"\* OK ")
        client.expect("a OK .*logged in")

    def check_login(self, postern, count, **wanted):
        line = values(postern.wait_for_line("event=login ", count)[-1])
        wanted = {"rip": "203.0.113.9", "rport": "50000", "lip": "192.0.2.1", "lport": "143",
                  "via": "127.0.0.1"} | wanted
        self.assertEqual({key: line[key] for key in wanted}, wanted)

    def test_both_versions(self):
        postern = self.serve_required()
        for count, header in enumerate((V1, v2(), v2(values=tlv(0xee, b"x"))), 1):
            with MailSocket(postern.port["imap"]) as client:
                client.send(header)
                self.log_in_behind(client)
            self.check_login(postern, count)

    def test_t8_4_split_anywhere(self):
        postern = self.serve_required()
        for count, header in enumerate((V1, v2()), 1):
            with MailSocket(postern.port["imap"]) as client:
                client.drip(header + b"a LOGIN alice wonder\r\n")
                self.assertRegex(client.line(), r"\* OK ")
                client.expect("a OK .*logged in")
            self.check_login(postern, count)

    def test_t8_4_header_and_client_hello_in_one_segment(self):
        postern = self.serve_required()
        for count, header in enumerate((V1, v2(values=tlv(0x05, b"id-7") + tlv(
                0x04, b"x" * 65000))), 1):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = self.tls.wrap_bio(incoming, outgoing, server_hostname="localhost")
            with MailSocket(postern.port["imaps"]) as client:
                with self.assertRaises(ssl.SSLWantReadError):
                    tls.do_handshake()
                client.send(header + outgoing.read())
                self.shake_hands(tls, incoming, outgoing, client)
                tls.write(b"a LOGIN alice wonder\r\n")
                client.send(outgoing.read())
                said = b""
                while b"logged in\r\n" not in said:
                    said += self.read(tls, incoming, client)
            self.check_login(postern, count, sni="localhost", front="ssl")
        self.assertEqual(values(postern.lines("event=login ")[-1])["session"], "id-7")

    @staticmethod
    def shake_hands(tls, incoming, outgoing, client):
        while True:
            try:
                tls.do_handshake()
                return client.send(outgoing.read())
            except ssl.SSLWantReadError:
                client.send(outgoing.read())
                incoming.write(client.bytes_now())

    @staticmethod
    def read(tls, incoming, client):
        while True:
            try:
                return tls.read()
            except ssl.SSLWantReadError:
                incoming.write(client.bytes_now())

    def test_t8_3_t8_4_malformed(self):
        postern = self.serve_required()
        wrong = [b"PROXY TCP4 999.1.1.1 192.0.2.1 1 2\r\n", b"PROXY TCP4 ::1 ::1 1 2\r\n",
                 b"PROXY TCP4 192.0.2.1 192.0.2.1 65536 2\r\n", b"PROXY " + b"x" * 108,
                 v2(block=b"x" * 11), v2(command=0x31), v2(family=0x12),
                 v2(values=b"\x01\xff\xff"), v2(values=tlv(3, b"abcd"))]
        for count, header in enumerate(wrong, 1):
            self.refused(postern, "imap", header, "malformed", count)
        self.assertEqual(self.imap.conversations, 0)

    def test_the_sockets_own_addresses_stand(self):
        postern = self.serve_required()
        own = {"rip": "127.0.0.1", "lip": "127.0.0.1", "lport": str(postern.port["imap"]),
               "via": '""'}
        for count, header in enumerate((b"PROXY UNKNOWN\r\n", v2(0x20, 0, block=b""),
                                        v2(0x20), v2(0x21, 0x31, block=b"/" * 216)), 1):
            with MailSocket(postern.port["imap"]) as client:
                client.send(header)
                self.log_in_behind(client)
                own["rport"] = str(client.socket.getsockname()[1])
            self.check_login(postern, count, **own)

    def test_none_at_all(self):
        postern = self.serve_required()
        self.refused(postern, "imap", b"a LOGIN alice wonder\r\n", "begins without one")
        self.assertEqual(self.imap.logins, [])

    def test_t8_2_too_late(self):
        postern = self.serve("trusted_networks 127.0.0.1\naccept_proxy_protocol required\n"
                             "proxy_protocol_timeout 200ms\n")
        self.refused(postern, "imap", b"", "none came in time")
        self.refused(postern, "imaps", v2()[:-1], "the rest of it did not come in time", 2)

    def test_t8_2_from_a_stranger(self):
        postern = self.serve("trusted_networks 127.0.0.7,192.0.2.0/24\n"
                             "accept_proxy_protocol required\n")
        self.refused(postern, "imap", V1, "only from trusted_networks")
        self.assertIn("rip=127.0.0.1", postern.wait_for_line("event=proxy_header ")[0])

    def test_optional(self):
        postern = self.serve("trusted_networks 127.0.0.1\naccept_proxy_protocol optional\n"
                             "proxy_protocol_timeout 200ms\n")
        ImapClient(postern.port["imap"]).login()
        with MailSocket(postern.port["imap"]) as client:
            client.send(V1)
            self.log_in_behind(client)
        self.check_login(postern, 2)
        ImapClient(postern.port["imaps"], tls=self.tls).login()
        self.check_login(postern, 3, rip="127.0.0.1", via='""', lip="127.0.0.1",
                         rport=values(postern.wait_for_line("event=login ", 3)[-1])["rport"],
                         lport=str(postern.port["imaps"]))

    def test_optional_is_not_for_strangers(self):
        postern = self.serve("trusted_networks 127.0.0.7\naccept_proxy_protocol optional\n")
        client = ImapClient(postern.port["imap"])  # not kept waiting
        client.send(V1 + b"a LOGIN alice wonder\r\n")
        client.expect("PROXY BAD ")
        client.expect("a OK ")
        self.check_login(postern, 1, rip="127.0.0.1", via='""', lip="127.0.0.1",
                         rport=str(client.socket.getsockname()[1]),
                         lport=str(postern.port["imap"]))

    def test_t8_1_nobody_asked_for_one(self):
        postern = self.serve("trusted_networks 127.0.0.1\n")
        with MailSocket(postern.port["imap"]) as client:
            client.send(V1)
            client.expect(r"\* OK ")
            client.expect("PROXY BAD ")
        self.assertIn("nobody asked for", postern.wait_for_line("event=proxy_header ")[0])
        with MailSocket(postern.port["imaps"]) as client:
            client.send(v2())
            client.closed()
        postern.wait_for_line("a PROXY header came that nobody asked for")

    def test_tls_that_ended_at_the_load_balancer(self):
        postern = self.serve_required(force=self.tls_settings("tls_listen_force"))
        with MailSocket(postern.port["force"]) as client:
            client.send(v2(values=by_tls() + tlv(0x02, b"mail.example")))
            self.assertNotIn("STARTTLS", client.expect(r"\* OK .*AUTH=PLAIN"))
            client.send("a LOGIN alice wonder\r\n")
            client.expect("a OK ")
        self.check_login(postern, 1, front="ssl", front_tls="TLSv1.3", sni="mail.example",
                         front_cipher="TLS_AES_128_GCM_SHA256")
        with MailSocket(postern.port["force"]) as client:
            client.send(v2())
            client.expect(r"\* OK .*STARTTLS LOGINDISABLED")

    def test_limits_count_the_clients(self):
        postern = self.postern({
            "imap": f"protocol IMAP4\noutgoing_server {self.imap.address}\n"
                    "trusted_networks 127.0.0.1\naccept_proxy_protocol required\n"
                    "max_logging_in_per_ip 1\n"})
        other = V1.replace(b"203.0.113.9", b"203.0.113.10")
        with MailSocket(postern.port["imap"]) as one, MailSocket(postern.port["imap"]) as two, \
                MailSocket(postern.port["imap"]) as three:
            for client, header, greeting in ((one, V1, r"\* OK"), (two, other, r"\* OK"),
                                             (three, V1, r"\* BYE")):
                client.send(header)
                client.expect(greeting)


class WordTest(FrontTest):
    """ID and XCLIENT of trusted peers."""

    ID = ('ID ("name" "Webmail" "x-originating-ip" "203.0.113.9" "x-originating-port" "50000" '
          '"x-connected-ip" "192.0.2.1" "x-connected-port" "143" "x-session-id" "front-7" '
          '"x-proxy-ttl" "6")')
    XCLIENT = ("XCLIENT ADDR=203.0.113.9 PORT=50000 DESTADDR=192.0.2.1 DESTPORT=143 "
               "SESSION=front-7 TTL=6")

    def seen(self, postern):
        line = values(postern.wait_for_line("event=login")[0])
        return tuple(line[key] for key in ("rip", "rport", "lip", "lport", "via", "session"))

    def test_id(self):
        postern = self.serve("trusted_networks 127.0.0.0/8\n")
        client = ImapClient(postern.port["imap"])
        self.assertIn("Trusted ID", client.command(self.ID)[1])
        client.login()
        self.assertEqual(self.seen(postern), ("203.0.113.9", "50000", "192.0.2.1", "143",
                                              "127.0.0.1", "front-7"))

    def test_xclient(self):
        postern = self.serve("trusted_networks 127.0.0.0/8\n")
        client = Pop3Client(postern.port["pop3"])
        self.assertIn("[XCLIENT]", client.greeting)
        client.command(self.XCLIENT)
        client.login()
        self.assertEqual(self.seen(postern), ("203.0.113.9", "50000", "192.0.2.1", "143",
                                              "127.0.0.1", "front-7"))

    def test_t8_5_of_strangers(self):
        postern = self.serve("trusted_networks 127.0.0.7\n")
        client = ImapClient(postern.port["imap"])
        self.assertNotIn("Trusted", client.command(self.ID)[1])
        client.login()
        rip, rport, *_, via, session = self.seen(postern)
        self.assertEqual((rip, rport, via), ("127.0.0.1", str(client.socket.getsockname()[1]),
                                             '""'))
        self.assertNotEqual(session, "front-7")
        client = Pop3Client(postern.port["pop3"])
        self.assertNotIn("XCLIENT", client.greeting)
        client.command(self.XCLIENT, "-ERR")
        self.assertNotIn("203.0.113.9", postern.output())

    def test_t8_5_of_a_client_behind_a_load_balancer(self):
        """The balancer is trusted; whoever is behind it is not."""
        postern = self.serve("trusted_networks 127.0.0.1\naccept_proxy_protocol required\n")
        with MailSocket(postern.port["imap"]) as client:
            client.send(V1 + b"a " + self.ID.replace("203.0.113.9", "198.51.100.1").encode()
                        + b"\r\nb LOGIN alice wonder\r\n")
            client.expect(r"\* OK")
            client.expect(r"\* ID")
            client.expect("a OK ID completed")
            client.expect("b OK")
        self.assertEqual(self.seen(postern)[0], "203.0.113.9")
        self.assertNotIn("198.51.100.1", postern.output())

    def test_maps_are_asked_for_the_client(self):
        hosts = self.scratch.file("hosts", f"203.0.113.9: {self.imap.address}\n")
        postern = self.postern({"imap": f"protocol IMAP4\nquery_key \\\\i\nmap text {hosts}\n"
                                        "trusted_networks 127.0.0.1\n"}, GENEROUS)
        client = ImapClient(postern.port["imap"])
        client.login(wanted="NO")
        client.command(self.ID)
        client.login()

    def test_limits_count_the_clients(self):
        postern = self.postern({
            "imap": f"protocol IMAP4\noutgoing_server {self.imap.address}\n"
                    "trusted_networks 127.0.0.1\nmax_logging_in_per_ip 1\n"})
        one, two = (ImapClient(postern.port["imap"]) for _ in range(2))
        one.command(self.ID)
        two.send(f"a {self.ID}\r\n")
        two.expect(r"\* BYE \[LIMIT\]")

    def test_t8_6_a_ttl_that_has_run_out(self):
        postern = self.serve("trusted_networks 127.0.0.1\n")
        for ttl, wanted in (("1", r"NO \[SERVERBUG\]"), ("0", r"NO \[SERVERBUG\]"), ("2", "OK")):
            client = ImapClient(postern.port["imap"])
            client.command(f'ID ("x-originating-ip" "203.0.113.9" "x-proxy-ttl" "{ttl}")')
            self.assertRegex(client.login(wanted=""), wanted)
        client = Pop3Client(postern.port["pop3"])
        client.command("XCLIENT ADDR=203.0.113.9 TTL=1")
        client.login(wanted="-ERR [SYS/PERM]")
        self.assertEqual((len(self.imap.logins), len(self.pop3.logins)), (1, 0))


class ChainTest(SystemTest):
    """Posterns behind Posterns."""

    def loop(self, settings):
        """Two that send every user to the other one; the first's port."""
        first = self.postern({"imap": "protocol IMAP4\noutgoing_server 127.0.0.1:9\n"}, settings)
        second = self.postern({"imap": "protocol IMAP4\noutgoing_server 127.0.0.1:"
                                       f"{first.port['imap']}\n"}, settings)
        first.configure("imap", "protocol IMAP4\noutgoing_server 127.0.0.1:"
                                f"{second.port['imap']}\n")
        first.reload()
        first.wait_for_line("reload")
        return first, second

    @staticmethod
    def failures(*posterns):
        return sum(len(postern.lines("event=login_failed")) for postern in posterns)

    def test_t8_6_a_loop_ends(self):
        for settings in ("trusted_networks 127.0.0.1\n",
                         "trusted_networks 127.0.0.1\naccept_proxy_protocol required\n"
                         "client_identity proxy\n"):
            first, second = self.loop(settings)
            with MailSocket(first.port["imap"]) as client:
                if "required" in settings:
                    client.send(V1)
                client.expect(r"\* OK")
                client.send("a LOGIN alice wonder\r\n")
                client.expect(r"a NO \[SERVERBUG\]")
            wait_until(lambda: self.failures(first, second) == 7, "each of seven says no")

    def test_t8_6_even_of_those_that_trust_nobody(self):
        first, second = self.loop("max_logging_in_per_ip 5\n")
        client = ImapClient(first.port["imap"])
        client.login(wanted="NO [UNAVAILABLE]")
        self.assertLessEqual(self.failures(first, second), 12)

    def test_one_that_is_not_trusted_is_told_of_once(self):
        backend = self.witness("imap")
        inner = self.postern({"imap": f"protocol IMAP4\noutgoing_server {backend.address}\n"},
                             GENEROUS)
        outer = self.postern({"imap": "protocol IMAP4\noutgoing_server 127.0.0.1:"
                                      f"{inner.port['imap']}\n"}, GENEROUS)
        for _ in range(3):
            ImapClient(outer.port["imap"]).login()
        outer.wait_for_line("event=login ", 3)
        self.assertEqual(len(outer.lines("event=identity_not_trusted")), 1)
        self.assertIn("add 127.0.0.1 to", outer.lines("event=identity_not_trusted")[0])
        inner.configure(text=f"{GENEROUS}trusted_networks 127.0.0.1\n")
        inner.reload()
        inner.wait_for_line("reload")
        for _ in range(2):
            ImapClient(outer.port["imap"]).login()
        outer.wait_for_line("event=login ", 5)
        self.assertEqual(len(outer.lines("event=identity_trusted")), 1)
        self.assertEqual(len(outer.lines("event=identity_not_trusted")), 1)


class SourceTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.peers = []

    def backend(self):
        def script(conversation):
            self.peers.append(conversation.socket.getpeername()[0])
            conversation.send("* OK [CAPABILITY IMAP4rev1] ready\r\n")
            conversation.line()
            conversation.send("L OK in\r\n")
            conversation.rest()
        return self.scripted(script)

    def test_our_addresses_in_turn(self):
        postern = self.postern({"imap": f"protocol IMAP4\noutgoing_server {self.backend().address}\n"
                                        "source_address 127.0.0.5,127.0.0.6,::1\n"}, GENEROUS)
        for _ in range(4):
            ImapClient(postern.port["imap"]).login()
        self.assertEqual(sorted(self.peers), ["127.0.0.5"] * 2 + ["127.0.0.6"] * 2)

    def test_by_pool(self):
        backend = self.backend()
        postern = self.postern(
            {"imap": "protocol IMAP4\nmap static pool there\nsource_address 127.0.0.5\n"},
            f"{GENEROUS}pool there {backend.address} source_address=127.0.0.6\n")
        ImapClient(postern.port["imap"]).login()
        self.assertEqual(self.peers, ["127.0.0.6"])

    def connections_from(self, address, to, count):
        """So many that stay open."""
        for _ in range(count):
            self.addCleanup(connected_from(address, to.host, to.port).close)

    @in_own_network
    def test_no_port_is_left(self):
        """On one address: the others are used.  On all: another backend may do."""
        full, other = self.backend(), self.backend()
        postern = self.postern(
            {"one": "protocol IMAP4\nmap static pool one\n",
             "both": "protocol IMAP4\nmap static pool both\n"},
            f"{GENEROUS}threads 1\nsource_address 127.0.0.5,127.0.0.6\n"
            f"pool one {full.address} policy=round_robin\n"
            f"pool both {full.address} {other.address} policy=first_available\n")
        few_local_ports(4)
        self.connections_from("127.0.0.5", full, 4)
        wait_until(lambda: len(self.peers) == 4, "they are accepted")
        clients = []
        for number in range(4):
            clients.append(ImapClient(postern.port["one"], source=f"127.0.1.{number}"))
            clients[-1].login()
        wait_until(lambda: len(self.peers) == 8, "all have connected")
        self.assertEqual(self.peers[4:], ["127.0.0.6"] * 4)
        late = ImapClient(postern.port["one"], source="127.0.1.9")
        late.login(wanted="NO [UNAVAILABLE]")
        line = postern.wait_for_line("event=backend_failed")[0]
        for address in "127.0.0.5", "127.0.0.6":
            self.assertIn(f"from {address}: no port of ours is left for it", line)
        ImapClient(postern.port["both"], source="127.0.1.9").login()
        self.assertEqual(other.conversations, 1)
        for client in clients:
            client.close()

    def test_one_that_is_not_ours_is_passed_over(self):
        postern = self.postern({"imap": f"protocol IMAP4\noutgoing_server {self.backend().address}\n"
                                        "source_address 192.0.2.1,127.0.0.6\n"}, GENEROUS)
        for _ in range(3):
            ImapClient(postern.port["imap"]).login()
        self.assertEqual(self.peers, ["127.0.0.6"] * 3)
        self.assertEqual(postern.lines("event=backend_failed"), [])

    def test_one_that_is_not_ours(self):
        postern = self.postern({"imap": f"protocol IMAP4\noutgoing_server {self.backend().address}\n"
                                        "source_address 192.0.2.1\n"}, GENEROUS)
        ImapClient(postern.port["imap"]).login(wanted="NO [UNAVAILABLE]")
        self.assertIn("from 192.0.2.1: that is no address of this machine",
                      postern.wait_for_line("event=backend_failed")[0])
