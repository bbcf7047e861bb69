"""Backends learn who the client is: its address, port, session and TLS stand in
Dovecot's own log, in every dialect."""

import re
import socket
import threading
import unittest

from harness import (GENEROUS, HAS_IPV6, Dovecot, ImapClient, Pop3Client, SystemTest,
                     dovecot_missing, free_port, listening, plain_build_only, wait_until)

# Dovecot's login lines with everything in them that a proxy can tell.
LOG_ELEMENTS = ("login_log_format_elements = user=<%u> rip=%r rport=%b lip=%l lport=%a "
                "real=%{real_rip} %c session=<%{session}> name=<%{local_name}>\n")
TRUSTING = "login_trusted_networks = 127.0.0.1 ::1\n"


def haproxy_listeners(imap, pop3):
    return (f"haproxy_trusted_networks = 127.0.0.1 ::1\n"
            f"service imap-login {{\n  inet_listener imap_proxied {{\n    port = {imap}\n"
            f"    haproxy = yes\n  }}\n}}\n"
            f"service pop3-login {{\n  inet_listener pop3_proxied {{\n    port = {pop3}\n"
            f"    haproxy = yes\n  }}\n}}\n")


def client_from(address, connect):
    """A client whose connection comes from that loopback address."""
    create = socket.create_connection
    socket.create_connection = lambda to, timeout: create(to, timeout, (address, 0))
    try:
        return connect()
    finally:
        socket.create_connection = create


def told(line):
    """What one of Dovecot's login lines says of the client."""
    return dict(re.findall(r"(\w+)=<?([^<>, ]*)>?", line)) | {"tls": ", TLS" in line}


def login_values(postern, count=1):
    line = postern.wait_for_line("event=login ", count)[-1]
    return dict(re.findall(r'(\w+)=("[^"]*"|\S*)', line))


