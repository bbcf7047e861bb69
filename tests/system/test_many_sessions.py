"""Two thousand people at once, on every door, each at work."""

import resource
import unittest

from harness import GENEROUS, SANITIZED, ImapClient, Pop3Client, SystemTest

SESSIONS = 400 if SANITIZED else 2000
ROUNDS = 3


class ManySessionsTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    def test_all_are_served(self):
        backend = self.sample()
        postern = self.postern({
            "imaps": f"protocol IMAP4S\n{self.tls_settings()}{GENEROUS}"
                     f"outgoing_server 127.0.0.1:{backend.imap}\n",
            "imap": f"protocol IMAP4\n{self.tls_settings('tls_listen')}{GENEROUS}"
                    f"outgoing_server 127.0.0.1:{backend.imap}\n",
            "pop3s": f"protocol POP3S\n{self.tls_settings()}{GENEROUS}"
                     f"outgoing_server 127.0.0.1:{backend.pop3}\n",
            "pop3": f"protocol POP3\n{self.tls_settings('tls_listen')}{GENEROUS}"
                    f"outgoing_server 127.0.0.1:{backend.pop3}\n",
        })
        doors = [
            lambda: ImapClient(postern.port["imaps"], tls=self.tls),
            lambda: ImapClient(postern.port["imap"], starttls=self.tls),
            lambda: Pop3Client(postern.port["pop3s"], tls=self.tls),
            lambda: Pop3Client(postern.port["pop3"], starttls=self.tls),
        ]
        clients = []
        for number in range(SESSIONS):
            client = doors[number % len(doors)]()
            client.login()
            clients.append(client)
        for _ in range(ROUNDS):
            self.everybody_asks(clients)
        for client in clients:
            client.logout() if isinstance(client, ImapClient) else client.quit()
        postern.wait_for_line("event=end", SESSIONS)
        self.assertEqual(len(postern.wait_for_line("event=login ", SESSIONS)), SESSIONS)

    def everybody_asks(self, clients):
        """All at the same time: nobody reads before everybody has asked."""
        for client in clients:
            client.send("x NOOP\r\n" if isinstance(client, ImapClient) else "NOOP\r\n")
        for client in clients:
            client.expect("x OK" if isinstance(client, ImapClient) else r"\+OK")


if __name__ == "__main__":
    unittest.main()
