"""posternctl's orders to backends and users, and what it says of routes."""

import unittest

from harness import GENEROUS, ControlTest, wait_until


class TwoBackendsTest(ControlTest):
    """A pool of two Witnesses."""

    POLICY = "policy=round_robin"

    def setUp(self):
        super().setUp()
        self.other = self.witness("imap")
        service = f"protocol IMAP4\nssl_mode none\n{GENEROUS}map static pool store\n"
        self.serve(f"threads 2\n{self.pool()}", {"imap": service})

    def pool(self):
        return f"pool store {self.imap.address} {self.other.address} {self.POLICY}\n"

    def backends(self):
        return {row["backend"]: row for row in self.control.json("backend", "list")["backends"]}

    def state(self, witness):
        return self.backends()[f"store/{witness.address}"]["state"]

    def leaves(self, client):
        """It is sent away."""
        self.assertEqual(client.closed(), b"")

    def logins(self, count):
        """Users who log in one after the other, and leave."""
        for number in range(count):
            client = self.imap_login(f"somebody{number}")
            client.logout()


class BackendTest(TwoBackendsTest):
    def test_list(self):
        clients = [self.imap_login(f"user{number}") for number in range(4)]
        listed = self.backends()
        for witness in self.imap, self.other:
            row = listed[f"store/{witness.address}"]
            self.assertEqual((row["state"], row["weight"]), ("up", 1))
        wait_until(lambda: sum(row["sessions"] for row in self.backends().values()) ==
                   len(clients), "all sessions are counted")
        self.assertEqual(len(self.control.json("backend", "list", "store")["backends"]), 2)
        self.control.run("backend", "list", "nowhere", status=4)
        self.assertIn(f"store/{self.imap.address}", self.control.run("backend", "list"))

    def test_names(self):
        self.control.run("backend", "weight", f"STORE/{self.imap.address}", "2")
        self.control.run("backend", "weight", self.imap.address, "3")
        said = self.control.run("backend", "weight", "127.0.0.1", "4", status=4)
        self.assertIn(f"store/{self.imap.address}", said)
        self.assertIn(f"store/{self.other.address}", said)
        self.assertIn('no backend is called "mail9"',
                      self.control.run("backend", "up", "mail9", status=4))

    def test_drained_it_takes_no_new_users(self):
        client = self.imap_login("alice")
        drained = self.imap if self.imap.logins else self.other
        order = self.control.json("backend", "drain", drained.address)
        self.assertIn("saved", order["order"])
        self.assertEqual(self.state(drained), "draining")
        drained.logins.clear()
        self.logins(6)
        self.assertEqual(drained.logins, [])
        client.command("NOOP")
        self.control.run("reload")
        self.assertEqual(self.state(drained), "draining")
        self.control.run("backend", "up", drained.address)
        self.assertEqual(self.state(drained), "up")
        self.logins(6)
        self.assertNotEqual(drained.logins, [])

    def test_emptied_it_is_left(self):
        clients = [self.imap_login(f"user{number}") for number in range(6)]
        self.control.run("backend", "drain", self.imap.address, "--spread", "100ms")
        self.assertEqual(self.state(self.imap), "leaving")
        wait_until(lambda: self.backends()[f"store/{self.imap.address}"]["sessions"] == 0,
                   "it has been left")
        self.assertEqual(self.backends()[f"store/{self.other.address}"]["sessions"], 3)
        self.assertEqual(len(clients), 6)

    def test_down_and_up(self):
        self.control.run("backend", "down", self.imap.address)
        pool = self.control.json("status")["pools"][0]
        self.assertEqual((pool["pool"], pool["backends"], pool["up"]), ("store", 2, 1))
        self.assertEqual(self.state(self.imap), "down")
        self.logins(6)
        self.assertEqual(self.imap.logins, [])
        self.control.run("backend", "up", self.imap.address)
        self.logins(6)
        self.assertNotEqual(self.imap.logins, [])

    def test_weight(self):
        self.control.run("backend", "weight", self.imap.address, "0")
        self.logins(6)
        self.assertEqual(self.imap.logins, [])
        self.assertEqual(self.backends()[f"store/{self.imap.address}"]["weight"], 0)
        self.control.run("backend", "weight", self.imap.address, "default")
        self.logins(6)
        self.assertNotEqual(self.imap.logins, [])
        self.control.run("backend", "weight", self.imap.address, "much", status=2)
        self.control.run("backend", "weight", self.imap.address, "1000000", status=2)

    def test_times(self):
        said = self.control.run("backend", "drain", self.imap.address, "--spread", "soon", status=2)
        self.assertIn("--spread", said)
        self.assertEqual(self.state(self.imap), "up")

    def test_the_log_tells_who_did_it(self):
        self.control.run("backend", "down", self.imap.address)
        line = self.daemon.wait_for_line("event=control")[0]
        self.assertIn(f'command="backend down {self.imap.address}"', line)
        self.assertRegex(line, r"uid=\d+ gid=\d+ pid=\d+ result=ok ")


