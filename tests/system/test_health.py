"""Active checks of backends: what makes one down, what brings it back, and what users see."""

import asyncio
import contextlib
import unittest

from harness import (GENEROUS, SANITIZED, Dovecot, ImapClient, Pop3Client, SystemTest,
                     dovecot_missing, free_port, presenting, run_postern, wait_until)

QUICK = "check_interval=100ms check_timeout=1s check_fall=2"


def hanging(talk):
    """Accepts, and says nothing."""
    talk.line()


def garbage(talk):
    talk.send("\x00\x01 220 what?\r\n")


def polite(talk):
    """Greets and lists, and takes whoever comes."""
    talk.send("* OK ready.\r\n")
    while True:
        tag, command = talk.line().split(" ", 1)
        if command.upper().startswith("CAPABILITY"):
            talk.send("* CAPABILITY IMAP4rev1\r\n")
        if command.upper().startswith("LOGOUT"):
            talk.send(f"* BYE\r\n{tag} OK bye\r\n")
            return
        talk.send(f"{tag} OK done\r\n")


def slow(talk):
    """A byte now and then."""
    talk.drip_slowly("* OK a greeting that goes on and on" * 1000, 0.05)


class PoolCase(SystemTest):
    def serve(self, pool, more="", **services):
        services = services or {"imap": "protocol IMAP4\n"}
        return self.postern(
            {name: f"{text}{GENEROUS}map static pool mail\n" for name, text in services.items()},
            f"pool mail {pool}\n{more}")

    def login(self, postern, wanted="OK", user="alice", service="imap"):
        client = ImapClient(postern.port[service])
        reply = client.login(user, wanted=wanted)
        client.close()
        return reply


class HealthTest(PoolCase):
    def test_kinds_of_trouble(self):
        cases = {"cannot connect": f"127.0.0.1:{free_port()}"}
        for why, script in (("no greeting in time|no answer in time", hanging),
                            ("did not greet in IMAP", garbage),
                            ("no greeting in time|no answer in time", slow)):
            cases.setdefault(why + " " * len(cases), self.scripted(script).address)
        postern = self.serve(f"policy=round_robin {QUICK} check_timeout=300ms "
                             + " ".join(cases.values()))
        for why, address in cases.items():
            with self.subTest(why):
                line = postern.wait_for_line(f"event=backend_down pool=mail backend={address} ")[0]
                self.assertRegex(line, f'reason="imap: .*({why.strip()})')
        # All are down: no login waits for a timeout, and the log says why.
        self.login(postern, "NO [UNAVAILABLE]")
        self.assertIn("no backend is up", postern.wait_for_line("event=login_failed ")[0])

    def test_the_end_comes_while_they_die(self):
        dead = " ".join(f"127.1.{number // 250}.{number % 250 + 1}:1" for number in range(1000))
        for _ in range(5):
            # So many threads take their time to go.
            postern = self.serve(f"policy=round_robin {QUICK} {dead}", "threads 64\n")
            postern.wait_for_line("event=backend_down")
            postern.end_cleanly()

    def test_two_of_three_are_dead(self):
        alive = self.sample("alive")
        hung = self.scripted(hanging)
        postern = self.serve(f"policy=round_robin {QUICK} 127.0.0.1:{free_port()} {hung.address} "
                             f"127.0.0.1:{alive.imap}")
        postern.wait_for_line("event=backend_down", 2)
        for _ in range(6):
            self.assertIn("alive", self.login(postern))
        self.assertEqual(postern.lines("event=backend_failed"), [])

    def test_it_comes_back(self):
        port = free_port()
        postern = self.serve(f"{QUICK} 127.0.0.1:{port}")
        postern.wait_for_line("event=backend_down")
        self.login(postern, "NO [UNAVAILABLE]")
        self.sample("back", imap=port)
        self.assertRegex(postern.wait_for_line("event=backend_up")[0],
                         f"pool=mail backend=127.0.0.1:{port} down_for=")
        self.assertIn("back", self.login(postern))

    def test_real_logins_count(self):
        """The check is a minute away, but its first one may come at once."""
        hung = self.scripted(hanging)
        postern = self.serve(
            f"policy=round_robin check_interval=60s check_timeout=60s check_fall=3 {hung.address}",
            imap="protocol IMAP4\nconnect_timeout 1\n")
        for _ in range(3):
            self.login(postern, "NO [UNAVAILABLE]")
        self.assertRegex(postern.wait_for_line("event=backend_down")[0],
                         'reason="imap: no greeting in time')
        conversations = hung.conversations
        self.login(postern, "NO [UNAVAILABLE]")
        self.assertLessEqual(hung.conversations, conversations + 1)  # a check at most

    def test_every_service_has_its_way(self):
        server = self.sample("server")
        postern = self.serve(
            f"{QUICK} 127.0.0.1", "", imap=f"protocol IMAP4\noutgoing_port {server.imap}\n",
            pop3=f"protocol POP3\noutgoing_port {free_port()}\n")
        self.assertIn("pop3: ", postern.wait_for_line("event=backend_down")[0])
        self.login(postern, "NO [UNAVAILABLE]")

    def test_only_the_services_that_are_named(self):
        server = self.sample("server")
        postern = self.serve(
            f"{QUICK} check_fall=1 check_services=imap 127.0.0.1", "",
            imap=f"protocol IMAP4\noutgoing_port {server.imap}\n",
            pop3=f"protocol POP3\noutgoing_port {free_port()}\n")
        self.login(postern)
        Pop3Client(postern.port["pop3"]).login(wanted="-ERR [SYS/TEMP]")
        self.login(postern)
        self.assertEqual(postern.lines("event=backend_down"), [])

    def test_names_and_files_that_are_wrong(self):
        folder = self.scratch.folder("wrong")
        for pool, wanted in ((f"{QUICK} check_services=none a", 'no service is named "none"'),
                             (f"{QUICK} check_user=u check_password_file=/none a", "/none: ")):
            with self.subTest(wanted):
                (folder / "conf.d").mkdir(exist_ok=True)
                (folder / "conf.d/imap.conf").write_text(
                    f"protocol IMAP4\nbind_address 127.0.0.1:{free_port()}\n"
                    "map static pool mail\n")
                (folder / "postern.conf").write_text(f"pool mail {pool}\n")
                answer = run_postern("--check", "-f", folder / "postern.conf")
                self.assertEqual(answer.returncode, 1)
                self.assertIn("postern.conf:1: pool: ", answer.stderr)
                self.assertIn(wanted, answer.stderr)
                answer = run_postern("-f", folder / "postern.conf")
                self.assertEqual(answer.returncode, 1)
                self.assertIn(wanted, answer.stderr)

    def test_reload(self):
        port = free_port()
        postern = self.serve(f"{QUICK} 127.0.0.1:{port}")
        postern.wait_for_line("event=backend_down")
        postern.reload()
        postern.wait_for_line("event=reloaded")
        self.login(postern, "NO [UNAVAILABLE]")
        self.assertIn("is down: imap: ", postern.wait_for_line("event=login_failed ")[0])
        # Without checks it is tried again.
        self.sample("back", imap=port)
        postern.configure(text=f"pool mail 127.0.0.1:{port}\n")
        postern.reload()
        postern.wait_for_line("event=reloaded", 2)
        wait_until(lambda: "back" in self.login(postern, ""), "it is used")


