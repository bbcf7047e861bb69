"""Postern in front of two Witnesses, one a protocol, for tests of what clients may
do before their login."""

from .backend_talk import Witness
from .clients import ImapClient, Pop3Client
from .testcase import GENEROUS, SystemTest


class WitnessTest(SystemTest):
    """One Postern for all tests of a class; the Witnesses forget between them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.imap, cls.pop3 = Witness("imap"), Witness("pop3")
        for backend in cls.imap, cls.pop3:
            cls.addClassCleanup(backend.stop)
        to_imap = f"outgoing_server {cls.imap.address}\n{GENEROUS}"
        to_pop3 = f"outgoing_server {cls.pop3.address}\n{GENEROUS}"
        cls.port = cls.shared_postern({
            "imap": f"protocol IMAP4\n{cls.tls_settings('tls_listen')}{to_imap}",
            "imaps": f"protocol IMAP4S\n{cls.tls_settings()}{to_imap}",
            "imapforce": f"protocol IMAP4\n{cls.tls_settings('tls_listen_force')}{to_imap}",
            "pop3": f"protocol POP3\n{cls.tls_settings('tls_listen')}{to_pop3}",
            "pop3s": f"protocol POP3S\n{cls.tls_settings()}{to_pop3}",
            "pop3force": f"protocol POP3\n{cls.tls_settings('tls_listen_force')}{to_pop3}",
        }).port

    def setUp(self):
        super().setUp()
        for backend in self.imap, self.pop3:
            backend.logins.clear()
            backend.commands.clear()

    def nobody_came(self):
        self.assertEqual(self.imap.logins + self.pop3.logins, [])

    def imap_clients(self):
        """In the clear, behind STARTTLS, and through implicit TLS."""
        yield "clear", ImapClient(self.port["imap"])
        yield "starttls", ImapClient(self.port["imap"], starttls=self.tls)
        yield "tls", ImapClient(self.port["imaps"], tls=self.tls)

    def pop3_clients(self):
        """The same for POP3."""
        yield "clear", Pop3Client(self.port["pop3"])
        yield "stls", Pop3Client(self.port["pop3"], starttls=self.tls)
        yield "tls", Pop3Client(self.port["pop3s"], tls=self.tls)