@unittest.skipIf(dovecot_missing(), dovecot_missing())
class DovecotTest(SystemTest):
    """One Dovecot that trusts us, on ordinary and on haproxy ports."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proxied = {"imap": free_port(), "pop3": free_port()}
        cls.dovecot = Dovecot(cls.shared.path, certificate=cls.certificate,
                              more="imap_id_log = *\n" + LOG_ELEMENTS + TRUSTING + haproxy_listeners(
                                  cls.proxied["imap"], cls.proxied["pop3"]))
        cls.addClassCleanup(cls.dovecot.stop)

    def serve(self, identity, host="127.0.0.1", more=""):
        """Clear and TLS doors of both protocols, on every loopback address."""
        header = identity.startswith("proxy")
        services, self.ports = {}, {}
        for name, protocol, mode in (("imap", "IMAP4", "none"), ("imaps", "IMAP4S", "ssl_listen"),
                                     ("pop3", "POP3", "none"), ("pop3s", "POP3S", "ssl_listen")):
            family = name.rstrip("s")
            port = self.ports[name] = free_port()
            backend = self.proxied[family] if header else getattr(self.dovecot, family)
            way = identity if identity in ("auto", "none") or header else (
                "id" if family == "imap" else "xclient")
            tls = self.tls_settings(mode) if mode != "none" else ""
            binds = f"127.0.0.1:{port}" + (f",[::1]:{port}" if HAS_IPV6 else "")
            services[name] = (f"protocol {protocol}\n{tls}{GENEROUS}bind_address {binds}\n"
                              f"client_identity {way}\n"
                              f"outgoing_server {'[::1]' if ':' in host else host}:{backend}\n{more}")
        postern = self.postern(services)
        for port in self.ports.values():
            wait_until(lambda port=port: listening(port), f"port {port} is open")
        return postern

    def log_in(self, door, client_ip, to="127.0.0.1"):
        """Logs in and out; the client's port."""
        kind = ImapClient if door.startswith("imap") else Pop3Client
        tls = self.tls if door.endswith("s") else None
        client = client_from(client_ip, lambda: kind(self.ports[door], host=to, tls=tls))
        port = client.socket.getsockname()[1]
        client.login()
        (client.logout if kind is ImapClient else client.quit)()
        return port

    def check(self, postern, door, client_ip, to, count):
        """Logs in; Dovecot must have seen the client as it is."""
        lines = len(re.findall("Login: ", self.dovecot.log()))
        port = self.log_in(door, client_ip, to)
        wait_until(lambda: len(re.findall("Login: ", self.dovecot.log())) > lines,
                   "dovecot logs the login")
        line = [each for each in self.dovecot.log().splitlines() if "Login: " in each][-1]
        seen, ours = told(line), login_values(postern, count)
        session_told = seen["session"] == ours["session"]
        self.assertEqual((seen["rip"], seen["rport"]), (client_ip, str(port)), line)
        if door.startswith("imap") or not session_told:  # XCLIENT of 2.3 has no DESTADDR
            self.assertEqual((seen["lip"], seen["lport"]), (to, str(self.ports[door])), line)
        self.assertEqual((ours["rip"], ours["rport"]), (client_ip, str(port)))
        return seen, ours, line

    def check_all(self, identity, told_as):
        postern = self.serve(identity)
        count = 0
        for client_ip, to in [("127.0.0.2", "127.0.0.1")] + ([("::1", "::1")] if HAS_IPV6 else []):
            for door in self.ports:
                with self.subTest(door=door, client=client_ip):
                    count += 1
                    seen, ours, line = self.check(postern, door, client_ip, to, count)
                    self.assertEqual(ours["identity"], told_as[door.rstrip("s")])
                    self.assertEqual(seen["session"] == ours["session"],
                                     not identity.startswith("proxy"), line)
                    if identity == "proxy" and door.endswith("s"):
                        self.assertEqual(seen["name"], "localhost", line)
        return postern

    def test_auto(self):
        postern = self.check_all("auto", {"imap": "id", "pop3": "xclient"})
        self.assertEqual(postern.lines("event=identity_not_trusted"), [])

    def test_id_and_xclient(self):
        self.check_all("id", {"imap": "id", "pop3": "xclient"})

    def test_proxy_version_2(self):
        self.check_all("proxy", {"imap": "proxy", "pop3": "proxy"})

    def test_proxy_version_1(self):
        self.check_all("proxy_v1", {"imap": "proxy_v1", "pop3": "proxy_v1"})

    def test_behind_starttls_and_by_ipv6(self):
        postern = self.serve("auto", host="::1" if HAS_IPV6 else "127.0.0.1",
                             more="ssl_mode ssl_listen,tls_outgoing_force\n"
                                  f"{self.tls_settings('ssl_listen,tls_outgoing_force')}"
                                  f"ssl_ca_file {self.authority.cert}\n")
        count = 0
        for door in "imaps", "pop3s":
            count += 1
            seen, ours, line = self.check(postern, door, "127.0.0.2", "127.0.0.1", count)
            self.assertEqual(seen["session"], ours["session"])
            self.assertEqual(ours["back"], "starttls")

    def test_the_program_is_passed_on(self):
        self.serve("auto")
        client = client_from("127.0.0.2", lambda: ImapClient(self.ports["imap"]))
        client.command('ID ("name" "Mutt" "x-originating-ip" "203.0.113.9" '
                       '"X-Session-ID" "forged" "x-connected-port" "1")')
        client.login()
        client.logout()
        self.dovecot.wait_for_log("Mutt")
        self.assertNotIn("203.0.113.9", self.dovecot.log())
        self.assertNotIn("forged", self.dovecot.log())

    def test_nobody_forges_by_xclient(self):
        self.serve("auto")
        client = Pop3Client(self.ports["pop3"])
        self.assertNotIn("XCLIENT", client.greeting)
        client.command("XCLIENT ADDR=203.0.113.9 SESSION=forged", "-ERR")
        client.command("XOIP 203.0.113.9", "-ERR")
        client.login()
        client.quit()
        self.assertNotIn("203.0.113.9", self.dovecot.log())

    def chain(self, outer_identity, inner_settings):
        """Outer Postern, inner Postern, Dovecot; the outer's and the inner's ports."""
        inner = self.postern({
            "imap": f"protocol IMAP4\noutgoing_server 127.0.0.1:{self.dovecot.imap}\n",
            "pop3": f"protocol POP3\noutgoing_server 127.0.0.1:{self.dovecot.pop3}\n"},
            f"{GENEROUS}trusted_networks 127.0.0.1\n{inner_settings}")
        outer = self.postern({
            "imaps": f"protocol IMAP4S\n{self.tls_settings()}"
                     f"outgoing_server 127.0.0.1:{inner.port['imap']}\n",
            "pop3s": f"protocol POP3S\n{self.tls_settings()}"
                     f"outgoing_server 127.0.0.1:{inner.port['pop3']}\n"},
            f"{GENEROUS}client_identity {outer_identity}\n")
        self.ports = outer.port
        return outer, inner

    def test_two_posterns(self):
        for identity, settings in (("auto", ""), ("proxy", "accept_proxy_protocol required\n")):
            outer, inner = self.chain(identity, settings)
            for count, door in enumerate(("imaps", "pop3s"), 1):
                with self.subTest(identity=identity, door=door):
                    seen, ours, line = self.check(outer, door, "127.0.0.2", "127.0.0.1", count)
                    between = login_values(inner, count)
                    self.assertEqual((between["rip"], between["rport"], between["via"]),
                                     ("127.0.0.2", ours["rport"], "127.0.0.1"))
                    self.assertEqual({seen["session"], between["session"]}, {ours["session"]},
                                     line)
            self.assertEqual(outer.lines("event=identity_not_trusted"), [])

    def test_tls_counts_where_the_header_tells_of_it(self):
        port = free_port()
        dovecot = Dovecot(self.scratch.path, "strict", more=(
            "disable_plaintext_auth = yes\n" + haproxy_listeners(port, free_port())))
        self.addCleanup(dovecot.stop)
        backend = f"client_identity proxy\noutgoing_server 127.0.0.1:{port}\n"
        postern = self.postern({"imap": f"protocol IMAP4\n{backend}",
                                "imaps": f"protocol IMAP4S\n{self.tls_settings()}{backend}"},
                               GENEROUS)
        clear = client_from("127.0.0.2", lambda: ImapClient(postern.port["imap"]))
        clear.login(wanted="NO")
        secure = client_from("127.0.0.2", lambda: ImapClient(postern.port["imaps"], tls=self.tls))
        secure.login()

    def test_one_that_does_not_trust_us(self):
        dovecot = Dovecot(self.scratch.path, "strange", more="login_greeting = Dovecot ready.\n")
        self.addCleanup(dovecot.stop)
        postern = self.postern({
            "imap": f"protocol IMAP4\noutgoing_server 127.0.0.1:{dovecot.imap}\n",
            "pop3": f"protocol POP3\noutgoing_server 127.0.0.1:{dovecot.pop3}\n"}, GENEROUS)
        for _ in range(2):
            ImapClient(postern.port["imap"]).login()
            Pop3Client(postern.port["pop3"]).login()
        postern.wait_for_line("event=login ", 4)
        for event, backend in (("identity_not_trusted", dovecot.pop3),
                               ("identity_unconfirmed", dovecot.imap)):
            lines = postern.lines(f"event={event}")
            self.assertEqual(len(lines), 1, lines)
            self.assertIn(f"backend=127.0.0.1:{backend}", lines[0])
            self.assertIn("add 127.0.0.1 to login_trusted_networks", lines[0])


