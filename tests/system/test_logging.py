"""What the administrator reads: complete, one line each, impossible to forge,
and never in the way of a session."""

import json
import os
import re
import shlex
import socket
import unittest

from harness import GENEROUS, ImapClient, MailSocket, Pop3Client, SystemTest, wait_until


def values(line):
    """key=value pairs of a logfmt line."""
    return dict(word.split("=", 1) for word in shlex.split(line) if "=" in word)


class LogTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.backend = self.sample()

    def serve(self, settings=""):
        return self.postern({
            "imaps": f"protocol IMAP4S\n{self.tls_settings()}{GENEROUS}"
                     f"outgoing_server 127.0.0.1:{self.backend.imap}\n",
            "pop3": f"protocol POP3\n{GENEROUS}"
                    f"outgoing_server 127.0.0.1:{self.backend.pop3}\n"}, settings)

    def session(self, postern):
        client = ImapClient(postern.port["imaps"], tls=self.tls)
        client.login()
        client.command("SELECT INBOX")
        client.logout()
        return client

    def test_logfmt_tells_the_whole_story(self):
        postern = self.serve()
        self.session(postern)
        end = values(postern.wait_for_line("event=end")[0])
        login = values(postern.wait_for_line("event=login ")[0])
        for line in login, end:
            for key, value in {"service": "imaps", "rip": "127.0.0.1", "user": "alice",
                               "lport": str(postern.port["imaps"]), "verdict": "ok",
                               "backend_ip": "127.0.0.1", "backend_port": str(self.backend.imap),
                               "front_tls": "TLSv1.3", "mech": "LOGIN"}.items():
                self.assertEqual(line.get(key), value, (key, line))
            self.assertTrue(line["front_cipher"].startswith("TLS_"), line)
        self.assertEqual(login["session"], end["session"])
        self.assertGreater(int(end["sent"]), 0)
        self.assertGreater(int(end["received"]), 0)
        self.assertRegex(end["seconds"], r"^\d+\.\d{3}$")
        self.assertTrue(end["reason"])

    def test_connections_that_never_log_in_are_told_of(self):
        postern = self.serve()
        MailSocket(postern.port["imaps"]).close()
        Pop3Client(postern.port["pop3"]).quit()
        ends = [values(line) for line in postern.wait_for_line("event=end", 2)]
        for line in ends:
            self.assertEqual(line["rip"], "127.0.0.1")
            self.assertEqual(line["verdict"], "none")
            self.assertTrue(line["reason"])

    def test_failed_logins(self):
        postern = self.serve()
        client = Pop3Client(postern.port["pop3"])
        client.login("alice", "wrong", "-ERR")
        line = values(postern.wait_for_line("event=login_failed")[0])
        self.assertEqual((line["rip"], line["user"], line["verdict"]),
                         ("127.0.0.1", "alice", "wrong_password"))

    def test_json(self):
        postern = self.serve("log_format json\n")
        self.session(postern)
        postern.wait_for_line('"end"')
        events = [json.loads(line[line.index("{"):]) for line in postern.lines("{")]
        ends = [event for event in events if event.get("event") == "end"]
        self.assertEqual([(end["user"], end["service"]) for end in ends], [("alice", "imaps")])
        self.assertIsInstance(ends[0]["sent"], int)

    def test_perditions_own_lines(self):
        postern = self.serve("log_format perdition\n")
        client = Pop3Client(postern.port["pop3"])
        rport = client.socket.getsockname()[1]
        client.login("alice", "wrong", "-ERR")
        client.login()
        client.quit()
        Pop3Client(postern.port["pop3"]).quit()
        MailSocket(postern.port["pop3"]).close()
        ends = f"127.0.0.1:{rport}->127.0.0.1:{postern.port['pop3']}"
        auth = (f'Auth: {ends} client-secure=plaintext authorisation_id=NONE '
                f'authentication_id="alice" server="127.0.0.1:{self.backend.pop3}" protocol=POP3 '
                'server-secure=plaintext status=')
        postern.wait_for_line("Closing NULL session: ")
        postern.wait_for_line("Closing session")
        for line in (f"Connect:  {ends}", auth + '"failed: Re-Authentication Failure"',
                     auth + '"ok"',
                     f'Closing session: {ends} authorisation_id=NONE authentication_id="alice" '):
            self.assertEqual(len(postern.lines(line)), 1, postern.output())
        self.assertRegex(postern.lines("Closing session")[0], r" received=\d+ sent=\d+$")
        postern.wait_for_line("Fatal Error reading authentication information from client ")

    def test_nobody_forges_a_line(self):
        postern = self.serve()
        client = ImapClient(postern.port["imaps"], tls=self.tls)
        evil = 'ab\x1b[31m"end\\ \u2028 event=login user=root'.encode() + b"\x9b\xff"
        client.send(b"a LOGIN {%d+}\r\n" % len(evil) + evil + b" {1+}\r\nx\r\n")
        client.reply("a", "")
        client.send(b"b LOGIN {%d+}\r\nab\r\nNov 21 forged {1+}\r\nx\r\n" % 16)
        client.reply("b", "")
        client.command('ID ("name" "x\x1b[31m")', "")
        client.send(b"\x1b]0;gotcha\x07 NOOP\r\n")
        client.closed() if client.line().startswith("* BYE") else None
        client.close()
        other = Pop3Client(postern.port["pop3"])
        other.login('u" status="ok', "x", "-ERR")
        other.close()
        postern.wait_for_line("event=end", 2)
        self.assertEqual(postern.lines("event=login "), [])
        for line in postern.output().splitlines():
            self.assertRegex(line, r"^\S+.* (event=|postern)|^\d", line)
            self.assertNotRegex(line, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028]")
        self.assertEqual(postern.lines("Nov 21 forged "), [])

    def test_a_log_file_and_its_rotation(self):
        log = self.scratch.path / "postern.log"
        postern = self.serve(f"log_facility {log}\n")
        self.session(postern)
        wait_until(lambda: "event=end" in log.read_text(), "the session is in the file")
        log.rename(f"{log}.1")
        postern.reload()
        wait_until(log.exists, "a new file is begun")
        self.session(postern)
        wait_until(lambda: "event=end" in log.read_text(), "and written to")

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full here")
    def test_a_full_disk_ends_no_session(self):
        postern = self.serve("log_facility /dev/full\nlog_queue_size 4096\n")
        for _ in range(30):
            self.session(postern)

    def test_a_stuck_syslog_ends_no_session(self):
        """Nobody reads the socket; once somebody does, the loss is told."""
        path = self.scratch.path / "syslog"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
            syslog.bind(str(path))
            syslog.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            postern = self.serve(f"log_facility mail\nsyslog_socket {path}\nlog_queue_size 4096\n")
            for _ in range(60):
                self.session(postern)
            syslog.settimeout(60)
            lost = None
            while not lost:
                lost = re.search(rb"lost.*?(\d+)|(\d+).*lost", syslog.recv(65536))
                if lost is None:
                    syslog.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            self.session(postern)

    def test_syslog_lines(self):
        path = self.scratch.path / "syslog"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
            syslog.bind(str(path))
            syslog.settimeout(60)
            postern = self.serve(f"log_facility local3\nsyslog_socket {path}\n")
            self.session(postern)
            line = b""
            while b"event=end" not in line:
                line = syslog.recv(65536)
            self.assertRegex(line, rb"^<%d>" % (19 * 8 + 6))  # local3.info
            self.assertIn(b"postern[%d]: " % postern.pid, line)


if __name__ == "__main__":
    unittest.main()
