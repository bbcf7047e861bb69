"""TLS with clients: names, protocols, versions, resumption, bad handshakes.

The ids (T6.1 ...) are those of the project's list of threats.
"""

import socket
import ssl
import subprocess
import unittest

from harness import ImapClient, MailSocket, Pop3Client, SystemTest, openssl_command, trusting


class TlsTest(SystemTest):
    def setUp(self):
        super().setUp()
        backend = self.sample()
        self.server = self.postern({
            "imaps": f"protocol IMAP4S\n{self.tls_settings()}"
                     f"outgoing_server 127.0.0.1:{backend.imap}\n",
            "pop3": f"protocol POP3\n{self.tls_settings('tls_listen')}"
                    f"outgoing_server 127.0.0.1:{backend.pop3}\n"})
        self.port = self.server.port

    def offering(self, *protocols):
        context = trusting(self.authority.cert)
        context.set_alpn_protocols(protocols)
        return context

    def test_application_protocols(self):
        """T6.1, T6.2, T6.3: ours or none at all"""
        client = ImapClient(self.port["imaps"], tls=self.offering("imap"))
        self.assertEqual(client.socket.selected_alpn_protocol(), "imap")
        client = Pop3Client(self.port["pop3"], starttls=self.offering("h2", "pop3"))
        self.assertEqual(client.socket.selected_alpn_protocol(), "pop3")
        for wrong in "h2", "http/1.1", "ftp", "pop3":
            with self.subTest(wrong), self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
                MailSocket(self.port["imaps"], tls=self.offering(wrong))
        ImapClient(self.port["imaps"], tls=self.tls).login()

    def test_names_the_client_asks_for(self):
        """T6.4"""
        context = trusting(self.authority.cert)
        context.check_hostname = False
        for name in None, "LOCALHOST", "unknown.example", "a." * 60 + "example", "localhost.":
            with self.subTest(name):
                client = MailSocket(self.port["imaps"])
                client.start_tls(context, name)
                client.expect(r"\* OK")
                client.close()

    def test_clear_text_where_tls_is_due(self):
        """T6.6"""
        client = MailSocket(self.port["imaps"])
        client.send("a LOGIN alice sesame\r\n")
        self.assertNotIn(b"a ", client.closed())
        self.server.wait_for_line("event=end")
        self.assertNotIn("sesame", self.server.output())

    def test_an_alert_is_sent_before_closing(self):
        """T7.7"""
        client = MailSocket(self.port["imaps"])
        client.send(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")
        self.assertEqual(client.closed()[:1], b"\x15")  # content type alert

    def test_old_versions_are_refused(self):
        done = subprocess.run(
            [*openssl_command(self.port["imaps"], self.authority.cert), "-tls1_1",
             "-cipher", "ALL:@SECLEVEL=0"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_client_renegotiation_is_refused(self):
        """T7.1"""
        command = openssl_command(self.port["imaps"], self.authority.cert)
        command.remove("-quiet")
        done = subprocess.run([*command, "-tls1_2"], input="R\n", text=True, capture_output=True,
                              check=False)
        self.assertIn("RENEGOTIATING", done.stderr)
        self.assertNotEqual(done.returncode, 0)

    def session_of(self, port, session=None, context=None):
        """Logs in, and returns (the session for next time, was it resumed)."""
        raw = socket.create_connection(("127.0.0.1", port))
        secure = (context or self.tls).wrap_socket(raw, server_hostname="localhost", session=session)
        client = ImapClient.__new__(ImapClient)
        client.socket, client.unread, client._tags = secure, b"", 0
        client.greeting = client.line()
        client.login()
        client.command("NOOP")
        fresh, reused = secure.session, secure.session_reused
        client.logout()
        return fresh, reused

    def test_resumption_across_threads_and_reloads(self):
        """T7.4"""
        session, reused = self.session_of(self.port["imaps"])
        self.assertFalse(reused)
        for _ in range(8):
            session, reused = self.session_of(self.port["imaps"], session)
            self.assertTrue(reused)
        self.server.reload()
        self.server.wait_for_line("event=reloaded")
        for _ in range(8):
            session, reused = self.session_of(self.port["imaps"], session)
            self.assertTrue(reused)

    def test_tls_1_2(self):
        context = trusting(self.authority.cert)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        client = ImapClient(self.port["imaps"], tls=context)
        client.login()
        client.logout()
        self.assertIn("front_tls=TLSv1.2", self.server.wait_for_line("event=login ")[0])

    def test_a_cut_connection_is_not_an_orderly_end(self):
        """T7.8: a FIN without close_notify in the middle of a literal"""
        client = ImapClient(self.port["imaps"], tls=self.tls)
        client.login()
        client.send("a APPEND INBOX {100}\r\n")
        client.expect(r"\+")
        client.send("half")
        client.half_close()
        client.closed()
        line = self.server.wait_for_line("event=end")[0]
        self.assertNotRegex(line, "reason=\"?(logout|orderly)")


if __name__ == "__main__":
    unittest.main()
