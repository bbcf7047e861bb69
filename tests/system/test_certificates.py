"""Certificates by name, renewal while people are at work, and what is said of them."""

import os
import pathlib
import random
import socket
import ssl
import subprocess
import threading
import unittest

from harness import (GENEROUS, ImapClient, MailSocket, Pop3Client, SystemTest, plain_build_only,
                     run_postern, trusting, wait_until)

NAMES = 10_000
CLIENTS = 1_000
SESSIONS = 500
WATCHED = "ssl_watch_interval 1\n"


def shown_name(port, context, name):
    """The common name of the certificate that a client is shown who asks for `name`."""
    with socket.create_connection(("127.0.0.1", port)) as raw, \
            context.wrap_socket(raw, server_hostname=name) as secure:
        return dict(pair for rdn in secure.getpeercert()["subject"] for pair in rdn)["commonName"]


class CertificatesTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.backend = self.sample()
        self.names = self.scratch.folder("names")
        self.nameless = trusting(self.authority.cert)
        self.nameless.check_hostname = False

    def issue(self, name, common_name=None, **options):
        """(certificate chain, key) as text, for `name`."""
        made = type(self).authority.issue(common_name or name, (name,), **options)
        return made.cert.read_text(), made.key.read_text()

    @staticmethod
    def put(path, text):
        """Beside, then renamed, as careful programs do it; only for its owner."""
        aside = path.with_name(path.name + ".new")
        aside.touch(mode=0o600)
        aside.write_text(text)
        aside.rename(path)

    def add(self, name, common_name=None, **options):
        """DIR/NAME.pem, key and certificate in one file."""
        chain, key = self.issue(name, common_name, **options)
        self.put(self.names / f"{name}.pem", chain + key)

    def add_live(self, name, version, **options):
        """DIR/NAME/{fullchain,privkey}.pem as certbot has them: links into an archive."""
        chain, key = self.issue(name, f"{name} {version}", **options)
        archive = self.scratch.folder("archive")
        archive.mkdir(exist_ok=True)
        live = self.names / name
        live.mkdir(exist_ok=True)
        for file, text in ("privkey", key), ("fullchain", chain):
            self.put(archive / f"{name}-{file}{version}.pem", text)
            link = live / f".{file}.new"
            link.symlink_to(archive / f"{name}-{file}{version}.pem")
            link.rename(live / f"{file}.pem")

    def settings(self, protocol="IMAP4S", more=""):
        backend = self.backend.imap if protocol.startswith("IMAP") else self.backend.pop3
        mode = "ssl_listen" if protocol.endswith("S") else "tls_listen"
        return (f"protocol {protocol}\n{self.tls_settings(mode)}{GENEROUS}{more}"
                f"ssl_cert_dir {self.names}\noutgoing_server 127.0.0.1:{backend}\n")

    def serve(self, more="", settings=WATCHED):
        return self.postern({"imaps": self.settings(more=more)}, settings)


