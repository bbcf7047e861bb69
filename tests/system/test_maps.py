"""Where users are looked up, and what happens when that goes wrong.

The ids (T10.1 ...) are those of the project's list of threats.
"""

import os
import socket
import sqlite3
import threading
import unittest

from harness import GENEROUS, ImapClient, SystemTest

USERS = ["alice:wonder", "bob:builder", "carol:secret", "dora@example.org:pw"]
NO_CACHE = "map_cache_size 0\n"


class MapTest(SystemTest):
    """Two backends, "east" and "west", that know the same users and differ in
    the greeting behind a login."""

    def setUp(self):
        super().setUp()
        self.east = self.sample("east", users=USERS)
        self.west = self.sample("west", users=USERS)

    def serve(self, settings, more=""):
        return self.postern({"imap": f"protocol IMAP4\n{GENEROUS}{settings}"}, more)

    def at(self, server):
        return f"127.0.0.1:{server.imap}"

    def goes_to(self, postern, user, wanted, password=None):
        """Logs in; `wanted` is the name of a backend, or how a refusal begins."""
        client = ImapClient(postern.port["imap"])
        known = dict(line.rsplit(":", 1) for line in USERS)
        reply = client.login(user, password or known.get(user, "pw"), "")
        client.close()
        self.assertRegex(reply, f"OK .*{wanted}" if not wanted.startswith("NO") else wanted)

    def database(self, name="users.db", table="tblPerdition", users=None, journal="DELETE"):
        """Perdition's table; alice is east, bob west."""
        path = self.scratch.path / name
        rows = users or [("alice", "127.0.0.1", str(self.east.imap)),
                         ("bob", self.at(self.west), None)]
        with sqlite3.connect(path) as database:
            database.execute(f"PRAGMA journal_mode={journal}")
            database.execute(
                f"CREATE TABLE {table} (user TEXT PRIMARY KEY, servername TEXT, port TEXT)")
            database.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)
        database.close()
        path.chmod(0o644)
        return path


class AnswersTest(MapTest):
    def test_sqlite(self):
        postern = self.serve(f"map sqlite {self.database()}\n")
        self.goes_to(postern, "alice", "east")
        self.goes_to(postern, "bob", "west")
        self.goes_to(postern, "nobody", r"NO \[AUTHENTICATIONFAILED\]")

    def test_sqlite_by_a_query_of_ones_own(self):
        path = self.scratch.path / "own.db"
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE people (name TEXT, host TEXT)")
            database.execute("INSERT INTO people VALUES ('alice', ?)", [self.at(self.west)])
        postern = self.serve(f"map sqlite {path}\n"
                             "map_query 'SELECT host FROM people WHERE name = :key'\n")
        self.goes_to(postern, "alice", "west")

    def test_names_that_look_like_sql(self):
        """T10.1"""
        path = self.database()
        postern = self.serve(f"map sqlite {path}\n" + NO_CACHE)
        for name in "x' OR '1'='1", "x'';DROP TABLE tblPerdition;--", "\\\\'":
            self.goes_to(postern, name, r"NO \[AUTHENTICATIONFAILED\]")
        self.goes_to(postern, "alice", "east")

    def test_text(self):
        users = self.scratch.file("users", f"""
# comments and blank lines
alice: {self.at(self.east)}
bob:   carol@{self.at(self.west)}
dora@example.org: pool both
""")
        postern = self.serve(f"map text {users}\nusername_from_database\n",
                             f"pool both {self.at(self.west)} {self.at(self.west)}\n")
        self.goes_to(postern, "alice", "east")
        self.goes_to(postern, "bob", "west", "secret")  # carol's password: she logs in
        self.goes_to(postern, "dora@example.org", "west")

    def test_perditions_regular_expressions(self):
        rules = self.scratch.file("popmap.re", f"""
# first match wins; backslashes are eaten
^a.*: {self.at(self.east)}
'^b(o)b$': {self.at(self.west)}
@example\\\\.org$: {self.at(self.west)}
""")
        postern = self.serve("map_library /usr/lib/x86_64-linux-gnu/libperditiondb_posix_regex.so.0\n"
                             f"map_library_opt {rules}\n")
        self.goes_to(postern, "alice", "east")
        self.goes_to(postern, "bob", "west")
        self.goes_to(postern, "carol", r"NO \[AUTHENTICATIONFAILED\]")

    def test_a_chain(self):
        """Not found goes on to the next map, then to outgoing_server."""
        users = self.scratch.file("users", f"carol: {self.at(self.east)}\n")
        postern = self.serve(f"map sqlite {self.database()}\nmap text {users}\n"
                             f"outgoing_server {self.at(self.west)}\n")
        self.goes_to(postern, "alice", "east")
        self.goes_to(postern, "carol", "east")
        self.goes_to(postern, "dora@example.org", "west")

    def test_static(self):
        postern = self.serve(f"map static {self.at(self.west)}\n")
        self.goes_to(postern, "alice", "west")

    def test_the_name_is_made_canonical_first(self):
        postern = self.serve(f"map sqlite {self.database()}\nlower_case all\nstrip_domain all\n")
        self.goes_to(postern, "Alice@Example.org", "east", "wonder")

    def test_query_keys(self):
        users = self.scratch.file("users", f"bob: {self.at(self.east)}\n"
                                           f"@example.org: {self.at(self.west)}\n")
        postern = self.serve(f"map text {users}\nquery_key \\\\u,\\\\D\\\\d\n")
        self.goes_to(postern, "bob", "east")
        self.goes_to(postern, "dora@example.org", "west")