class FullTest(PoolCase):
    def test_max_connections(self):
        one, two = self.sample("one"), self.sample("two")
        postern = self.serve(
            f"policy=first_available max_connections=2 127.0.0.1:{one.imap} 127.0.0.1:{two.imap}",
            imap="protocol IMAP4\n")
        clients = [ImapClient(postern.port["imap"]) for _ in range(5)]
        replies = [client.login(wanted="OK") for client in clients[:4]]
        self.assertEqual([name for reply in replies for name in ("one", "two") if name in reply],
                         ["one", "one", "two", "two"])
        clients[4].login(wanted="NO [UNAVAILABLE]")
        clients[0].logout()
        wait_until(lambda: "one" in clients[4].login(wanted=""), "there is room again")

    def test_the_home_of_a_user_is_full(self):
        servers = [self.sample(name) for name in ("one", "two")]
        postern = self.serve("max_connections=1 " + " ".join(
            f"127.0.0.1:{each.imap}" for each in servers))
        first, second = (ImapClient(postern.port["imap"]) for _ in range(2))
        first.login(wanted="OK")
        second.login(wanted="NO [UNAVAILABLE]")
        self.assertIn("is full (max_connections)",
                      postern.wait_for_line("event=login_failed ")[0])
        first.logout()
        wait_until(lambda: "OK" in second.login(wanted=""), "there is room again")


