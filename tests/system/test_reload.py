"""SIGHUP and SIGTERM, while people are at work."""

import os
import signal
import threading
import unittest

from harness import (GENEROUS, ImapClient, MailSocket, Pop3Client, SystemTest, wait_until)

RELOADS = 100


class ReloadTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.backend = self.sample()
        self.good = (f"protocol IMAP4S\n{self.tls_settings()}{GENEROUS}"
                     f"outgoing_server 127.0.0.1:{self.backend.imap}\n")

    def test_a_hundred_reloads_under_load(self):
        """T10.9: alternately good and bad, nobody is dropped, nothing leaks"""
        postern = self.postern({"imaps": self.good})
        staying = [self.login(postern) for _ in range(20)]
        stop = threading.Event()
        troubles = []
        logins = []

        def come_and_go():
            try:
                while not stop.is_set():
                    client = self.login(postern)
                    client.command("NOOP")
                    client.logout()
                    logins.append(1)
            except Exception as error:  # told below, by the main thread
                troubles.append(error)

        visitors = [threading.Thread(target=come_and_go) for _ in range(4)]
        for visitor in visitors:
            visitor.start()
        for number in range(RELOADS):
            bad = number % 2 == 1
            postern.configure("imaps", self.good + ("no_such_setting 1\n" if bad else ""))
            postern.reload()
            postern.wait_for_line("reload failed" if bad else "event=reloaded", number // 2 + 1)
            if number == 9 and os.getuid() == 0:
                descriptors = postern.descriptors()
        stop.set()
        for visitor in visitors:
            visitor.join()
        self.assertEqual(troubles, [])
        self.assertTrue(logins)
        for client in staying:
            client.command("NOOP")
        if os.getuid() == 0:  # others may not look
            wait_until(lambda: postern.descriptors() <= descriptors + 2,
                       "reloads leave no descriptors behind")
        for client in staying:
            client.logout()

    def login(self, postern):
        client = ImapClient(postern.port["imaps"], tls=self.tls)
        client.login()
        return client

    def test_new_settings_are_for_new_connections(self):
        postern = self.postern({"imaps": self.good})
        old = ImapClient(postern.port["imaps"], tls=self.tls)
        postern.configure("imaps", self.good + "greeting Quite new\n")
        postern.reload()
        postern.wait_for_line("event=reloaded")
        self.assertIn("Quite new", ImapClient(postern.port["imaps"], tls=self.tls).greeting)
        old.login()
        old.logout()

    def test_a_new_certificate(self):
        postern = self.postern({"imaps": self.good})
        old = ImapClient(postern.port["imaps"], tls=self.tls)
        fresh = type(self).authority.issue("fresh")
        postern.configure("imaps", self.good.replace(str(self.certificate.cert), str(fresh.cert))
                          .replace(str(self.certificate.key), str(fresh.key)))
        postern.reload()
        postern.wait_for_line("event=reloaded")
        new = ImapClient(postern.port["imaps"], tls=self.tls)
        self.assertNotEqual(old.socket.getpeercert()["subject"], new.socket.getpeercert()["subject"])
        old.login()
        new.login()

    def test_services_come_and_go(self):
        postern = self.postern({"imaps": self.good})
        client = self.login(postern)
        pop3 = postern.add_service("pop3", "protocol POP3\noutgoing_server "
                                           f"127.0.0.1:{self.backend.pop3}\n")
        postern.reload()
        postern.wait_for_line("event=reloaded")
        Pop3Client(pop3).login()
        postern.remove_service("imaps")
        postern.reload()
        postern.wait_for_line("event=reloaded", 2)
        wait_until(lambda: self.refused(postern.port["imaps"]), "the old port is closed")
        client.command("NOOP")
        client.logout()

    @staticmethod
    def refused(port):
        try:
            MailSocket(port).close()
            return False
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:  # it was still in the queue
            return False

    def test_what_is_wrong_is_said_with_its_place(self):
        postern = self.postern({"imaps": self.good})
        lines = len(self.good.splitlines()) + 2  # bind_address is the first
        postern.configure("imaps", self.good + "ssl_mode sideways\n")
        postern.reload()
        line = postern.wait_for_line("reload failed")[0]
        self.assertIn(f"imaps.conf:{lines}: ssl_mode: ", line)
        self.login(postern).logout()

    def test_a_missing_certificate_changes_nothing(self):
        postern = self.postern({"imaps": self.good})
        postern.configure("imaps", self.good.replace(str(self.certificate.cert), "/none.crt"))
        postern.reload()
        self.assertIn("/none.crt", postern.wait_for_line("reload failed")[0])
        self.login(postern).logout()


class StopTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.backend = self.sample()

    def serve(self, more=""):
        return self.postern({"imaps": f"protocol IMAP4S\n{self.tls_settings()}"
                                      f"outgoing_server 127.0.0.1:{self.backend.imap}\n"}, more)

    def test_sessions_end_with_a_clean_close(self):
        for number in signal.SIGTERM, signal.SIGINT:
            with self.subTest(number):
                postern = self.serve()
                spliced = ImapClient(postern.port["imaps"], tls=self.tls)
                spliced.login()
                greeted = ImapClient(postern.port["imaps"], tls=self.tls)
                self.assertEqual(postern.stop(number), 0)
                self.assertEqual(spliced.rest(), b"")  # rest() insists on close_notify
                self.assertRegex(greeted.rest(), rb"^\* BYE .*\r\n$")
                self.assertEqual(len(postern.lines("event=end")), 2)

    def test_draining(self):
        postern = self.serve("drain_timeout 60\n")
        client = ImapClient(postern.port["imaps"], tls=self.tls)
        client.login()
        postern.send_signal(signal.SIGTERM)
        wait_until(lambda: ReloadTest.refused(postern.port["imaps"]), "nobody new is let in")
        client.command("NOOP")
        client.logout()
        self.assertEqual(postern.process.wait(60), 0)

    def test_a_second_signal_does_not_wait(self):
        postern = self.serve("drain_timeout 600\n")
        client = ImapClient(postern.port["imaps"], tls=self.tls)
        client.login()
        postern.send_signal(signal.SIGTERM)
        postern.wait_for_line("event=stopping")
        self.assertEqual(postern.stop(), 0)
        self.assertEqual(client.rest(), b"")


if __name__ == "__main__":
    unittest.main()
