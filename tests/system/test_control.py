"""posternctl against a running Postern: what it shows and what it changes."""

import socket
import sqlite3
import subprocess
import unittest

from harness import (CTL, ROOT, Control, ControlTest, ImapClient, run_posternctl, wait_until)


class StatusTest(ControlTest):
    def test_for_programs(self):
        self.serve("connection_limit 50\n")
        clients = [self.imap_login(), ImapClient(self.daemon.port["imap"])]
        status = self.control.json("status")
        daemon = status["daemon"]
        self.assertEqual(status["result"], "ok")
        self.assertEqual(daemon["sessions"], len(clients))
        self.assertEqual(daemon["pid"], self.daemon.pid)
        self.assertEqual(daemon["state"], "serving")
        self.assertEqual(daemon["config_file"], str(self.daemon.config))
        self.assertEqual(daemon["threads"], 2)
        self.assertIsNone(daemon["state_file_health"])
        self.assertEqual(daemon["sessions_at_most"], 50)
        self.assertGreaterEqual(daemon["config_loaded"], daemon["started"])
        services = {each["service"]: each for each in status["services"]}
        self.assertEqual(status["moves"], [])
        self.assertEqual(services["imap"]["sessions"], 2)
        self.assertEqual(services["imap"]["logged_in"], 1)
        self.assertEqual(services["imap"]["logins"], 1)
        self.assertEqual(services["pop3"]["sessions"], 0)
        self.assertEqual(services["pop3"]["listening"],
                         f"127.0.0.1:{self.daemon.port['pop3']}")

    def test_counts_go_on_over_a_reload(self):
        self.serve()
        client = self.imap_login()
        ImapClient(self.daemon.port["imap"]).login("bob", "bad", wanted="NO")
        self.control.run("reload")
        imap = self.control.json("status")["services"][0]
        self.assertEqual((imap["logged_in"], imap["logins"], imap["failures"]), (1, 1, 1))
        client.logout()
        self.daemon.wait_for_line("event=end")
        wait_until(lambda: self.control.json("status")["services"][0]["logged_in"] == 0,
                   "the session is counted out")

    def test_for_people(self):
        self.serve()
        text = self.control.run("status")
        self.assertRegex(text, r"(?m)^uptime +\d+")
        self.assertRegex(text, r"(?m)^SERVICE +PROTOCOL +LISTENING +SESSIONS ")
        self.assertRegex(text, r"(?m)^imap +IMAP4 +127\.0\.0\.1:\d+ +0 ")


class WhoTest(ControlTest):
    def who(self, *arguments):
        return [each["user"] for each in self.control.json("who", *arguments)["sessions"]]

    def test_everything_about_a_session(self):
        self.serve()
        client = self.imap_login("alice", starttls=self.tls)
        client.command("NOOP")
        sessions = self.control.json("who")["sessions"]
        self.assertEqual(len(sessions), 1)
        session = sessions[0]
        self.assertEqual(session["user"], "alice")
        self.assertEqual(session["service"], "imap")
        self.assertEqual(session["client"],
                         "127.0.0.1:%d" % client.socket.getsockname()[1])
        self.assertEqual(session["backend"], self.imap.address)
        self.assertEqual(session["state"], "logged_in")
        self.assertEqual(session["tls"], "TLSv1.3")
        self.assertGreater(session["received"], 0)
        self.assertGreater(session["sent"], 0)
        self.assertIsNone(session["backend_tls"])
        self.assertIn(f"session={session['session']}", self.daemon.wait_for_line("event=login ")[0])

    def test_filters(self):
        self.serve()
        clients = [self.imap_login("alice"), self.imap_login("bob"), self.pop3_login("alice"),
                   ImapClient(self.daemon.port["imap"])]
        self.assertCountEqual(self.who(), ["alice", "bob", "alice", None])
        self.assertEqual(self.who("bob"), ["bob"])
        self.assertEqual(self.who("ALICE", "--service", "pop3"), ["alice"])
        self.assertEqual(self.who("--user", "nobody"), [])
        self.assertCountEqual(self.who(self.imap.address), ["alice", "bob"])
        self.assertEqual(self.who("--backend", self.pop3.address), ["alice"])
        self.assertEqual(len(self.who("127.0.0.1")), 4)
        self.assertEqual(len(self.who("--address", "127.0.0.0/8")), 4)
        self.assertEqual(self.who("--address", "192.0.2.1"), [])
        one = clients[1].socket.getsockname()
        self.assertEqual(self.who(f"127.0.0.1:{one[1]}"), ["bob"])

    def test_for_people(self):
        self.serve()
        client = self.imap_login("a b")
        text = self.control.run("who")
        client.logout()
        self.assertRegex(text, r"^USER +SERVICE +CLIENT +BACKEND +POOL +SINCE +RECEIVED ")
        self.assertRegex(text, r"(?m)^a b +imap +127\.0\.0\.1:\d+ ")
        self.assertTrue(text.endswith("\n1 session\n"))

    def test_what_a_client_calls_itself_reaches_no_terminal(self):
        """T4.5: names of the eight-bit kind"""
        self.serve()
        client = ImapClient(self.daemon.port["imap"])
        client.send(b'a LOGIN "j\xc3\xb6rg\xc2\x9b\xff" "x"\r\n')
        client.reply("a", "")
        if not self.who():
            self.skipTest("such a name is not let in")
        self.assertIn("j\xf6rg\\xc2\\x9b\\xff", self.control.run("who"))
        self.assertEqual(self.who(), ["j\xf6rg\x9b\ufffd"])