class KickTest(TwoBackendsTest):
    def test_a_user(self):
        alice, bob = self.imap_login("alice"), self.imap_login("bob")
        told = self.control.json("user", "kick", "Alice")
        self.assertEqual([row["user"] for row in told["sessions"]], ["alice"])
        self.assertEqual(told["message"], "1 session is told to leave")
        self.leaves(alice)
        bob.command("NOOP")
        self.assertEqual(self.control.json("user", "kick", "nobody")["sessions"], [])

    def test_by_backend_and_more(self):
        clients = [self.imap_login(f"user{number}") for number in range(4)]
        self.control.run("kick", status=2)
        self.control.run("kick", "--spread", "1s", status=2)
        told = self.control.json("kick", "--backend", f"store/{self.imap.address}",
                                 "--spread", "100ms")["sessions"]
        self.assertEqual({row["backend"] for row in told}, {self.imap.address})
        gone = {row["user"] for row in told}
        for number, client in enumerate(clients):
            if f"user{number}" in gone:
                self.leaves(client)
            else:
                client.command("NOOP")
        stay = len(clients) - len(gone)
        wait_until(lambda: len(self.control.json("who")["sessions"]) == stay, "they have left")
        left = self.control.json("who")["sessions"]
        self.control.run("kick", "--session", left[0]["session"])
        wait_until(lambda: len(self.control.json("who")["sessions"]) == stay - 1,
                   "that one has left")
        self.control.run("kick", "--address", "127.0.0.1")
        wait_until(lambda: not self.control.json("who")["sessions"], "all have left")


class UserTest(TwoBackendsTest):
    """Of a pool whose users stay where they are."""

    POLICY = "sticky=yes policy=round_robin\nuser_kick_delay 10ms"

    def pool(self):
        return f"{super().pool()}state_file {self.scratch.path / 'state.db'}\n"

    def home(self):
        """Where alice has logged in since the last look, and the other one."""
        at_home = any(user == "alice" for user, _ in self.imap.logins)
        self.imap.logins.clear()
        self.other.logins.clear()
        return (self.imap, self.other) if at_home else (self.other, self.imap)

    def place(self):
        return self.control.json("route", "alice")["places"][0]

    def test_a_move(self):
        client = self.imap_login("alice")
        home, away = self.home()
        self.assertEqual((self.place()["lives_on"], self.place()["sessions"]), (home.address, 1))
        moved = self.control.json("user", "move", "alice", f"store/{away.address}")
        self.assertTrue(moved["order"]["saved"])
        self.leaves(client)
        self.imap_login("alice").logout()
        self.assertEqual(self.home()[0], away)
        self.assertEqual(self.place()["pinned_to"], away.address)
        self.assertEqual(self.control.json("user", "list")["overrides"],
                         [{"user": "alice", "backend": f"store/{away.address}"}])
        self.assertEqual(self.control.json("user", "list", "nowhere")["overrides"], [])

    def test_it_outlives_the_daemon_until_it_is_taken_back(self):
        self.control.run("user", "move", "alice", self.other.address)
        self.control.run("backend", "drain", self.imap.address)
        self.daemon.stop()
        self.daemon.start_serving()
        wait_until(lambda: self.control.json("status"), "it is back")
        self.assertEqual(self.control.json("user", "list")["overrides"][0]["user"], "alice")
        self.assertEqual(self.state(self.imap), "draining")
        self.assertTrue(self.control.json("user", "unpin", "alice")["order"]["saved"])
        self.assertEqual(self.control.json("user", "list")["overrides"], [])
        self.control.run("user", "unpin", "alice", status=4)

    def test_what_makes_no_sense(self):
        self.control.run("user", "move", "alice", "nowhere", status=4)
        self.control.run("backend", "down", self.other.address)
        said = self.control.run("user", "move", "alice", self.other.address, status=1)
        self.assertIn("down", said)
        self.control.run("user", "unpin", "alice", status=4)


class UnsavedTest(TwoBackendsTest):
    def test_an_order_that_will_not_outlive_the_daemon_says_so(self):
        """There is no state_file."""
        order = self.control.json("backend", "drain", self.imap.address)
        self.assertFalse(order["order"]["saved"])
        self.assertIn("state_file", order["order"]["not_saved_because"])
        self.assertIn("it will not outlive the daemon",
                      self.control.run("backend", "up", self.imap.address))
        said = self.control.run("user", "move", "alice", self.imap.address, status=1)
        self.assertIn("sticky", said)


class RouteTest(TwoBackendsTest):
    def test_where_and_why(self):
        answer = self.control.json("route", "alice")
        self.assertEqual(answer["maps"], [{"service": "imap", "map": "static pool store",
                                           "key": "alice", "answer": "pool store",
                                           "source": "map"}])
        route = answer["routes"][0]
        self.assertEqual((route["service"], route["decided_by"], route["pool"], route["login_name"]),
                         ("imap", "map", "store", "alice"))
        self.assertIn(route["backend"], (self.imap.address, self.other.address))
        self.assertEqual(self.imap.logins + self.other.logins, [])
        self.control.run("backend", "down", self.imap.address)
        self.assertEqual(self.control.json("route", "alice")["routes"][0]["backend"],
                         self.other.address)
        self.control.run("backend", "down", self.other.address)
        self.assertIsNone(self.control.json("route", "alice")["routes"][0]["backend"])

    def test_nobody(self):
        users = self.scratch.file("users", "alice: pool store\n")
        self.daemon.configure("imap", f"protocol IMAP4\nssl_mode none\nmap text {users}\n")
        self.control.run("reload")
        self.assertIn("no such user", self.control.run("route", "bob", status=4))
        self.assertIn("store", self.control.run("route", "alice"))
        self.assertIn("no service", self.control.run("route", "bob", "--service", "x", status=4))
        self.daemon.configure("imap", "protocol IMAP4\nssl_mode none\nmap fail out of order\n")
        self.control.run("reload")
        self.assertIn("could not be found out", self.control.run("route", "bob", status=1))


if __name__ == "__main__":
    unittest.main()
