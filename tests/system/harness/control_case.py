"""Postern with an admin_socket in front of two Witnesses, for tests of posternctl."""

from .clients import ImapClient, Pop3Client
from .postern_ctl import Control
from .testcase import GENEROUS, SystemTest


class ControlTest(SystemTest):
    """serve() starts self.daemon, with self.control to ask it."""

    def setUp(self):
        super().setUp()
        self.imap = self.witness("imap")
        self.pop3 = self.witness("pop3")
        self.control = Control(self.scratch.folder("run") / "control")

    def services(self):
        return {
            "imap": f"protocol IMAP4\n{self.tls_settings('tls_listen')}{GENEROUS}"
                    f"outgoing_server {self.imap.address}\n",
            "pop3": f"protocol POP3\nssl_mode none\n{GENEROUS}"
                    f"outgoing_server {self.pop3.address}\n",
        }

    def socket_setting(self):
        return f"admin_socket {self.control.path}\n"

    def serve(self, settings="", services=None, **options):
        self.daemon = self.postern(services or self.services(), self.socket_setting() + settings,
                                   **options)
        self.daemon.wait_for_line("event=started")
        return self.daemon

    def imap_login(self, user="alice", **options):
        client = ImapClient(self.daemon.port["imap"], **options)
        client.login(user)
        return client

    def pop3_login(self, user="alice"):
        client = Pop3Client(self.daemon.port["pop3"])
        client.login(user)
        return client