class MapTest(ControlTest):
    def test_every_map_with_every_key(self):
        users = self.scratch.file("users", "alice: nowhere.example\n")
        maps = f"map text {users}\nmap static {self.imap.address}\nquery_key '\\U,\\u'\n"
        self.serve(services={**self.services(), "imap": self.services()["imap"] + maps})
        rows = self.control.json("map", "test", "alice@example.org")["maps"]
        self.assertEqual([(row["service"], row["key"], row["answer"]) for row in rows], [
            ("imap", "alice@example.org", "not found"), ("imap", "alice", "nowhere.example"),
            ("imap", "alice@example.org", self.imap.address), ("imap", "alice", self.imap.address)])
        self.assertEqual(rows[0]["map"], f"text {users}")
        self.assertEqual(self.control.json("map", "test", "alice", "--service", "pop3")["maps"], [])
        self.assertIn('no service is named "smtp"',
                      self.control.run("map", "test", "alice", "--service", "smtp", status=4))

    def test_what_is_remembered_is_said_to_be(self):
        users = self.scratch.path / "users.db"
        with sqlite3.connect(users) as database:
            database.execute("CREATE TABLE tblPerdition (user, servername, port)")
            database.execute("INSERT INTO tblPerdition VALUES ('alice', '127.0.0.1', 1)")
        self.serve(services={"imap": self.services()["imap"] + f"map sqlite {users}\n"})
        sources = [self.control.json("map", "test", "alice")["maps"][0]["source"]
                   for _ in range(2)]
        self.assertEqual(sources, ["map", "cache"])


class ChangeTest(ControlTest):
    def test_reload(self):
        self.serve()
        self.daemon.configure("imap", self.services()["imap"] + "greeting Quite new\n")
        self.assertIn("the new configuration is in use", self.control.run("reload"))
        wait_until(lambda: "Quite new" in ImapClient(self.daemon.port["imap"]).greeting,
                   "the new configuration is in use")
        loaded = self.control.json("status")["daemon"]
        self.assertGreater(loaded["config_loaded"], loaded["started"])

    def test_a_reload_that_fails_says_where(self):
        self.serve()
        text = self.services()["imap"]
        self.daemon.configure("imap", text + "no_such_setting 1\n")
        answer = self.control.json("reload", status=1)
        self.assertEqual(answer["error"], "failed")
        problem = answer["problems"][0]
        file = self.daemon.folder / "conf.d/imap.conf"
        lines = file.read_text().splitlines()
        self.assertEqual(problem["file"], str(file))
        self.assertEqual(problem["line"], lines.index("no_such_setting 1") + 1)
        self.assertEqual(problem["severity"], "error")
        said = self.control.run("reload", status=1)
        self.assertIn("the old configuration goes on", said)
        self.assertIn("imap.conf", said)
        ImapClient(self.daemon.port["imap"]).login()

    def test_a_reload_that_cannot_open_what_is_named(self):
        self.serve()
        self.daemon.configure("imap", self.services()["imap"] + "map text /none/users\n")
        answer = self.control.json("reload", status=1)
        self.assertIn("/none/users", str(answer["problems"]))

    def test_log_level(self):
        self.serve()
        self.assertEqual(self.control.json("log", "level")["log"], {"level": "info"})
        self.control.run("log", "level", "debug")
        self.assertEqual(self.control.json("status")["daemon"]["log_level"], "debug")
        self.daemon.wait_for_line('command=status')  # told when debugging only
        self.control.run("log", "level", "error")
        self.imap_login()
        self.control.run("log", "level", "loud", status=2)
        self.assertEqual(self.daemon.lines("event=login "), [])
        self.control.run("reload")
        self.assertEqual(self.control.json("log", "level")["log"], {"level": "info"})

    def test_the_log_knows_who_changed_what(self):
        self.serve()
        self.control.run("log", "level", "notice")
        line = self.daemon.wait_for_line("event=control")[0]
        self.assertIn('command="log level notice"', line)
        self.assertRegex(line, r"uid=\d+ gid=\d+ pid=\d+ result=ok ")


