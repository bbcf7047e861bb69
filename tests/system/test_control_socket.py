"""The admin_socket: who may use it, and that nobody can hurt the daemon through it."""

import os
import pwd
import resource
import signal
import socket
import stat
import subprocess
import threading
import unittest

from harness import (CTL, Control, ControlTest, plain_build_only, run_postern,
                     run_posternctl, wait_until)


def as_nobody():
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
    os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)


class NameTest(ControlTest):
    """The socket as a file."""

    def mode(self):
        return stat.S_IMODE(os.stat(self.control.path).st_mode)

    def test_it_comes_and_goes(self):
        daemon = self.serve()
        self.assertEqual(self.mode(), 0o600)
        daemon.stop()
        self.assertFalse(os.path.exists(self.control.path))

    def test_what_a_killed_daemon_left_is_replaced(self):
        first = self.serve()
        first.stop(signal.SIGKILL)
        self.assertTrue(os.path.exists(self.control.path))
        self._cleanups = [each for each in self._cleanups if each[0] != first.end_cleanly]
        second = self.serve()
        self.assertEqual(self.control.json("status")["daemon"]["pid"], second.pid)

    def test_two_daemons_on_one_path(self):
        first = self.serve()
        other = self.scratch.folder("other") / "postern.conf"
        other.write_text(f"{self.socket_setting()}protocol IMAP4\nssl_mode none\n"
                         "bind_address 127.0.0.2:10143\noutgoing_server 127.0.0.1:1\n")
        done = run_postern("-f", other)
        self.assertEqual(done.returncode, 1)
        self.assertIn("another process listens there", done.stderr)
        self.assertEqual(self.control.json("status")["daemon"]["pid"], first.pid)

    def test_a_file_in_the_way(self):
        self.control.path.write_text("precious")
        config = self.scratch.file("postern.conf", f"{self.socket_setting()}protocol IMAP4\n"
                                   "ssl_mode none\nbind_address 127.0.0.2:10144\n"
                                   "outgoing_server 127.0.0.1:1\n")
        done = run_postern("-f", config)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no socket", done.stderr)
        self.assertEqual(self.control.path.read_text(), "precious")

    def test_reloads_keep_or_change_it(self):
        daemon = self.serve()
        connection, lines = self.control.dial()
        self.control.run("reload")
        connection.sendall(b"log level\n")
        self.assertEqual(lines.readline(), b"facts log level:text\n")

        daemon.configure(text=f"{self.socket_setting()}admin_socket_mode 0660\n")
        self.control.run("reload")
        self.assertEqual(self.mode(), 0o660)

        elsewhere = Control(self.scratch.path / "elsewhere")
        daemon.configure(text=f"admin_socket {elsewhere.path}\n")
        self.control.run("reload")
        self.assertFalse(os.path.exists(self.control.path))
        elsewhere.run("status")

        impossible = self.scratch.path / "no/such/folder"
        daemon.configure(text=f"admin_socket {impossible}\n")
        self.assertIn(str(impossible), elsewhere.run("reload", status=1))
        daemon.configure(text="")
        elsewhere.run("reload")
        self.assertFalse(os.path.exists(elsewhere.path))
        self.assertEqual(elsewhere.run("status", status=3).count("No such file"), 1)

    def test_settings_that_make_no_sense(self):
        config = self.scratch.file(
            "postern.conf", "admin_socket /none/control\nadmin_socket_mode 0999\n"
            "admin_socket_owner no_such_user\nprotocol IMAP4\nssl_mode none\n"
            "outgoing_server 127.0.0.1\n")
        done = run_postern("--check", "-f", config)
        self.assertEqual(done.returncode, 1)
        for part in ("postern.conf:1: admin_socket: /none is no directory",
                     "postern.conf:2: admin_socket_mode: ", "expected an octal mode"):
            self.assertIn(part, done.stderr)
        self.scratch.file("postern.conf", config.read_text().replace("0999", "0600"))
        self.assertIn('admin_socket_owner: "no_such_user" is unknown',
                      run_postern("--check", "-f", config).stderr)


@unittest.skipIf(os.getuid() != 0, "only root can be another user")
class PermissionTest(ControlTest):
    def ask_as_nobody(self):
        return run_posternctl("--socket", self.control.path, "status", preexec_fn=as_nobody)

    def test_others_are_refused(self):
        self.serve()
        done = self.ask_as_nobody()
        self.assertEqual(done.returncode, 3)
        self.assertIn("Permission denied", done.stderr)

    def test_a_group_may_be_let_in(self):
        group = pwd.getpwnam("nobody").pw_gid
        self.serve(f"admin_socket_mode 0660\nadmin_socket_group {group}\n")
        self.assertEqual(os.stat(self.control.path).st_gid, group)
        self.assertEqual(self.ask_as_nobody().returncode, 0)

    def test_it_belongs_to_whom_the_daemon_becomes(self):
        nobody = pwd.getpwnam("nobody")
        os.chown(self.control.path.parent, nobody.pw_uid, -1)
        daemon = self.serve("username nobody\n")
        about = os.stat(self.control.path)
        self.assertEqual((about.st_uid, about.st_gid), (nobody.pw_uid, nobody.pw_gid))
        self.assertEqual(self.ask_as_nobody().returncode, 0)
        daemon.stop()
        self.assertFalse(os.path.exists(self.control.path))


