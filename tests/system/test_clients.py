"""Real mail programs, with a real Dovecot behind Postern."""

import contextlib
import imaplib
import os
import poplib
import shutil
import subprocess
import unittest

from harness import GENEROUS, Dovecot, SystemTest, dovecot_missing

MESSAGE = b"From: a@example.com\r\nSubject: A letter\r\n\r\nDear reader,\r\n.\r\n..with dots\r\n"

SERVICES = {
    "imap4s": ("IMAP4S", "ssl_listen"),
    "imap4": ("IMAP4", "tls_listen_force"),
    "pop3s": ("POP3S", "ssl_listen"),
    "pop3": ("POP3", "tls_listen_force"),
}

MBSYNC = """
IMAPAccount postern
Host localhost
Port {port}
User alice
Pass wonder
SSLType {ssl_type}
CertificateFile {ca}

IMAPStore far
Account postern

MaildirStore near
Path {mail}/
Inbox {mail}/INBOX

Channel all
Far :far:
Near :near:
Patterns INBOX
Create Both
Expunge Both
SyncState *
"""

FETCHMAIL = """
set no bouncemail
poll localhost protocol {protocol} service {port}
  user alice password wonder keep fetchall {ssl}
  sslcertck sslcertfile {ca}
  mda "cat >>{mailbox}"
"""


