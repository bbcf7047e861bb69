"""Users stay where they are: sticky pools, failover, and the state file."""

import contextlib
import sqlite3
import unittest

from harness import (GENEROUS, ImapClient, Pop3Client, SystemTest, free_port, run_postern,
                     wait_until)
from harness.backend_talk import greet_imap, read_imap_login

USERS = ("ann", "bob", "cid", "dan", "eve", "fay")
# As state_file has it; postern.conf(5) documents it.
SCHEMA = """
PRAGMA application_id=0x506f7374; PRAGMA user_version=1; PRAGMA journal_mode=WAL;
CREATE TABLE overrides (pool TEXT NOT NULL, user TEXT NOT NULL, backend TEXT NOT NULL,
  since INTEGER NOT NULL, PRIMARY KEY (pool, user)) WITHOUT ROWID;
CREATE TABLE backends (pool TEXT NOT NULL, backend TEXT NOT NULL, weight INTEGER,
  drain INTEGER NOT NULL, down INTEGER NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (pool, backend)) WITHOUT ROWID;
CREATE TABLE moves (pool TEXT NOT NULL, user TEXT NOT NULL, source TEXT NOT NULL,
  target TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (pool, user)) WITHOUT ROWID;
"""


class DirectorTest(SystemTest):
    """Three servers at 127.0.0.1 to .3, which share ports, so that IMAP and POP3 have one pool."""

    hosts = ("127.0.0.1", "127.0.0.2", "127.0.0.3")

    def setUp(self):
        super().setUp()
        self.imap, self.pop3 = free_port(), free_port()
        self.state = self.scratch.path / "state.db"
        self.servers = {}

    def run_servers(self):
        for host in self.hosts:
            self.run_server(host)

    def run_server(self, host):
        name = f"server{host[-1]}x{len(self.servers)}"
        self.servers[host] = self.sample(
            name, listen=host, imap=self.imap, pop3=self.pop3,
            users=[f"{user}:wonder" for user in USERS])

    def settings(self, options="sticky=yes policy=round_robin", more=""):
        return f"pool stores {' '.join(self.hosts)} {options}\nuser_kick_delay 10ms\n{more}"

    def serve(self, *args, **options):
        common = f"map static pool stores\n{GENEROUS}connect_timeout 4\n"
        return self.postern({"imap": f"protocol IMAP4\n{common}outgoing_port {self.imap}\n",
                             "pop3": f"protocol POP3\n{common}outgoing_port {self.pop3}\n"},
                            self.settings(*args), **options)

    def kill(self, host):
        self.servers[host].stop()

    def open_imap(self, postern, user, wanted="OK"):
        """A client that stays, and the host that serves it."""
        client = ImapClient(postern.port["imap"])
        self.addCleanup(client.close)
        return client, self.host_of(client.login(user, wanted=wanted))

    def host_of(self, reply):
        return next((host for host, server in self.servers.items() if server.name in reply), None)

    def imap_host(self, postern, user):
        client, host = self.open_imap(postern, user)
        client.close()
        return host

    def refused(self, postern, user):
        client = ImapClient(postern.port["imap"])
        reply = client.login(user, wanted="NO [UNAVAILABLE]")
        client.close()
        return reply

    def pop3_host(self, postern, user):
        def lines():
            return [line for line in postern.lines("event=login ") if " service=pop3 " in line]

        before = len(lines())
        client = Pop3Client(postern.port["pop3"])
        client.login(user)
        client.close()
        wait_until(lambda: len(lines()) > before, "the login is logged, after its reply")
        return lines()[-1].split(" backend=")[1].split(":")[0]

    @contextlib.contextmanager
    def state_rows(self):
        """The file as sqlite3 sees it, also while Postern runs."""
        with contextlib.closing(sqlite3.connect(self.state, timeout=30)) as database:
            yield database
            database.commit()

    def write_state(self, *statements):
        with self.state_rows() as database:
            database.executescript(SCHEMA)
            for statement in statements:
                database.execute(statement)

    def with_state(self):
        return "sticky=yes", f"state_file {self.state}\n"


