"""log_format perdition against fail2ban's stock filter for Perdition."""

import collections
import imaplib
import pathlib
import socket
import subprocess
import unittest

from harness import SystemTest, wait_until
from harness.postern import BINARY

# Built beside the binary under test, with the same code.
SAMPLE_LINES = pathlib.Path(BINARY).parent / "tests/unit/session/perdition_lines"


def banned(log):
    """How often fail2ban counts each address as failed in a log file."""
    done = subprocess.run(["fail2ban-regex", "--out", "ip", str(log), "perdition"],
                          capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return collections.Counter(done.stdout.split())


class SampleLines(SystemTest):
    """Lines of sessions as they might have gone (perdition_lines.cc)."""

    def lines(self):
        return subprocess.run([SAMPLE_LINES], capture_output=True, text=True,
                              check=True).stdout.splitlines(keepends=True)

    def test_failures_are_seen_and_nothing_else(self):
        log = self.scratch.path / "log"
        log.write_text("".join(self.lines()))
        self.assertEqual(banned(log), {"192.0.2.7": 6})

    def test_as_syslog_writes_them(self):
        log = self.scratch.path / "log"
        log.write_text("".join(line[:16] + "mx1 " + line[16:] for line in self.lines()))
        self.assertEqual(banned(log), {"192.0.2.7": 6})


class Daemon(SystemTest):
    """Lines of the daemon itself."""

    def setUp(self):
        super().setUp()
        self.log = self.scratch.path / "mail.log"
        backend = self.sample()
        self.door = self.postern(
            {"imap4": f"protocol IMAP4\noutgoing_server 127.0.0.1:{backend.imap}\n"},
            f"log_format perdition\nlog_facility {self.log}\n")

    def wait_for(self, text):
        wait_until(lambda: text in self.log.read_text(), f"the log says {text!r}")

    def test_wrong_password(self):
        with imaplib.IMAP4("127.0.0.1", self.door.port["imap4"]) as client:
            with self.assertRaises(imaplib.IMAP4.error):
                client.login("alice", "wrong")
            self.wait_for("Auth: ")
            self.assertEqual(banned(self.log), {"127.0.0.1": 1})
            client.login("alice", "wonder")
        self.wait_for("Closing session: ")
        self.assertEqual(banned(self.log), {"127.0.0.1": 1})

    def test_gone_without_a_word(self):
        socket.create_connection(("127.0.0.1", self.door.port["imap4"])).close()
        self.wait_for("Fatal Error")
        self.assertEqual(banned(self.log), {"127.0.0.1": 1})

    def test_polite_goodbye(self):
        with imaplib.IMAP4("127.0.0.1", self.door.port["imap4"]):
            pass
        self.wait_for("Closing NULL session: ")
        self.assertEqual(banned(self.log), {})


if __name__ == "__main__":
    unittest.main()
