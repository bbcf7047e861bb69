"""Moves, drains, kicks and deaths of backends, with sessions that are in the way."""

import contextlib
import pathlib
import signal
import sqlite3
import subprocess
import unittest

from harness import (CTL, GENEROUS, PATIENCE, Control, Houses, ImapClient, Pop3Client, SystemTest,
                     free_port, wait_until)

HOSTS = "127.0.0.1", "127.0.0.2"

# Tells what it was given, and goes on when a file "go" is there.
HELD_SCRIPT = """#!/bin/sh
cd {folder} || exit
for word; do printf '[%s]' "$word"; done >> told
echo >> told
until [ -e go ] || [ ! -e told ]; do sleep 0.02; done
"""


class HousesTest(SystemTest):
    """Two Houses in one sticky pool, for IMAP and POP3."""

    POOL = "sticky=yes policy=round_robin"

    def setUp(self):
        super().setUp()
        self.houses = Houses(HOSTS, free_port(), free_port())
        self.addCleanup(lambda: self.assertEqual(self.houses.trespasses, []))
        self.addCleanup(self.houses.stop)
        self.state = self.scratch.path / "state.db"
        self.control = Control(self.scratch.folder("run") / "control")

    def settings(self, more="", hosts=HOSTS):
        return (f"admin_socket {self.control.path}\nstate_file {self.state}\n"
                f"pool stores {' '.join(hosts)} {self.POOL} rest_time=1ms\n"
                f"user_kick_delay 1ms\n{more}")

    def serve(self, more=""):
        common = f"map static pool stores\n{GENEROUS}connect_timeout 4\n"
        ports = self.houses.ports
        self.daemon = self.postern(
            {"imap": f"protocol IMAP4\n{common}outgoing_port {ports['imap']}\n",
             "pop3": f"protocol POP3\n{common}outgoing_port {ports['pop3']}\n"},
            self.settings(more))
        self.daemon.wait_for_line("event=started")

    def serve_again(self):
        started = len(self.daemon.lines("event=started"))
        self.daemon.start_serving()
        self.daemon.wait_for_line("event=started", started + 1)

    def reload(self, more="", hosts=HOSTS):
        self.daemon.configure(text=self.settings(more, hosts))
        self.control.run("reload")

    def imap(self, user="ann"):
        client = ImapClient(self.daemon.port["imap"])
        self.addCleanup(client.close)
        client.login(user)
        return client

    def pop3(self, user="ann"):
        client = Pop3Client(self.daemon.port["pop3"])
        self.addCleanup(client.close)
        client.login(user)
        return client

    def place(self, user="ann"):
        return self.control.json("route", user)["places"][0]

    def states(self):
        return {row["backend"].removeprefix("stores/"): row["state"]
                for row in self.control.json("backend", "list")["backends"]}

    def both_live_at(self, host, user="ann"):
        for login in self.imap, self.pop3:
            login(user)
            self.assertEqual(self.houses.home_of(user), host)

    def status(self):
        return self.control.json("status")

    def health(self):
        return self.status()["daemon"]["state_file_health"]

    def rows(self, table):
        with contextlib.closing(sqlite3.connect(self.state, timeout=30)) as database:
            return database.execute(f"SELECT * FROM {table}").fetchall()

    def no_moves_are_noted(self):
        wait_until(lambda: not self.rows("moves"), "no move is noted")

    @staticmethod
    def other(host):
        return HOSTS[1 - HOSTS.index(host)]