class StickyTest(DirectorTest):
    def test_imap_and_pop3_and_all_threads(self):
        self.run_servers()
        postern = self.serve()
        homes = {user: self.imap_host(postern, user) for user in USERS}
        self.assertEqual(len(set(homes.values())), 3)  # the policy takes turns
        for user, home in homes.items():
            self.assertEqual(self.pop3_host(postern, user), home)
            for _ in range(4):
                self.assertEqual(self.imap_host(postern, user), home)

    def test_a_pool_that_is_not_sticky_takes_turns(self):
        self.run_servers()
        postern = self.serve("policy=round_robin")
        self.assertEqual({self.imap_host(postern, "ann") for _ in range(6)}, set(self.hosts))

    def test_wrong_passwords_bind_nobody(self):
        self.run_servers()
        postern = self.serve()
        for _ in range(3):
            client = ImapClient(postern.port["imap"])
            client.login("ann", "wrong", "NO [AUTHENTICATIONFAILED]")
            client.close()
        backends = {line.split(" backend=")[1].split(":")[0]
                    for line in postern.wait_for_line("event=login_failed", 3)}
        self.assertGreater(len(backends), 1)

    def test_a_reload_changes_nothing_for_users(self):
        self.run_servers()
        postern = self.serve()
        homes = {user: self.imap_host(postern, user) for user in USERS}
        stays, home = self.open_imap(postern, "ann")
        others = [host for host in self.hosts if host != home]
        self.hosts = [*others, home]  # another order
        postern.configure(text=self.settings())
        postern.reload()
        postern.wait_for_line("event=reloaded")
        self.assertEqual({user: self.imap_host(postern, user) for user in USERS}, homes)
        # One that is left out serves who is there, and nobody else.
        self.hosts = others
        postern.configure(text=self.settings())
        postern.reload()
        postern.wait_for_line("event=reloaded", 2)
        self.assertEqual(self.imap_host(postern, "ann"), home)
        stays.command("NOOP")
        for user in USERS[1:]:
            self.assertIn(self.imap_host(postern, user), others)


class FailoverTest(DirectorTest):
    def test_none_is_told_and_next_takes_over(self):
        for failover in "none", "next":
            with self.subTest(failover):
                self.run_servers()
                postern = self.serve(f"sticky=yes rest_time=1ms failover={failover}")
                homes = {user: self.imap_host(postern, user) for user in USERS}
                dead = homes["ann"]
                self.kill(dead)
                if failover == "none":
                    self.refused(postern, "ann")
                else:
                    now = self.imap_host(postern, "ann")
                    self.assertNotEqual(now, dead)
                    line = postern.wait_for_line("event=user_failover")[0]
                    self.assertIn(f"user=ann from={dead} to={now}", line)
                    self.assertEqual(self.pop3_host(postern, "ann"), now)
                for user, home in homes.items():
                    if home != dead:
                        self.assertEqual(self.imap_host(postern, user), home)
                self.run_server(dead)
                wanted = now if failover == "next" else dead
                self.assertEqual(self.imap_host(postern, "ann"), wanted)
                for server in self.servers.values():
                    server.stop()

    def test_two_of_three_dead_then_all_then_back(self):
        self.run_servers()
        postern = self.serve("sticky=yes failover=next rest_time=1ms")
        for user in USERS:
            self.imap_host(postern, user)
        self.kill("127.0.0.1")
        self.kill("127.0.0.2")
        for user in USERS:
            self.assertEqual(self.imap_host(postern, user), "127.0.0.3")
        self.kill("127.0.0.3")
        for user in USERS:
            self.refused(postern, user)
        self.run_servers()
        for user in USERS:
            self.assertEqual(self.imap_host(postern, user), self.imap_host(postern, user))

    def test_sessions_leave_before_another_backend_serves(self):
        """It lets one client in and none after; the second login ends the first session."""
        order = []

        def serves_one(talk):
            if first.conversations > 1:
                return talk.send("* BYE full\r\n")
            greet_imap(talk)
            tag, _, _ = read_imap_login(talk)
            talk.send(f"{tag} OK in\r\n")
            talk.closed()
            order.append("left")

        def takes_over(talk):
            greet_imap(talk)
            tag, _, _ = read_imap_login(talk)
            order.append("came")
            talk.send(f"{tag} OK in\r\n")
            talk.closed()
        first, second = self.scripted(serves_one), self.scripted(takes_over)
        postern = self.postern(
            {"imap": f"protocol IMAP4\n{GENEROUS}map static pool stores\n"},
            f"pool stores {first.address} weight=1000 {second.address} sticky=yes failover=next "
            "policy=weighted_round_robin\nuser_kick_delay 50ms\n")
        old, new = ImapClient(postern.port["imap"]), ImapClient(postern.port["imap"])
        old.login("ann")
        new.login("ann")
        old.closed()  # reads to the end
        self.assertEqual(order, ["left", "came"])
        self.assertIn("is not to be reached", postern.wait_for_line("event=end")[0])
        old.close()
        new.close()

    def test_hung_backends_are_passed_over(self):
        def says_nothing(talk):
            talk.rest()
        hung, alive = self.scripted(says_nothing), self.witness("imap")
        settings = f"protocol IMAP4\n{GENEROUS}map static pool stores\nconnect_timeout 1\n"
        pool = f"pool stores {hung.address} weight=1000 {alive.address} sticky=yes " \
               "policy=weighted_round_robin "
        postern = self.postern({"imap": settings}, pool + "failover=next\n")
        clients = [ImapClient(postern.port["imap"]) for _ in range(3)]
        for client in clients:
            client.login("ann")
        self.assertEqual(len(alive.logins), 3)
        postern = self.postern({"imap": settings}, pool + "failover=none\n")
        self.refused(postern, "ann")