class AbuseTest(ControlTest):
    """Whoever connects: the daemon and its sessions go on."""

    def say(self, data):
        """What is answered, up to the close."""
        connection, lines = self.control.dial()
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has hung up already
        try:
            return lines.read().decode()
        except ConnectionResetError:
            return ""

    def tearDown(self):
        self.control.run("status")
        super().tearDown()

    def test_garbage(self):
        self.serve()
        self.assertEqual(self.say(b"\x16\x03\x01\x02\x00\x01"), "")
        self.assertIn("error usage", self.say(b"GET / HTTP/1.1\r\n\r\n"))
        self.assertIn("error usage", self.say(b"\0\xff\n"))
        self.assertIn("error usage", self.say(b"\n"))
        self.assertIn("error usage", self.say(b'who "\\x0"\n'))
        self.assertIn("error usage", self.say(b"who " + b"a " * 100 + b"\n"))

    def test_endless_lines(self):
        """10 MB without an end"""
        daemon = self.serve()
        before = daemon.resident_kib()
        self.say(b"a" * 10_000_000)
        self.say(b"a " * 5_000_000 + b"\n")
        self.assertLess(daemon.resident_kib() - before, 20_000)

    def test_many_requests_at_once(self):
        self.serve()
        answers = self.say(b"log level\n" * 20_000)
        self.assertEqual(answers.count("\nok\n"), 20_000)

    def test_one_byte_at_a_time(self):
        self.serve()
        connection, lines = self.control.dial()
        for byte in b"log level\n":
            connection.sendall(bytes([byte]))
        self.assertEqual([lines.readline() for _ in range(3)],
                         [b"facts log level:text\n", b"row info\n", b"ok\n"])

    def test_too_many_clients(self):
        self.serve()
        held = [self.control.dial() for _ in range(64)]
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.control.path))
        self.assertIn(b"error busy ", connection.makefile("rb").read())
        for each, lines in held:
            lines.close()
            each.close()
        wait_until(lambda: run_posternctl("--socket", self.control.path, "status").returncode == 0,
                   "there is room again")

    def test_concurrent_commands(self):
        self.serve()
        staying = self.imap_login()
        troubles = []

        def work(command):
            try:
                for _ in range(5):
                    self.control.json(*command)
            except Exception as error:  # told below
                troubles.append(error)

        workers = [threading.Thread(target=work, args=[command])
                   for command in (["status"], ["who"], ["reload"], ["log", "level", "info"])]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(troubles, [])
        staying.command("NOOP")

    def test_a_client_killed_in_the_middle(self):
        self.serve()
        clients = [self.imap_login(f"user{number}") for number in range(50)]
        for _ in range(10):
            ctl = subprocess.Popen([CTL, "--socket", self.control.path, "who"],
                                   stdout=subprocess.PIPE)
            ctl.kill()
            ctl.communicate()
        self.assertEqual(len(self.control.json("who")["sessions"]), len(clients))


class CrowdTest(ControlTest):
    """Two thousand sessions, and somebody who wants to see them all."""

    SESSIONS = 2000

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    @plain_build_only
    def test_who(self):
        daemon = self.serve()
        clients = [self.imap_login(f"user{number}") for number in range(self.SESSIONS)]
        sessions = self.control.json("who")["sessions"]
        self.assertEqual(len(sessions), self.SESSIONS)
        self.assertEqual({each["user"] for each in sessions},
                         {f"user{number}" for number in range(self.SESSIONS)})
        self.assertTrue(self.control.run("who").endswith(f"\n{self.SESSIONS} sessions\n"))

        # Readers that never read, and would be owed 40 MiB each: nothing piles
        # up, nobody waits for them.
        before = daemon.resident_kib()
        sleepers = [self.control.dial() for _ in range(20)]
        for connection, _ in sleepers:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(b"who\n" * 100)
        for client in clients[::100]:
            client.command("NOOP")
        for number in range(20):  # turn by turn with them, if they had turns
            self.assertEqual(len(self.control.json("who", f"user{number}")["sessions"]), 1)
        self.assertLess(daemon.resident_kib() - before, 20 * 1024)
        for connection, lines in sleepers:
            lines.close()
            connection.close()


if __name__ == "__main__":
    unittest.main()