@plain_build_only
@unittest.skipIf(dovecot_missing(), dovecot_missing())
class PenaltyTest(SystemTest):
    """Dovecot makes an address that guesses passwords wait.  Whose address?

    It takes its time over that, and nothing of ours is in there.
    """

    def setUp(self):
        super().setUp()
        self.proxied = free_port()
        self.dovecot = Dovecot(self.scratch.path, users=("alice:wonder", "bob:builder"), more=(
            "auth_debug = yes\nlogin_trusted_networks = 127.0.0.9\n"
            "service anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0600\n  }\n}\n"
            + haproxy_listeners(self.proxied, free_port())))
        self.addCleanup(self.dovecot.stop)

    def serve(self, settings, port=0):
        postern = self.postern({"imap": "protocol IMAP4\noutgoing_server 127.0.0.1:"
                                        f"{port or self.dovecot.imap}\n{settings}"}, GENEROUS)
        return postern.port["imap"]

    def guess(self, port, address):
        """Twice in vain; from now on Dovecot keeps that address waiting."""
        client = client_from(address, lambda: ImapClient(port))
        for password in "wrong1", "wrong2":
            client.login("alice", password, wanted="NO")
        client.close()

    def waits(self, client, *login, wanted="OK"):
        """Begins to log in; returns when Dovecot has heard of it."""
        def heard():
            return self.dovecot.log().count("client in: AUTH")
        before = heard()
        thread = threading.Thread(target=lambda: client.login(*login, wanted=wanted))
        thread.start()
        self.addCleanup(thread.join)
        wait_until(lambda: heard() > before, "dovecot hears of the login")
        return thread

    def order(self, *texts):
        """The texts as they follow each other in Dovecot's log."""
        for text in texts:
            self.dovecot.wait_for_log(text)
        log = self.dovecot.log()
        return sorted(texts, key=log.rindex)

    def test_without_an_identity_everybody_waits(self):
        port = self.serve("client_identity none\n")
        self.guess(port, "127.0.0.2")
        victim = client_from("127.0.0.3", lambda: ImapClient(port))
        thread = self.waits(victim, "alice", "wonder")
        client_from("127.0.0.4", lambda: ImapClient(self.dovecot.imap)).login("bob", "builder")
        thread.join()
        self.assertEqual(self.order("Login: user=<alice>", "Login: user=<bob>"),
                         ["Login: user=<bob>", "Login: user=<alice>"])

    def nobody_else_waits(self, port):
        self.guess(port, "127.0.0.2")
        self.guess(self.dovecot.imap, "127.0.0.5")
        waiting = client_from("127.0.0.5", lambda: ImapClient(self.dovecot.imap))
        thread = self.waits(waiting, "bob", "builder")
        client_from("127.0.0.3", lambda: ImapClient(port)).login("alice", "wonder")
        thread.join()
        self.assertEqual(self.order("Login: user=<alice>", "Login: user=<bob>"),
                         ["Login: user=<alice>", "Login: user=<bob>"])

    def test_with_id_nobody_else_waits(self):
        self.nobody_else_waits(self.serve("client_identity id\nsource_address 127.0.0.9\n"))

    def test_with_a_proxy_header_nobody_else_waits(self):
        self.nobody_else_waits(self.serve("client_identity proxy\n", self.proxied))