class StateFileTest(DirectorTest):
    def override(self, user, host):
        return f"INSERT INTO overrides VALUES ('stores', '{user}', '{host}', 1)"

    def test_overrides_outlive_a_kill(self):
        self.run_servers()
        self.write_state(*(self.override(user, "127.0.0.3") for user in USERS))
        postern = self.serve(*self.with_state())
        for user in USERS:
            self.assertEqual(self.imap_host(postern, user), "127.0.0.3")
        postern.process.kill()
        postern.process.wait()
        with self.state_rows() as database:
            self.assertEqual(database.execute("SELECT count(*) FROM overrides").fetchone()[0], 6)
        again = self.serve(*self.with_state())
        for user in USERS:
            self.assertEqual(self.imap_host(again, user), "127.0.0.3")
        text = run_postern("--route", "Ann", "--service", "imap", "-f", again.config).stdout
        self.assertIn('user "ann", override to 127.0.0.3', text)
        self.assertRegex(text, r"127\.0\.0\.3:\d+ weight=\d+ sessions=0 ready <- next, by override")
        again.end_cleanly()
        postern.process = None  # it was killed on purpose

    def test_what_was_said_of_backends_is_obeyed(self):
        self.run_servers()
        self.write_state(
            "INSERT INTO backends VALUES ('stores', '127.0.0.1', NULL, 1, 0, 1)",
            "INSERT INTO backends VALUES ('stores', '127.0.0.2', NULL, 0, 1, 1)",
            "INSERT INTO backends VALUES ('stores', 'what is this', 5, 0, 0, 1)")
        postern = self.serve(*self.with_state())
        self.assertEqual({self.imap_host(postern, user) for user in USERS}, {"127.0.0.3"})
        postern.wait_for_line("makes no sense")
        postern.reload()
        postern.wait_for_line("event=reloaded")
        self.assertEqual({self.imap_host(postern, user) for user in USERS}, {"127.0.0.3"})

    def test_a_move_that_was_interrupted_did_not_happen(self):
        self.run_servers()
        self.write_state(self.override("ann", "127.0.0.1"),
                         "INSERT INTO moves VALUES ('stores', 'ann', '127.0.0.1', '127.0.0.2', 1)")
        postern = self.serve(*self.with_state())
        postern.wait_for_line("event=user_not_moved")
        self.assertEqual(self.imap_host(postern, "ann"), "127.0.0.1")

        def forgotten():
            with self.state_rows() as database:
                return database.execute("SELECT count(*) FROM moves").fetchone()[0] == 0
        wait_until(forgotten, "the row is deleted")

    def test_overrides_to_strangers_are_told_and_passed_over(self):
        self.run_servers()
        self.write_state(self.override("ann", "192.0.2.9"))
        postern = self.serve(*self.with_state())
        postern.wait_for_line("pool stores: 1 overrides name backends it does not have")
        self.assertIn(self.imap_host(postern, "ann"), self.hosts)

    def works_without(self, complaint):
        postern = self.serve(*self.with_state())
        for user in USERS:
            self.imap_host(postern, user)
        postern.wait_for_line(complaint)
        return postern

    def test_a_corrupt_file_is_told_and_left_alone(self):
        self.run_servers()
        self.state.write_bytes(b"x" * 5000)
        postern = self.works_without("file is not a database; the configuration alone rules")
        self.assertEqual(self.state.read_bytes(), b"x" * 5000)
        # An administrator puts it right: the next reload reads it.
        self.state.unlink()
        self.write_state(self.override("ann", "127.0.0.2"))
        postern.reload()
        postern.wait_for_line("event=reloaded")
        self.assertNotEqual(self.imap_host(postern, "fay"), None)

    def test_a_damaged_page_is_noticed(self):
        self.run_servers()
        self.write_state(*(self.override(f"user{i}", "127.0.0.3") for i in range(2000)))
        data = bytearray(self.state.read_bytes())
        data[8192:12288] = b"\xff" * 4096
        self.state.write_bytes(data)
        self.works_without("the configuration alone rules")

    def test_somebody_elses_database(self):
        self.run_servers()
        with self.state_rows() as database:
            database.execute("CREATE TABLE mine (a)")
        self.works_without("it is a database of something else")

    def test_a_locked_file(self):
        self.run_servers()
        self.write_state()
        with self.state_rows() as database:
            database.execute("PRAGMA locking_mode=EXCLUSIVE")
            database.execute("BEGIN EXCLUSIVE")
            self.works_without("database is locked; the configuration alone rules")

    def test_no_folder(self):
        self.run_servers()
        self.state = self.scratch.path / "none/state.db"
        self.works_without("No such file or directory")

    def test_it_is_made(self):
        self.run_servers()
        postern = self.serve(*self.with_state())
        self.imap_host(postern, "ann")
        wait_until(self.state.exists, "it is there")
        postern.end_cleanly()
        with self.state_rows() as database:
            for table in "overrides", "backends", "moves":
                database.execute(f"SELECT * FROM {table}")


if __name__ == "__main__":
    unittest.main()