class NamesTest(CertificatesTest):
    def test_each_name_has_its_certificate(self):
        self.add("one.example")
        self.add_live("two.example", 1)
        self.add("*.example")
        postern = self.postern({"imaps": self.settings(), "pop3s": self.settings("POP3S"),
                                "imap": self.settings("IMAP4")}, WATCHED)
        rows = {"one.example": "one.example", "two.example": "two.example 1",
                "other.example": "*.example", "ONE.example": "one.example",
                "elsewhere.test": "localhost", None: "localhost"}
        for name, expected in rows.items():
            for service in "imaps", "pop3s":
                with self.subTest(name=name, service=service):
                    self.assertEqual(
                        shown_name(postern.port[service], self.nameless, name), expected)
        client = ImapClient(postern.port["imap"])
        client.command("STARTTLS")
        client.start_tls(self.tls, "one.example")  # which checks the name
        client.login()
        client.logout()
        line = postern.wait_for_line("event=login ")[0]
        self.assertIn(" sni=one.example ", line)
        self.assertIn(" front_resumed=no ", line)
        self.assertRegex(line, r" front_group=\S+ ")

    def test_strict_about_names(self):
        """T6.4"""
        self.add("one.example")
        postern = self.postern({"imaps": "\n".join(
            line for line in self.settings(more="ssl_sni_strict\n").splitlines()
            if "cert_file" not in line and "key_file" not in line)})
        self.assertEqual(shown_name(postern.port["imaps"], self.nameless, "one.example"),
                         "one.example")
        for number, name in enumerate(("two.example", "localhost", None, "a." * 100 + "example"), 1):
            with self.subTest(name), self.assertRaisesRegex(ssl.SSLError, "(?i)unrecognized.name"):
                shown_name(postern.port["imaps"], self.nameless, name)
            postern.wait_for_line("(SNI", number)

    def test_names_that_come_and_go(self):
        postern = self.serve()
        port = postern.port["imaps"]
        self.assertEqual(shown_name(port, self.nameless, "new.example"), "localhost")
        self.add("new.example")
        wait_until(lambda: shown_name(port, self.nameless, "new.example") == "new.example",
                   "the new name is known")
        (self.names / "new.example.pem").unlink()
        wait_until(lambda: shown_name(port, self.nameless, "new.example") == "localhost",
                   "the old name is forgotten")

    @plain_build_only
    def test_ten_thousand_names(self):
        """Memory stays within the bound, for names that exist and for those that do not."""
        chain, key = self.issue("many.example")
        self.put(self.names / "shared.example.pem", chain + key)
        for number in range(NAMES):
            (self.names / f"n{number}.example.pem").symlink_to("shared.example.pem")
        postern = self.serve("ssl_cert_cache_size 100\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        numbers = random.Random(5)

        def ask(times):
            for _ in range(times):
                number = numbers.randrange(2 * NAMES)  # half of them do not exist
                with socket.create_connection(("127.0.0.1", postern.port["imaps"])) as raw, \
                        context.wrap_socket(raw, server_hostname=f"n{number}.example"):
                    pass
        ask(CLIENTS)
        before = postern.resident_kib()
        ask(CLIENTS)
        # A hundred names take about 3 MiB; all that were asked for, ten times that.
        self.assertLess(postern.resident_kib() - before, 4096)

        done = run_postern("--check", "-f", postern.config)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertEqual(done.stdout.count("many.example (ECDSA P-256, "), NAMES + 1)


class RenewalTest(CertificatesTest):
    def test_a_broken_pair_keeps_the_old_one(self):
        self.add_live("one.example", 1)
        postern = self.serve()
        port = postern.port["imaps"]
        self.assertEqual(shown_name(port, self.nameless, "one.example"), "one.example 1")
        chain, key = self.issue("one.example", "one.example 2")
        live = self.names / "one.example"
        for file, text, told in (
                ("privkey.pem", key, "privkey.pem: does not match the certificate"),
                ("fullchain.pem", chain[:200], "fullchain.pem: PEM is damaged"),
                ("fullchain.pem", self.issue("one.example", "old", days=-1)[0], "the old one is served")):
            with self.subTest(told):
                self.put(live / file, text)
                line = postern.wait_for_line(told)[0]
                self.assertIn("level=error", line)
                self.assertEqual(shown_name(port, self.nameless, "one.example"), "one.example 1")
        self.put(live / "fullchain.pem", chain)
        postern.wait_for_line("certificate for one.example: renewed")
        self.assertEqual(shown_name(port, self.nameless, "one.example"), "one.example 2")
        self.assertEqual(len(postern.lines("privkey.pem: does not match")), 1)

    def test_the_default_by_a_signal_and_by_itself(self):
        own = self.scratch.folder("own")
        def write(common_name, days=30):
            chain, key = self.issue("localhost", common_name, days=days)
            self.put(own / "key.pem", key)
            self.put(own / "cert.pem", chain)
        write("first")
        postern = self.postern({"imaps": f"protocol IMAP4S\n{GENEROUS}"
                                         f"ssl_cert_file {own}/cert.pem\nssl_key_file {own}/key.pem\n"
                                         "ssl_mode ssl_listen\n"
                                         f"outgoing_server 127.0.0.1:{self.backend.imap}\n"}, WATCHED)
        port = postern.port["imaps"]
        self.assertRegex(postern.wait_for_line("event=certificate")[0],
                         r"cert\.pem: localhost \(ECDSA P-256, (29|30) days left\)")
        write("second")
        wait_until(lambda: shown_name(port, self.tls, "localhost") == "second", "it is renewed")
        write("third")
        postern.reload()
        wait_until(lambda: shown_name(port, self.tls, "localhost") == "third", "it is renewed")
        write("fourth", days=-1)
        postern.reload()
        self.assertIn("expired", postern.wait_for_line("reload failed")[0])
        self.assertEqual(shown_name(port, self.tls, "localhost"), "third")
        write("fifth", days=3)
        self.assertRegex(postern.wait_for_line("expires in")[0], "expires in [23] days")

    @plain_build_only
    def test_renewal_under_load(self):
        """500 people stay, others come and go, certificates change: nobody fails."""
        self.add_live("one.example", 1)
        postern = self.serve()
        port = postern.port["imaps"]
        context = trusting(self.authority.cert)
        staying = [self.log_in(port, context) for _ in range(SESSIONS)]
        stop = threading.Event()
        troubles, seen = [], set()

        def come_and_go():
            own = trusting(self.authority.cert)
            try:
                while not stop.is_set():
                    client = self.log_in(port, own)
                    subject = client.socket.getpeercert()["subject"]
                    seen.add(subject[0][0][1])
                    client.logout()
            except Exception as error:  # told below, by the main thread
                troubles.append(error)

        visitors = [threading.Thread(target=come_and_go) for _ in range(4)]
        for visitor in visitors:
            visitor.start()
        for version in range(2, 6):
            self.add_live("one.example", version)
            if version % 2:
                postern.reload()
            wait_until(lambda: f"one.example {version}" in seen or troubles,
                       f"version {version} is served")
        stop.set()
        for visitor in visitors:
            visitor.join()
        self.assertEqual(troubles, [])
        for client in staying:
            client.command("NOOP")
        for client in staying:
            client.logout()

    @staticmethod
    def log_in(port, context):
        client = MailSocket.__new__(ImapClient)
        MailSocket.__init__(client, port)
        client.start_tls(context, "one.example")
        client._tags = 0
        client.greeting = client.line()
        client.login()
        return client


class CheckTest(CertificatesTest):
    def check(self, text, settings=""):
        folder = self.scratch.folder(f"check{random.randrange(10**9)}")
        (folder / "conf.d").mkdir()
        (folder / "postern.conf").write_text(settings)
        (folder / "conf.d" / "imaps.conf").write_text(text)
        return run_postern("--check", "-f", folder / "postern.conf")

    def test_every_certificate_is_reported(self):
        self.add("one.example")
        self.add("soon.example", days=5)
        self.add_live("two.example", 1)
        done = self.check(self.settings())
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, f"imaps: {self.names}/one.example: "
                                      r"one\.example \(ECDSA P-256, (29|30) days left\)\n")
        self.assertIn(": two.example (ECDSA P-256, ", done.stdout)
        self.assertIn(": localhost, 127.0.0.1, ::1 (ECDSA P-256, ", done.stdout)
        self.assertRegex(done.stderr, r"ssl_cert_dir: warning: .*soon\.example\.pem: expires in [45] days")

    def test_every_mistake_is_reported(self):
        self.add("one.example")
        (self.names / "one.example.pem").rename(self.names / "other.example.pem")
        (self.names / "bad.example.pem").write_text("nothing")
        (self.names / "-- ?.pem").write_text("")
        (self.names / "open.example.pem").write_text("".join(self.issue("open.example")))
        (self.names / "open.example.pem").chmod(0o644)
        (self.names / "empty.example").mkdir()
        done = self.check(self.settings())
        self.assertEqual(done.returncode, 1)
        for text in ("other.example: is for one.example, not for other.example",
                     "bad.example.pem: holds no private key in PEM",
                     "-- ?.pem: neither NAME.pem nor the folder of a host name",
                     "open.example.pem: everybody on this machine can read or change it",
                     "empty.example/fullchain.pem: cannot be found"):
            self.assertIn(text, done.stderr)

    @unittest.skipIf(os.getuid() != 0, "only root can become somebody else")
    def test_what_only_root_can_read(self):
        """It is served as it was read at start, across reloads; what is not read yet is told."""
        self.add("one.example")
        self.scratch.path.chmod(0o755)
        self.names.chmod(0o755)
        self.assertRegex(self.check(self.settings(), "username nobody\n").stderr,
                         "username: warning: nobody may not read .*one.example.pem")
        postern = self.postern({"imaps": self.settings()}, WATCHED + "username nobody\n")
        port = postern.port["imaps"]
        self.assertEqual(shown_name(port, self.nameless, "one.example"), "localhost")
        self.assertIn("Postern runs as user",
                      postern.wait_for_line("certificate for one.example")[0])
        postern.reload()
        postern.wait_for_line("event=reloaded")
        self.assertEqual(shown_name(port, self.nameless, None), "localhost")
        (self.names / "one.example.pem").chmod(0o640)
        os.chown(self.names / "one.example.pem", 0, 65534)
        wait_until(lambda: shown_name(port, self.nameless, "one.example") == "one.example",
                   "it can be read now")


if __name__ == "__main__":
    unittest.main()