class TroubleTest(MapTest):
    """An answer that could not be had is never "no such user", and never sends
    a password to the next map or the default server."""

    UNAVAILABLE = r"NO \[UNAVAILABLE\]"

    def test_a_failing_map_stops_the_chain(self):
        postern = self.serve(f"map fail\noutgoing_server {self.at(self.west)}\n")
        self.goes_to(postern, "alice", self.UNAVAILABLE)

    def test_a_locked_database(self):
        """T10.4: and nobody else waits for it"""
        path = self.database()
        users = self.scratch.file("users", f"carol: {self.at(self.east)}\n")
        postern = self.serve(f"map text {users}\nmap sqlite {path}\nmap_timeout 2\n"
                             f"outgoing_server {self.at(self.west)}\n" + NO_CACHE, "threads 1\n")
        with sqlite3.connect(path, isolation_level=None) as writer:
            writer.execute("BEGIN EXCLUSIVE")
            waiting = [ImapClient(postern.port["imap"]) for _ in range(6)]
            for client in waiting:
                client.send("a LOGIN alice wonder\r\n")
            self.goes_to(postern, "carol", "east")
            for client in waiting:
                client.reply("a", "NO [UNAVAILABLE]")
            writer.execute("ROLLBACK")
        self.goes_to(postern, "alice", "east")

    def test_a_writer_beside_wal(self):
        """T10.4"""
        path = self.database(journal="WAL")
        with sqlite3.connect(path, isolation_level=None) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("UPDATE tblPerdition SET port = NULL")
            postern = self.serve(f"map sqlite {path}\n" + NO_CACHE)
            self.goes_to(postern, "alice", "east")
            writer.execute("ROLLBACK")

    def test_a_database_that_goes_bad_and_comes_back(self):
        """T10.5: each with its own words in the log, and without a restart"""
        path = self.database()
        good = path.read_bytes()
        postern = self.serve(f"map sqlite {path}\n" + NO_CACHE)
        self.goes_to(postern, "alice", "east")

        def replace(data):
            fresh = path.with_suffix(".new")
            fresh.write_bytes(data)
            fresh.rename(path)

        for name, data in {"empty": b"", "not a database": b"garbage " * 512,
                           "cut short": good[:len(good) // 2],
                           "damaged": good[:4096] + b"\xff" * (len(good) - 4096)}.items():
            with self.subTest(name):
                replace(data)
                self.goes_to(postern, "alice", self.UNAVAILABLE)
                replace(good)
                self.goes_to(postern, "alice", "east")
        path.unlink()
        self.goes_to(postern, "alice", self.UNAVAILABLE)
        replace(good)
        self.goes_to(postern, "alice", "east")
        self.assertTrue(postern.lines("users.db"))

    def test_a_database_replaced_by_a_newer_one(self):
        """T10.5"""
        path = self.database()
        postern = self.serve(f"map sqlite {path}\n" + NO_CACHE)
        self.goes_to(postern, "alice", "east")
        self.database("fresh.db", users=[("alice", self.at(self.west), None)]).rename(path)
        self.goes_to(postern, "alice", "west")

    def test_values_that_make_no_sense(self):
        """T10.7"""
        bad = {"crlf": "127.0.0.1:143\r\nX", "bracket": "[::1", "port0": "127.0.0.1:0",
               "bigport": "127.0.0.1:99999", "long": "h" * 5000, "nopool": "pool none", "empty": ""}
        path = self.database(users=[(name, value, None) for name, value in bad.items()])
        postern = self.serve(f"map sqlite {path}\noutgoing_server {self.at(self.west)}\n")
        for name in bad:
            with self.subTest(name):
                self.goes_to(postern, name, r"NO \[(UNAVAILABLE|SERVERBUG)\]")

    def test_a_regular_expression_that_would_take_forever(self):
        """T10.2"""
        rules = self.scratch.file("popmap.re", f"'^(([a-z])+.)+[A-Z]([a-z])+$': {self.at(self.east)}\n")
        postern = self.serve(f"map regex {rules}\noutgoing_server {self.at(self.west)}\n")
        self.goes_to(postern, "a" * 200, self.UNAVAILABLE)

    def test_old_answers_stand_in(self):
        path = self.database()
        postern = self.serve(f"map sqlite {path}\nmap_cache_time 1ms\nmap_cache_stale_time 1h\n")
        self.goes_to(postern, "alice", "east")
        path.unlink()
        self.goes_to(postern, "alice", "east")
        self.goes_to(postern, "bob", self.UNAVAILABLE)

    def test_no_such_user_is_remembered_for_its_time_only(self):
        path = self.database()
        postern = self.serve(f"map sqlite {path}\nmap_cache_negative_time 1ms\n")
        self.goes_to(postern, "carol", r"NO \[AUTHENTICATIONFAILED\]")
        with sqlite3.connect(path) as database:
            database.execute("INSERT INTO tblPerdition VALUES ('carol', ?, NULL)",
                             [self.at(self.west)])
        self.goes_to(postern, "carol", "west")

    @unittest.skipIf(os.getuid() != 0, "only root changes resolv.conf for one process")
    def test_slow_names_hold_up_no_lookup(self):
        """Names are asked of a server that never answers; the map goes on."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
            mute.bind(("127.0.0.53", 53))
            resolv = self.scratch.file("resolv.conf", "nameserver 127.0.0.53\noptions timeout:5 attempts:1\n")
            path = self.database(users=[("alice", self.at(self.east), None),
                                        ("bob", "mail.example.com", None)])
            postern = self.postern(
                {"imap": f"protocol IMAP4\n{GENEROUS}map sqlite {path}\n{NO_CACHE}"
                         "connect_timeout 3\n"}, "threads 1\n",
                prefix=["unshare", "-m", "sh", "-c",
                        f'mount --bind {resolv} /etc/resolv.conf && exec "$@"', "sh"])
            waiting = [ImapClient(postern.port["imap"]) for _ in range(12)]
            for client in waiting:
                client.send("a LOGIN bob builder\r\n")
            mute.settimeout(60)
            mute.recv(512)  # somebody is asking
            for _ in range(20):
                self.goes_to(postern, "alice", "east")
            for client in waiting:
                client.reply("a", "NO [UNAVAILABLE]")

    def test_lookups_in_a_crowd(self):
        """Many at once, while the database is being written to."""
        path = self.database(journal="WAL")
        postern = self.serve(f"map sqlite {path}\n" + NO_CACHE)
        stop = threading.Event()

        def write():
            with sqlite3.connect(path, timeout=30) as database:
                while not stop.is_set():
                    database.execute("INSERT OR REPLACE INTO tblPerdition VALUES ('x', 'y', NULL)")
                    database.commit()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            clients = [ImapClient(postern.port["imap"]) for _ in range(100)]
            for client in clients:
                client.send("a LOGIN alice wonder\r\n")
            for client in clients:
                client.reply("a")
                client.close()
        finally:
            stop.set()
            writer.join()


if __name__ == "__main__":
    unittest.main()