class TagTest(PoolCase):
    def test_tags(self):
        everybody = [f"{user}:secret" for user in ("ann", "bob", "eve", "fay")]
        servers = {name: self.sample(name, users=everybody)
                   for name in ("plain", "europe", "overseas")}
        users = self.scratch.file("users", "ann: pool mail\nbob: pool mail tag=eu\n"
                                            "eve: pool mail tag=us\nfay: pool mail tag=none\n")
        pool = (f"pool mail 127.0.0.1:{servers['plain'].imap}\n"
                f"pool mail tag=eu 127.0.0.1:{servers['europe'].imap}\n"
                f"pool mail 127.0.0.1:{servers['overseas'].imap} tag=us\n")
        postern = self.postern({"imap": f"protocol IMAP4\n{GENEROUS}map text {users}\n"}, pool)
        for user, name in ("ann", "plain"), ("bob", "europe"), ("eve", "overseas"):
            client = ImapClient(postern.port["imap"])
            self.assertIn(name, client.command(f"LOGIN {user} secret", "")[1])
            client.close()
        client = ImapClient(postern.port["imap"])
        self.assertIn("UNAVAILABLE", client.command("LOGIN fay secret", "")[1])
        self.assertIn("no backend of pool mail has the tag none",
                      postern.wait_for_line("event=login_failed ")[0])
        client.close()


class TlsTest(PoolCase):
    def check(self, certificate, wanted):
        context = presenting(certificate)

        def script(talk):
            with contextlib.suppress(OSError):  # it refuses the certificate
                talk.accept_tls(context)
                polite(talk)

        server = self.scripted(script)
        postern = self.serve(
            f"{QUICK} localhost:{server.port} ssl_mode=ssl_outgoing "
            f"ssl_ca_file={self.authority.cert}", imap="protocol IMAP4\n")
        if wanted:
            self.assertIn("imap: TLS: ", postern.wait_for_line("event=backend_down")[0])
            self.assertRegex(postern.lines("event=backend_down")[0], wanted)
        else:
            wait_until(lambda: server.conversations >= 4, "it is looked at again and again")
            self.assertEqual(postern.lines("event=backend_down"), [])

    def test_certificates(self):
        self.check(self.certificate, "")
        self.check(self.authority.issue("elsewhere", ("elsewhere.example",)), "elsewhere|name")
        self.check(type(self.authority)(self.scratch.path, "stranger").issue("localhost"),
                   "issuer|self|verif|trust")


@unittest.skipIf(dovecot_missing(), dovecot_missing())
class DovecotTest(PoolCase):
    """Checks are visible in the backend's log, as what they are."""

    def dovecot(self, **options):
        server = Dovecot(self.scratch.path, **options)
        self.addCleanup(server.stop)
        return server

    def serve_both(self, server, more=""):
        return self.serve(f"{QUICK} check_fall=1 127.0.0.1 {more}", "",
                          imap=f"protocol IMAP4\noutgoing_port {server.imap}\n",
                          pop3=f"protocol POP3\noutgoing_port {server.pop3}\n")

    @staticmethod
    def looks(server, protocol):
        return sum(protocol in line and "no auth attempts" in line
                   for line in server.log().splitlines())

    def test_goodbye_without_login(self):
        server = self.dovecot()
        postern = self.serve_both(server)
        for protocol in "imap-login", "pop3-login":
            wait_until(lambda name=protocol: self.looks(server, name) > 2, "checks are logged")
        for line in server.log().splitlines():
            if "no auth attempts" in line:
                self.assertIn("Aborted login by logging out", line)
        self.assertEqual(postern.lines("event=backend_down"), [])

    def test_where_a_proxy_header_is_due(self):
        """Dovecot's haproxy listeners hear a header that stands for nobody (LOCAL)."""
        proxied = {"imap": free_port(), "pop3": free_port()}
        server = self.dovecot(more="haproxy_trusted_networks = 127.0.0.1\n" + "".join(
            f"service {name}-login {{\n  inet_listener {name}_proxied {{\n    port = {port}\n"
            f"    haproxy = yes\n  }}\n}}\n" for name, port in proxied.items()))
        common = f"{GENEROUS}map static pool mail\n"
        postern = self.postern(
            {name: f"protocol {name.upper().replace('IMAP', 'IMAP4')}\n{common}"
                   f"outgoing_port {port}\n" for name, port in proxied.items()},
            f"pool mail {QUICK} check_fall=1 127.0.0.1 client_identity=proxy\n")
        for protocol in "imap-login", "pop3-login":
            wait_until(lambda name=protocol: self.looks(server, name) > 2, "checks are logged")
        for line in server.log().splitlines():
            if "no auth attempts" in line:  # the connection's own address, not that of a client
                self.assertIn("rip=127.0.0.1, lip=127.0.0.1", line)
        self.assertNotIn("haproxy", server.log())
        self.login(postern)
        self.assertEqual(postern.lines("event=backend_down"), [])

    def test_with_a_login(self):
        server = self.dovecot(users=("alice:wonder", "check:just a look"))
        secret = self.scratch.file("secret", "just a look\n")
        postern = self.serve_both(server, f"check_user=check check_password_file={secret}")
        for protocol in "imap", "pop3":
            server.wait_for_log(f"{protocol}(check)")
        self.login(postern)
        self.assertEqual(postern.lines("event=backend_down"), [])
        self.assertNotIn("just a look", postern.output())
        # What nobody accepts any more is a matter of the password, not of backends.
        server.set_users(("alice:wonder",))
        line = postern.wait_for_line("event=check_refused")[0]
        self.assertRegex(line, r"refused the login|PASS|AUTH PLAIN: -ERR \[AUTH\]")
        self.assertEqual(postern.lines("event=backend_down"), [])
        self.login(postern)

    def test_one_that_refuses_logins(self):
        secret = self.scratch.file("secret", "just a look\n")
        users = ["alice:wonder", "check:just a look"]
        good = self.sample("good", users=users)
        bad = self.sample("bad", users=users[:1])
        postern = self.serve(f"policy=round_robin {QUICK} check_user=check "
                             f"check_password_file={secret} 127.0.0.1:{good.imap} "
                             f"127.0.0.1:{bad.imap}")
        line = postern.wait_for_line("event=backend_down")[0]
        self.assertIn(f"backend=127.0.0.1:{bad.imap} ", line)
        for _ in range(3):
            self.assertIn("good", self.login(postern))


