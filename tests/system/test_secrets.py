"""Passwords: not in any log, and gone from memory once the backend has them."""

import base64
import os
import secrets
import shutil
import string
import subprocess
import unittest

from harness import (GENEROUS, SANITIZED, ImapClient, Pop3Client, SystemTest, memory_of, traces,
                     wait_until)


def fresh_password():
    return "".join(secrets.choice(string.ascii_letters) for _ in range(24))


class SecretsTest(SystemTest):
    def serve(self, password, settings=""):
        self.backend = backend = self.sample(users=[f"alice:{password}"])
        return self.postern({
            "imaps": f"protocol IMAP4S\n{self.tls_settings()}{GENEROUS}"
                     f"outgoing_server 127.0.0.1:{backend.imap}\n",
            "imap": f"protocol IMAP4\n{self.tls_settings('tls_listen')}{GENEROUS}"
                    f"outgoing_server 127.0.0.1:{backend.imap}\n",
            "pop3": f"protocol POP3\n{self.tls_settings('tls_listen')}{GENEROUS}"
                    f"outgoing_server 127.0.0.1:{backend.pop3}\n"}, settings)

    def log_in_everywhere(self, postern, password):
        """By every mechanism and transport; the sessions stay open."""
        plain = base64.b64encode(f"\0alice\0{password}".encode()).decode()
        name, word = (base64.b64encode(text.encode()).decode() for text in ("alice", password))
        sessions = []
        for command in (f"LOGIN alice {password}", f'LOGIN "alice" "{password}"',
                        f"LOGIN alice {{24+}}\r\n{password}", f"AUTHENTICATE PLAIN {plain}",
                        f"AUTHENTICATE PLAIN\r\n{plain}", f"AUTHENTICATE LOGIN\r\n{name}\r\n{word}"):
            for client in (ImapClient(postern.port["imaps"], tls=self.tls),
                           ImapClient(postern.port["imap"]),
                           ImapClient(postern.port["imap"], starttls=self.tls)):
                client.send(f"a {command}\r\n")
                client.reply("a")
                sessions.append(client)
        for commands in ([f"USER alice\r\nPASS {password}"], [f"AUTH PLAIN {plain}"],
                         [f"AUTH LOGIN\r\n{name}\r\n{word}"]):
            for client in (Pop3Client(postern.port["pop3"]),
                           Pop3Client(postern.port["pop3"], starttls=self.tls)):
                client.send("\r\n".join(commands) + "\r\n")
                wait_until(lambda: "logged in" in client.line(), "logged in")
                sessions.append(client)
        return sessions

    def test_never_in_a_log(self):
        password = fresh_password()
        for settings in "debug\n", "debug\nlog_format perdition\n", "debug\nlog_format json\n":
            with self.subTest(settings):
                postern = self.serve(password, settings)
                sessions = self.log_in_everywhere(postern, password)
                client = ImapClient(postern.port["imap"])
                client.login("bob", password, "NO")
                client.send(f"a LOGON alice {password}\r\n{password} LOGIN\r\nb LOGIN {{99\r\n")
                client.close()
                for session in sessions:
                    session.close()
                postern.end_cleanly()
                self.assertEqual(traces(postern.output().encode(), password), 0)

    @unittest.skipIf(os.getuid() != 0, "only root may look into a process that holds passwords")
    @unittest.skipIf(SANITIZED, "sanitizers keep what is freed")
    def test_not_in_memory_once_logged_in(self):
        password = fresh_password()
        postern = self.serve(password)
        sessions = self.log_in_everywhere(postern, password)
        self.assertGreater(self.traces_in_memory(self.backend, password), 0)  # it keeps them
        self.assertEqual(self.traces_in_memory(postern, password), 0)
        for session in sessions:
            session.close()
        postern.wait_for_line("event=end", len(sessions))
        self.assertEqual(self.traces_in_memory(postern, password), 0)

    @staticmethod
    def traces_in_memory(server, password):
        return sum(traces(piece, password) for piece in memory_of(server.pid))

    @unittest.skipIf(os.getuid() != 0, "only root may look into a process that holds passwords")
    @unittest.skipIf(SANITIZED, "sanitizers keep what is freed")
    @unittest.skipIf(not shutil.which("gcore"), "gcore is not installed")
    def test_not_in_a_core(self):
        password = fresh_password()
        postern = self.serve(password)
        sessions = self.log_in_everywhere(postern, password)
        core = self.scratch.path / "core"
        subprocess.run(["gcore", "-o", core, str(postern.pid)], check=True, capture_output=True)
        self.assertEqual(traces((self.scratch.path / f"core.{postern.pid}").read_bytes(), password), 0)
        for session in sessions:
            session.close()

    def test_not_in_the_arguments_nor_the_environment(self):
        password = fresh_password()
        postern = self.serve(password)
        sessions = self.log_in_everywhere(postern, password)
        if os.getuid() == 0:
            for name in "cmdline", "environ":
                with open(f"/proc/{postern.pid}/{name}", "rb") as file:
                    self.assertEqual(traces(file.read(), password), 0)
        for session in sessions:
            session.close()


if __name__ == "__main__":
    unittest.main()