class ProgramTest(ControlTest):
    """posternctl as a program among programs."""

    def test_exit_statuses(self):
        missing = Control(self.scratch.path / "none")
        self.assertIn("admin_socket", missing.run("status", status=3))
        self.assertEqual(missing.json("status", status=3)["error"], "unreachable")
        self.assertIn("usage:", missing.run("nonsense", status=2))
        self.assertIn("usage:", missing.run("status", "--socket", status=2))
        self.assertIn("expected: reload", missing.run("reload", "now", status=2))
        self.assertIn("seconds", missing.run("--timeout", "x", "status", status=2))
        self.assertEqual(run_posternctl().returncode, 2)

    def test_finding_the_socket(self):
        self.serve()
        done = run_posternctl("status", env={"POSTERN_ADMIN_SOCKET": str(self.control.path)})
        self.assertEqual(done.returncode, 0)
        done = run_posternctl("status", f"--socket={self.control.path}", "--json")
        self.assertEqual(done.returncode, 0)
        self.assertIn("/run/postern/control", run_posternctl("status", env={}).stderr)

    def test_help_needs_no_daemon(self):
        everything = run_posternctl("help")
        self.assertEqual((everything.returncode, everything.stderr), (0, ""))
        self.assertIn("\n  log level [LEVEL]\n", everything.stdout)
        self.assertTrue(run_posternctl("help", "log").stdout.startswith("  log level [LEVEL]\n"))
        self.assertEqual(run_posternctl("help", "nonsense").returncode, 2)
        self.assertRegex(run_posternctl("--version").stdout, r"^posternctl \d")

    def test_completion(self):
        self.serve()
        def offered(*words):
            done = run_posternctl("complete", "--socket", self.control.path, *words)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return done.stdout.split()
        self.assertIn("status", offered(""))
        self.assertEqual(offered("log", "level", ""),
                         ["error", "warning", "notice", "info", "debug"])
        self.assertEqual(sorted(offered("who", "--service", "")), ["imap", "pop3"])
        self.assertIn("--backend", offered("who", ""))
        self.assertEqual(run_posternctl("complete", "who", "--service", "", env={}).stdout, "")

    def test_completion_in_bash(self):
        script = ROOT / "proxy/ctl/completion/posternctl.bash"
        shell = ("posternctl() { %s \"$@\"; }; source %s; COMP_WORDS=(posternctl log level de); "
                 "COMP_CWORD=3; _posternctl; echo \"${COMPREPLY[@]}\"" % (CTL, script))
        done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout, "debug\n")

    def test_a_daemon_that_says_nothing(self):
        silent = self.scripted(lambda conversation: conversation.line())
        self.assertTrue(silent)
        path = self.scratch.path / "silent"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            self.assertIn("does not answer", Control(path).run("--timeout", "1", "status", status=3))

    def test_a_reader_that_leaves(self):
        """who | head -1"""
        self.serve()
        client = self.imap_login()
        done = subprocess.run(f"{CTL} --socket {self.control.path} who | head -1", shell=True,
                              capture_output=True, text=True, check=True)
        self.assertTrue(done.stdout.startswith("USER"))
        client.logout()
        self.control.run("status")


if __name__ == "__main__":
    unittest.main()