class TwoPosternsTest(PoolCase):
    def test_they_agree_without_talking(self):
        users = [f"user{user}:secret" for user in range(12)]
        servers = [self.sample(f"server{number}", users=users) for number in range(3)]
        pool = f"{QUICK} failover=next " + " ".join(f"127.0.0.1:{each.imap}" for each in servers)
        posterns = [self.serve(pool) for _ in range(2)]

        def homes(postern):
            found = []
            for user in range(12):
                client = ImapClient(postern.port["imap"])
                found.append(client.login(f"user{user}", "secret"))
                client.close()
            return found

        before = homes(posterns[0])
        self.assertEqual(homes(posterns[1]), before)
        self.assertGreater(len(set(before)), 1)
        lost = servers[0]
        lost.stop()
        for postern in posterns:
            postern.wait_for_line("event=backend_down")
        after = homes(posterns[1])
        self.assertEqual(homes(posterns[0]), after)
        for here, there in zip(before, after):
            self.assertEqual(here != there, lost.name in here, (here, there))


class Crowd:
    """A backend for thousands, which counts who has connected and not been greeted yet."""

    def __init__(self):
        self.waiting = self.most = self.logins = self.open = 0

    async def serve(self, reader, writer):
        self.open += 1
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await asyncio.sleep(0.01)
        self.waiting -= 1
        writer.write(b"* OK [CAPABILITY IMAP4rev1] ready.\r\n")
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                tag, command = line.split(b" ", 1)
                self.logins += command.upper().startswith(b"LOGIN")
                writer.write(tag + b" OK done\r\n")
        writer.close()
        self.open -= 1


async def come_back(port, number):
    """One client that logs in and stays."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(f"a LOGIN user{number} secret\r\n".encode())
    return (await reader.readline()).decode(), writer


class StormTest(PoolCase):
    CLIENTS = 200 if SANITIZED else 2000

    async def storm(self, postern, ports):
        crowds = [Crowd() for _ in ports]
        servers = [await asyncio.start_server(crowd.serve, "127.0.0.1", port, backlog=1000)
                   for crowd, port in zip(crowds, ports)]
        await asyncio.to_thread(postern.wait_for_line, "event=backend_up", len(ports))
        back = await asyncio.gather(*(come_back(postern.port["imap"], number)
                                      for number in range(self.CLIENTS)))
        self.assertEqual([reply for reply, _ in back if not reply.startswith("a OK")], [])
        self.assertEqual(sum(crowd.logins for crowd in crowds), self.CLIENTS)
        for crowd in crowds:
            self.assertLessEqual(crowd.most, 20 + 1)  # a check may come on top
        for _, writer in back:
            writer.close()
        for server in servers:
            server.close()
        while any(crowd.open for crowd in crowds):
            await asyncio.sleep(0.01)

    def test_all_are_dead_and_come_back(self):
        """Everybody is refused at once; then everybody gets in, a few at a time."""
        ports = [free_port(), free_port()]
        postern = self.serve(
            f"{QUICK} check_timeout=20s max_connecting=20 slow_start=2s "
            + " ".join(f"127.0.0.1:{port}" for port in ports),
            "threads 2\n", imap="protocol IMAP4\nconnect_timeout 50\n")
        postern.wait_for_line("event=backend_down", 2)
        self.login(postern, "NO [UNAVAILABLE]")
        asyncio.run(self.storm(postern, ports))
        self.assertEqual(postern.lines("event=backend_failed"), [])


if __name__ == "__main__":
    unittest.main()
