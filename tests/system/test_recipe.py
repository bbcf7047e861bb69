"""What Perdition's users have always written must work here word for word:
the four service files, and `openssl s_client` at each door."""

import os
import socket
import subprocess
import unittest

from harness import (Dovecot, ImapClient, OpensslClient, Perdition, Pop3Client, Server, SystemTest,
                     dovecot_missing, free_port, openssl_command, perdition_missing)
from harness.postern import BINARY

MESSAGE = b"Subject: A letter\r\n\r\nDear reader,\r\n.\r\n..with dots\r\n"

IMAP_TALK = [
    ("a CAPABILITY", "a OK"),
    ("b LOGIN alice wonder", "b OK"),
    ("c SELECT INBOX", "c OK"),
    ("d FETCH 1 BODY.PEEK[]", "d OK"),
    ("e LOGOUT", "e OK"),
]
POP3_TALK = [
    ("CAPA", r"\.$"),
    ("USER alice", r"\+OK"),
    ("PASS wonder", r"\+OK"),
    ("STAT", r"\+OK 1 "),
    ("RETR 1", r"\.$"),
    ("QUIT", r"\+OK"),
]

# Door: Perdition's protocol and ssl_mode, openssl's -starttls, what to say.
DOORS = {
    "imap4s": ("IMAP4S", "ssl_listen", None, IMAP_TALK),
    "imap4": ("IMAP4", "tls_listen", "imap", IMAP_TALK),
    "pop3s": ("POP3S", "ssl_listen", None, POP3_TALK),
    "pop3": ("POP3", "tls_listen", "pop3", POP3_TALK),
}


@unittest.skipIf(dovecot_missing(), dovecot_missing())
class RecipeTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dovecot = Dovecot(cls.shared.path)
        cls.addClassCleanup(cls.dovecot.stop)
        cls.dovecot.deliver("alice", MESSAGE)

    def settings(self, door):
        """A service file as Perdition reads it, too."""
        protocol, ssl_mode, _, _ = DOORS[door]
        backend = self.dovecot.imap if door.startswith("imap") else self.dovecot.pop3
        return (f"# {door}\nprotocol {protocol}\nssl_mode {ssl_mode}\n"
                f"ssl_cert_file {self.certificate.cert}\nssl_key_file {self.certificate.key}\n"
                f"outgoing_server 127.0.0.1:{backend}\nmap_library ''\n")

    def converse(self, door, port):
        """The client, at the end of its session, and all it heard."""
        _, _, starttls, talk = DOORS[door]
        client = OpensslClient(openssl_command(port, self.authority.cert, starttls))
        self.addCleanup(client.close)
        heard = [] if starttls else client.hear(r"\* OK|\+OK")
        for line, answer in talk:
            heard += client.say(line, answer)
        return client, heard

    def check_mail_was_read(self, heard):
        for line in ("Subject: A letter", "Dear reader,"):
            self.assertIn(line, heard)

    def test_openssl_reads_mail_at_each_door_and_sees_a_clean_close(self):
        postern = self.postern({door: self.settings(door) for door in DOORS})
        for door in DOORS:
            with self.subTest(door):
                client, heard = self.converse(door, postern.port[door])
                self.check_mail_was_read(heard)
                client.finish()

    @unittest.skipIf(perdition_missing(), perdition_missing())
    def test_perdition_does_the_same_with_the_same_files(self):
        for door in DOORS:
            with self.subTest(door):
                perdition = Perdition(self.scratch.path, door, self.settings(door))
                self.addCleanup(perdition.stop)
                _, heard = self.converse(door, perdition.port)
                self.check_mail_was_read(heard)

    def test_tls_listen_offers_but_does_not_require(self):
        postern = self.postern({door: self.settings(door) for door in ("imap4", "pop3")})
        imap = ImapClient(postern.port["imap4"])
        self.assertIn("STARTTLS", imap.greeting + str(imap.command("CAPABILITY")))
        imap.login()
        imap.logout()
        pop3 = Pop3Client(postern.port["pop3"])
        pop3.command("CAPA")
        self.assertIn("STLS", pop3.listing())
        pop3.login()
        pop3.quit()

    def test_tls_listen_force_refuses_passwords_in_the_clear(self):
        forced = {door: self.settings(door).replace("tls_listen", "tls_listen_force")
                  for door in ("imap4", "pop3")}
        postern = self.postern(forced)
        imap = ImapClient(postern.port["imap4"])
        self.assertIn("LOGINDISABLED", imap.greeting + str(imap.command("CAPABILITY")))
        imap.login(wanted="NO [PRIVACYREQUIRED]")
        imap.command("STARTTLS")
        imap.start_tls(self.tls)
        self.assertNotIn("LOGINDISABLED", str(imap.command("CAPABILITY")))
        imap.login()
        imap.logout()
        pop3 = Pop3Client(postern.port["pop3"])
        pop3.command("CAPA")
        self.assertNotIn("USER", pop3.listing())
        pop3.command("USER alice", "-ERR")
        pop3.command("STLS")
        pop3.start_tls(self.tls)
        pop3.login()
        pop3.quit()

    def test_command_lines_seen_in_the_field(self):
        """Containers run Perdition without a file, by options alone."""
        for options in (["-f", "", "--no_daemon", "-F", "+", "-M", "", "-P", "IMAP4", "-b",
                         "127.0.0.1:{}", "-s", "127.0.0.1", "-p", str(self.dovecot.imap)],
                        ["--config_file", "", "--protocol=IMAP4", "--ssl_mode=none",
                         "--log_facility=-", "--bind_address=127.0.0.1:{}",
                         f"--outgoing_server=127.0.0.1:{self.dovecot.imap}"]):
            with self.subTest(options):
                port = free_port()
                postern = Server(self.scratch.path)
                self.addCleanup(postern.stop)
                postern.start([BINARY, *(word.format(port) for word in options)], [port])
                client = ImapClient(port)
                client.login()
                client.logout()
                self.assertEqual(postern.stop(), 0)

    @unittest.skipIf(os.getuid() != 0, "only root listens on ports 143 and 110")
    def test_backend_port_follows_the_backend_side(self):
        """`protocol IMAP4S` with ssl_listen reaches a plain server on 143."""
        host = "127.143.110.1"
        for port in 143, 110:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError:
                    self.skipTest(f"port {port} is taken here")
        self.sample(listen=host, imap=143, pop3=110)
        postern = self.postern({
            door: f"protocol {DOORS[door][0]}\noutgoing_server {host}\n"
                  + self.tls_settings(DOORS[door][1]) for door in DOORS})
        ImapClient(postern.port["imap4s"], tls=self.tls).login()
        ImapClient(postern.port["imap4"], starttls=self.tls).login()
        Pop3Client(postern.port["pop3s"], tls=self.tls).login()
        Pop3Client(postern.port["pop3"], starttls=self.tls).login()

    def test_openssl_resumes_its_tls_session(self):
        postern = self.postern({"imap4s": self.settings("imap4s")})
        command = openssl_command(postern.port["imap4s"], self.authority.cert)
        command[command.index("-quiet")] = "-ign_eof"  # which says what was agreed on
        session = self.scratch.path / "session.pem"
        for option, wanted in ("-sess_out", "New"), ("-sess_in", "Reused"):
            done = subprocess.run([*command, option, session], text=True, capture_output=True,
                                  input="a LOGIN alice wonder\nb LOGOUT\n", check=True)
            self.assertIn(f"{wanted}, TLSv1.3", done.stdout)


if __name__ == "__main__":
    unittest.main()