@unittest.skipIf(dovecot_missing(), dovecot_missing())
class ClientsTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dovecot = Dovecot(cls.shared.path, users=["alice:wonder"])
        cls.addClassCleanup(cls.dovecot.stop)

    def setUp(self):
        super().setUp()
        shutil.rmtree(self.dovecot.folder / "mail" / "alice", ignore_errors=True)
        self.dovecot.deliver("alice", MESSAGE)
        self.port = self.postern({
            name: f"protocol {protocol}\n{GENEROUS}" + self.tls_settings(mode) +
                  f"outgoing_server 127.0.0.1:{self.backend(name)}\n"
            for name, (protocol, mode) in SERVICES.items()}).port

    def backend(self, service):
        return self.dovecot.imap if service.startswith("imap") else self.dovecot.pop3

    def run_program(self, *command, **options):
        if not shutil.which(command[0]):
            self.skipTest(f"{command[0]} is not installed")
        done = subprocess.run([str(word) for word in command], capture_output=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=120, **options)
        self.assertEqual(done.returncode, 0, (done.stdout + done.stderr).decode(errors="replace"))
        return done.stdout

    def curl(self, url, *options):
        return self.run_program("curl", "-sS", "--cacert", self.authority.cert,
                                "-u", "alice:wonder", *options, url)

    def test_curl_reads_through_every_door(self):
        for url, *options in (
                (f"imaps://localhost:{self.port['imap4s']}/INBOX;MAILINDEX=1",),
                (f"imap://localhost:{self.port['imap4']}/INBOX;MAILINDEX=1", "--ssl-reqd"),
                (f"pop3s://localhost:{self.port['pop3s']}/1",),
                (f"pop3://localhost:{self.port['pop3']}/1", "--ssl-reqd")):
            with self.subTest(url):
                self.assertEqual(self.curl(url, *options), MESSAGE)

    def test_curl_logs_in_by_every_mechanism(self):
        for mechanism in "PLAIN", "LOGIN":
            for url in (f"imaps://localhost:{self.port['imap4s']}/INBOX;MAILINDEX=1",
                        f"pop3s://localhost:{self.port['pop3s']}/1"):
                for initial in (), ("--sasl-ir",):
                    with self.subTest(f"{url} {mechanism} {initial}"):
                        read = self.curl(url, "--login-options", f"AUTH={mechanism}", *initial)
                        self.assertEqual(read, MESSAGE)

    def test_curl_appends(self):
        letter = self.scratch.file("letter", MESSAGE.replace(b"A letter", b"Another"))
        self.curl(f"imaps://localhost:{self.port['imap4s']}/INBOX", "-T", letter)
        read = self.curl(f"imaps://localhost:{self.port['imap4s']}/INBOX;MAILINDEX=2")
        self.assertEqual(read, letter.read_bytes())

    def test_curl_is_told_of_a_wrong_password(self):
        for url in (f"imaps://localhost:{self.port['imap4s']}/INBOX;MAILINDEX=1",
                    f"pop3s://localhost:{self.port['pop3s']}/1"):
            with self.subTest(url):
                done = subprocess.run(
                    ["curl", "-sS", "--cacert", self.authority.cert, "-u", "alice:wrong", url],
                    capture_output=True, check=False)
                self.assertEqual(done.returncode, 67, done.stderr)  # login denied

    def test_mbsync_both_ways(self):
        for service, ssl_type in ("imap4s", "IMAPS"), ("imap4", "STARTTLS"):
            with self.subTest(service):
                mail = self.scratch.folder(f"mbsync-{service}")
                config = self.scratch.file(f"{service}.rc", MBSYNC.format(
                    port=self.port[service], ssl_type=ssl_type, ca=self.authority.cert, mail=mail))
                self.run_program("mbsync", "-c", config, "all")
                pulled = [path.read_bytes() for path in (mail / "INBOX").glob("[nc]*/*")]
                self.assertTrue(any(b"Dear reader," in text for text in pulled), pulled)
                (mail / "INBOX/new/1.local").write_bytes(
                    b"Subject: from " + service.encode() + b"\n\nhello\n")
                self.run_program("mbsync", "-c", config, "all")
                delivered = (self.dovecot.folder / "mail/alice/Maildir").glob("[nc]*/*")
                self.assertTrue(any(b"from " + service.encode() in path.read_bytes()
                                    for path in delivered))

    def test_fetchmail(self):
        for service, ssl in (("imap4s", "ssl"), ("imap4", "sslproto 'TLS1.2+'"), ("pop3s", "ssl"),
                             ("pop3", "sslproto 'TLS1.2+'")):
            with self.subTest(service):
                home = self.scratch.folder(f"fetchmail-{service}")
                mailbox = home / "mailbox"
                config = self.scratch.file(f"fetchmail-{service}.rc", FETCHMAIL.format(
                    protocol="imap" if service.startswith("imap") else "pop3",
                    port=self.port[service], ssl=ssl, ca=self.authority.cert, mailbox=mailbox),
                    0o600)
                self.run_program("fetchmail", "-f", config, "--nosyslog", "--pidfile",
                                 home / "pid", "-i", home / "ids",
                                 env={**os.environ, "HOME": str(home), "FETCHMAILHOME": str(home)})
                self.assertIn(b"Dear reader,\n.\n..with dots\n", mailbox.read_bytes())

    def test_imaplib(self):
        with contextlib.ExitStack() as stack:
            implicit = stack.enter_context(
                imaplib.IMAP4_SSL("localhost", self.port["imap4s"], ssl_context=self.tls))
            upgraded = stack.enter_context(imaplib.IMAP4("localhost", self.port["imap4"]))
            upgraded.starttls(self.tls)
            for client in implicit, upgraded:
                self.assertRaises(imaplib.IMAP4.error, client.login, "alice", "wrong")
                client.login("alice", "wonder")
                client.select()
                self.assertEqual(client.fetch("1", "(BODY.PEEK[])")[1][0][1], MESSAGE)
                self.assertEqual(client.append("INBOX", None, None, MESSAGE)[0], "OK")

    def test_imaplib_authenticates_plain(self):
        with imaplib.IMAP4_SSL("localhost", self.port["imap4s"], ssl_context=self.tls) as client:
            client.authenticate("PLAIN", lambda _: b"\0alice\0wonder")
            self.assertEqual(client.select()[0], "OK")

    def test_poplib(self):
        implicit = poplib.POP3_SSL("localhost", self.port["pop3s"], context=self.tls)
        upgraded = poplib.POP3("localhost", self.port["pop3"])
        upgraded.stls(self.tls)
        for client in implicit, upgraded:
            client.user("alice")
            self.assertRaises(poplib.error_proto, client.pass_, "wrong")
            client.user("alice")
            client.pass_("wonder")
            self.assertEqual(b"\r\n".join(client.retr(1)[1]) + b"\r\n", MESSAGE)
            client.quit()


if __name__ == "__main__":
    unittest.main()