class MoveTest(HousesTest):
    def hold(self):
        """The setting of a script that waits for let_go()."""
        self.folder = self.scratch.folder("hook")
        script = self.scratch.file("script", HELD_SCRIPT.format(folder=self.folder), 0o755)
        return f"user_move_script {script}\n"

    def let_go(self):
        (self.folder / "go").touch()

    def told(self):
        file = self.folder / "told"
        return file.read_text() if file.exists() else ""

    def begin_move(self, to, user="ann"):
        """posternctl, which ends with the move; the script has begun."""
        before = self.told()
        order = subprocess.Popen(
            [CTL, "--socket", self.control.path, "user", "move", user, to],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(order.stdout.close)
        self.addCleanup(order.wait, PATIENCE)
        self.addCleanup(self.let_go)
        wait_until(lambda: self.told().count("\n") > before.count("\n"), "the script runs")
        return order

    def ends(self, order, status, text=""):
        self.assertEqual(order.wait(PATIENCE), status)
        self.assertIn(text, order.stdout.read())

    def test_two_protocols_and_logins_that_wait(self):
        self.serve(self.hold())
        stay = self.imap("bob")
        old = self.imap(), self.pop3()
        home = self.houses.home_of("ann")
        away = self.other(home)
        order = self.begin_move(away)
        for client in old:
            client.closed()
        self.assertEqual(self.told(), f"[ann][{home}][{away}]\n")
        self.assertEqual(len(self.rows("moves")), 1)
        move = self.status()["moves"][0]
        self.assertLess(move.pop("for"), PATIENCE * 1000)
        self.assertEqual(move, {"user": "ann", "from": f"stores/{home}", "to": f"stores/{away}",
                                "step": "user_move_script"})
        self.assertRegex(self.control.run("status"), r"(?m)^ann +stores/.* user_move_script ")
        imap, pop3 = ImapClient(self.daemon.port["imap"]), Pop3Client(self.daemon.port["pop3"])
        imap.send("t LOGIN ann wonder\r\n")
        pop3.command("USER ann")
        pop3.send("PASS wonder\r\n")
        wait_until(lambda: self.place()["waiting"] == 2, "both wait")
        stay.command("NOOP")
        self.imap("bob").command("NOOP")  # others come and go
        self.let_go()
        imap.reply("t")
        pop3.reply()
        self.ends(order, 0, "lives on")
        ann = [event[:2] for event in self.houses.events if event[3] == "ann"]
        self.assertEqual(ann, [("in", home)] * 2 + [("out", home)] * 2 + [("in", away)] * 2)
        self.assertEqual(self.rows("overrides")[0][:3], ("stores", "ann", away))
        self.no_moves_are_noted()
        self.assertEqual(self.status()["moves"], [])
        self.both_live_at(away)
        for client in imap, pop3:
            client.close()

    def test_somebody_who_is_nowhere(self):
        self.serve(self.hold())
        self.let_go()
        self.control.run("user", "move", "Zoe", HOSTS[1])
        self.assertEqual(self.told(), f"[zoe][][{HOSTS[1]}]\n")
        self.both_live_at(HOSTS[1], "zoe")
        self.control.run("user", "move", "zoe", HOSTS[1])  # is there: nobody has to leave
        self.assertEqual(self.houses.guests(HOSTS[1]), ["zoe", "zoe"])

    def test_one_move_at_a_time(self):
        script = self.hold()
        self.serve(f"{script}max_user_moves 1\n")
        order = self.begin_move(HOSTS[1])
        self.assertIn("being moved already",
                      self.control.run("user", "move", "ann", HOSTS[0], status=1))
        self.assertIn("max_user_moves",
                      self.control.run("user", "move", "bob", HOSTS[0], status=1))
        self.let_go()
        self.ends(order, 0)
        self.control.run("user", "move", "bob", HOSTS[0])
        self.both_live_at(HOSTS[1])

    def test_waiting_has_an_end(self):
        self.serve(f"{self.hold()}user_move_timeout 200ms\n")
        order = self.begin_move(HOSTS[1])
        client = ImapClient(self.daemon.port["imap"])
        client.login("ann", wanted="NO [UNAVAILABLE]")
        client.close()
        self.let_go()
        self.ends(order, 0)
        self.both_live_at(HOSTS[1])

    def test_scripts_that_fail(self):
        """It is said; the user has waited long enough, and gets in."""
        pid = self.scratch.path / "pid"
        hangs = self.scratch.file("hangs", f"#!/bin/sh\nsleep 1000 & echo $! > {pid}\nwait\n", 0o755)
        self.serve()
        for script, why in ((self.scratch.file("fails", "#!/bin/sh\nexit 3\n", 0o755),
                             "ended with status 3"),
                            (hangs, "took too long"),
                            (self.scratch.path / "none", "cannot be started")):
            with self.subTest(why):
                client = self.imap()
                away = self.other(self.houses.home_of("ann"))
                self.reload(f"user_move_script {script}\nuser_move_script_timeout 300ms\n")
                self.assertTrue(
                    self.control.json("user", "move", "ann", away)["order"]["saved"])
                client.closed()
                self.assertIn(why, self.daemon.wait_for_line("event=user_move_script_failed")[-1])
                self.both_live_at(away)
        wait_until(lambda: self.dead(pid.read_text().strip()), "what it started is killed as well")

    @staticmethod
    def dead(pid):
        """Or a zombie, where nobody cares for orphans."""
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        except (FileNotFoundError, ProcessLookupError):
            return True
        return "State:\tZ" in status

    def die_in_the_middle(self, number):
        self.serve(self.hold())
        self.control.run("user", "unpin", "ann", status=4)
        self.let_go()
        self.control.run("user", "move", "ann", HOSTS[0])
        client = self.imap()
        (self.folder / "go").unlink()
        order = self.begin_move(HOSTS[1])
        client.closed()
        status = self.daemon.stop(number)
        self.assertNotEqual(order.wait(PATIENCE), 0)
        self.assertEqual(self.rows("moves")[0][:4], ("stores", "ann", *HOSTS))
        self.serve_again()
        self.daemon.wait_for_line(f"event=user_not_moved pool=stores user=ann from={HOSTS[0]}")
        self.no_moves_are_noted()
        self.both_live_at(HOSTS[0])
        self.let_go()
        self.control.run("user", "move", "ann", HOSTS[1])
        self.both_live_at(HOSTS[1])
        return status

    def test_killed_in_the_middle(self):
        self.assertEqual(self.die_in_the_middle(signal.SIGKILL), -signal.SIGKILL)

    def test_stopped_in_the_middle(self):
        self.assertEqual(self.die_in_the_middle(signal.SIGTERM), 0)

    def test_reloaded_in_the_middle(self):
        script = self.hold()
        self.serve(script)
        old = self.imap()
        home = self.houses.home_of("ann")
        order = self.begin_move(self.other(home))
        old.closed()
        waits = ImapClient(self.daemon.port["imap"])
        waits.send("t LOGIN ann wonder\r\n")
        wait_until(lambda: self.place()["waiting"] == 1, "it waits")
        self.reload(hosts=reversed(HOSTS))  # without the script, too
        self.assertTrue(self.place()["moving"])
        self.let_go()
        waits.reply("t")
        self.ends(order, 0)
        waits.close()
        self.both_live_at(self.other(home))

    def test_the_new_home_is_left_out_in_the_middle(self):
        self.serve(self.hold())
        old = self.imap()
        home = self.houses.home_of("ann")
        order = self.begin_move(self.other(home))
        old.closed()
        self.reload(hosts=(home,))
        self.let_go()
        order.wait(PATIENCE)
        self.no_moves_are_noted()
        first = self.imap()
        self.pop3().command("NOOP")
        first.command("NOOP")


class EmptyTest(HousesTest):
    """Backends whose users are to go."""

    def crowd(self, count=6):
        return {f"user{number}": self.imap(f"user{number}") for number in range(count)}

    def leaves_and_stays(self, clients, host):
        """Those of `host` leave, the others stay."""
        for user, client in clients.items():
            if self.houses.home_of(user) == host:
                client.closed()
            else:
                client.command("NOOP")

    def test_a_drain_that_spreads_outlives_reload_and_restart(self):
        self.serve()
        clients = self.crowd()
        self.assertEqual(len(self.houses.guests(HOSTS[0])), 3)
        self.control.run("backend", "drain", HOSTS[0], "--spread", "200ms")
        self.leaves_and_stays(clients, HOSTS[0])
        self.reload()
        self.assertEqual(self.states()[HOSTS[0]], "leaving")
        for user in clients:
            self.both_live_at(HOSTS[1], user)
        self.assertEqual(self.daemon.stop(), 0)
        self.serve_again()
        self.assertEqual(self.states(), {HOSTS[0]: "leaving", HOSTS[1]: "up"})
        for user in clients:
            self.both_live_at(HOSTS[1], user)
        self.control.run("backend", "up", HOSTS[0])
        self.daemon.stop(signal.SIGKILL)
        self.serve_again()
        self.assertEqual(self.states(), dict.fromkeys(HOSTS, "up"))

    def test_kicked_they_come_back(self):
        self.serve()
        clients = self.crowd()
        told = self.control.json("kick", "--backend", HOSTS[0], "--spread", "200ms")["sessions"]
        self.assertEqual(len(told), 3)
        self.leaves_and_stays(clients, HOSTS[0])
        for user in clients:
            self.both_live_at(self.houses.home_of(user), user)


class DeathTest(HousesTest):
    """A backend dies with more sessions than can be chance."""

    def die(self, failover):
        self.POOL = f"sticky=yes policy=round_robin failover={failover}"
        self.serve("disconnect_spread 300ms\n")
        clients = {f"user{number}": self.imap(f"user{number}") for number in range(26)}
        dead = {user for user in clients if self.houses.home_of(user) == HOSTS[0]}
        self.assertEqual(len(dead), 13)
        self.houses.burn_down(HOSTS[0])
        for user, client in clients.items():
            if user in dead:
                client.closed()
            else:
                client.command("NOOP")
        return dead

    def test_next(self):
        for user in self.die("next"):
            self.both_live_at(HOSTS[1], user)
        self.houses.build(HOSTS[0])
        self.both_live_at(HOSTS[1], "user0")

    def test_none(self):
        dead = self.die("none")
        for user in sorted(dead)[:3]:
            client = ImapClient(self.daemon.port["imap"])
            client.login(user, wanted="NO [UNAVAILABLE]")
            client.close()
        self.houses.build(HOSTS[0])
        for user in dead:
            wait_until(lambda name=user: self.let_in(name), "it is tried again")
            self.both_live_at(HOSTS[0], user)

    def let_in(self, user):
        client = ImapClient(self.daemon.port["imap"])
        self.addCleanup(client.close)
        return " OK " in client.login(user, wanted="")


class NotSavedTest(HousesTest):
    """A state_file that cannot be written."""

    def not_saved(self, *order):
        said = self.control.json(*order)["order"]
        self.assertFalse(said["saved"])
        self.assertIn(str(self.state), said["not_saved_because"])

    def test_a_folder_in_its_place(self):
        self.state.mkdir()
        self.serve()
        self.daemon.wait_for_line("the configuration alone rules")
        self.assertRegex(self.health(), f"{self.state}: .*; the configuration alone rules")
        self.both_live_at(self.houses.home_of("ann") or HOSTS[0])
        self.not_saved("user", "move", "ann", HOSTS[1])
        self.not_saved("backend", "drain", HOSTS[0])
        self.both_live_at(HOSTS[1])  # it is in force all the same
        self.both_live_at(HOSTS[1], "bob")
        self.assertEqual(self.states()[HOSTS[0]], "draining")

    def test_what_could_not_be_saved_is_saved_later(self):
        self.serve()
        wait_until(self.state.exists, "it is made")
        away = self.scratch.path / "away.db"
        self.control.run("backend", "weight", HOSTS[0], "2")
        self.assertEqual(self.health(), "ok")
        self.state.rename(away)
        self.state.mkdir()
        self.not_saved("user", "move", "ann", HOSTS[1])
        self.assertIn(str(self.state), self.health())
        self.assertNotIn("configuration alone", self.health())
        self.state.rmdir()
        away.rename(self.state)
        said = self.control.json("backend", "drain", HOSTS[0])["order"]
        self.assertTrue(said["saved"])
        self.assertEqual(self.rows("overrides")[0][:3], ("stores", "ann", HOSTS[1]))
        self.no_moves_are_noted()
        self.daemon.wait_for_line("is written again")
        self.assertEqual(self.health(), "ok")


if __name__ == "__main__":
    unittest.main()
