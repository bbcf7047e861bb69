"""What `postern` says without serving: --check, --print-config, --route,
--version, --help, and refusals to start."""

import os
import pwd
import sqlite3
import unittest

from harness import SystemTest, free_port, run_postern


class CommandTest(SystemTest):
    def configure(self, settings="", **services):
        """Writes postern.conf and conf.d/; the path of the former."""
        for name, text in services.items():
            self.scratch.file(f"conf.d/{name}.conf", text)
        return self.scratch.file("postern.conf", settings)

    def good_service(self):
        return f"protocol IMAP4S\n{self.tls_settings()}outgoing_server 127.0.0.1:1143\n"


class CheckTest(CommandTest):
    def check(self, **services):
        done = run_postern("--check", "-f", self.configure(**services))
        return done.returncode, done.stdout + done.stderr

    def test_nothing_is_wrong(self):
        """All there is to say is what the certificate is for."""
        if os.getuid() == 0:  # who reads it anew later
            os.chown(self.certificate.key, pwd.getpwnam("nobody").pw_uid, -1)
        status, text = self.check(settings="username nobody\n", imap=self.good_service())
        self.assertEqual(status, 0, text)
        self.assertRegex(text, r"\Aimap: \S+/localhost\.crt: localhost, 127\.0\.0\.1, ::1 "
                               r"\(ECDSA P-256, \d+ days left\)\n\Z")

    def test_every_problem_is_said_with_its_place(self):
        status, text = self.check(settings="threads many\nno_such_setting 1\n", imap=(
            "protocol IMAP5\ntimeout soon\nmap sqlite /none.db\nmap regex /none.re\n"
            "map telepathy x\nbind_address 127.0.0.1:99999\nadd_domain everywhere"))
        self.assertEqual(status, 1)
        folder = self.scratch.path
        for place in ("postern.conf:1: threads: ", "postern.conf:2: no_such_setting: ",
                      "conf.d/imap.conf:1: protocol: ", "conf.d/imap.conf:2: timeout: ",
                      "conf.d/imap.conf:5: map: ", "conf.d/imap.conf:6: bind_address: ",
                      "conf.d/imap.conf:7: add_domain: "):
            self.assertIn(f"{folder}/{place}", text)

    def test_files_that_are_not_there(self):
        status, text = self.check(imap="protocol IMAP4S\nssl_mode ssl_listen\n"
                                       "ssl_cert_file /none.crt\nssl_key_file /none.key\n"
                                       "map sqlite /none.db\nmap regex /none.re\nmap text /none\n")
        self.assertEqual(status, 1)
        for number, setting, name in ((3, "ssl_cert_file", "/none.crt"),
                                      (4, "ssl_key_file", "/none.key"), (5, "map", "/none.db"),
                                      (6, "map", "/none.re"), (7, "map", "/none")):
            self.assertRegex(text, rf"(?m)^\S+imap.conf:{number}: {setting}: .*{name}")

    def test_keys_and_certificates(self):
        other = type(self).authority.issue("other")
        expired = type(self).authority.issue("expired", days=-1)
        good = self.good_service()
        status, text = self.check(imap=good.replace(str(self.certificate.key), str(other.key)))
        self.assertEqual(status, 1)
        self.assertRegex(text, "ssl_key_file: .*match")
        status, text = self.check(imap=good.replace(str(self.certificate.cert), str(expired.cert))
                                  .replace(str(self.certificate.key), str(expired.key)))
        self.assertRegex(text, "ssl_cert_file: .*expired")
        self.certificate.key.chmod(0o644)
        try:
            self.assertRegex(self.check(imap=good)[1], "ssl_key_file: .*read")
        finally:
            self.certificate.key.chmod(0o600)

    def test_maps_that_do_not_work(self):
        rules = self.scratch.file("popmap.re", "alice: 127.0.0.1\nbo(b: 127.0.0.1\n")
        users = self.scratch.file("users", "alice: 127.0.0.1\nbob\n")
        database = self.scratch.path / "users.db"
        with sqlite3.connect(database) as connection:
            connection.execute("CREATE TABLE other (x)")
        status, text = self.check(imap=self.good_service() + f"map regex {rules}\nmap text {users}\n"
                                  f"map sqlite {database}\n")
        self.assertEqual(status, 1)
        self.assertRegex(text, r"popmap\.re:2: ")
        self.assertRegex(text, r"users:2: ")
        self.assertRegex(text, r"users\.db: .*tblPerdition")

    def test_two_services_on_one_port(self):
        status, text = self.check(imap=self.good_service(), other=self.good_service())
        self.assertEqual(status, 1)
        self.assertRegex(text, r"other\.conf:\d+: \w+: .*:993 .*service imap")

    def test_settings_of_later_are_not_swallowed(self):
        for setting in "authenticate_in", "managesieve_capability x":
            with self.subTest(setting):
                status, text = self.check(imap=self.good_service() + setting + "\n")
                self.assertEqual(status, 1)
                self.assertIn(f"imap.conf:6: {setting.split()[0]}: ", text)

    def test_perditions_traps(self):
        """Indentation and a missing last newline are fine; what is behind a
        bad line counts."""
        status, text = self.check(imap="   protocol=IMAP4   # a comment\n\toutgoing_server 'a'b\\\n"
                                       ".invalid\n  no_such 1\n\n  lower_case all\n  timeout never")
        self.assertEqual(status, 1)
        self.assertIn("imap.conf:4: no_such: ", text)
        self.assertIn("imap.conf:7: timeout: ", text)
        self.assertNotIn("protocol", text)


class PrintConfigTest(CommandTest):
    def test_values_and_where_they_come_from(self):
        config = self.configure("timeout 10m\nlower_case all\n",
                                imap="protocol IMAP4\noutgoing_server a.invalid,b.invalid:99\n"
                                     "timeout 20m\n", pop3="protocol POP3\n")
        text = run_postern("--print-config", "-f", config, "--ok_line", "Hello there").stdout
        imap = text[text.index("# service imap"):text.index("# service pop3")]
        self.assertRegex(imap, r"(?m)^timeout 20m +# \S*imap\.conf:3$")
        self.assertRegex(imap, r"(?m)^outgoing_server a\.invalid,b\.invalid:99 +# \S*imap\.conf:2$")
        self.assertRegex(imap, r"(?m)^ok_line 'Hello there' +# command line$")
        self.assertRegex(imap, r"(?m)^connect_timeout 10s? +# default$")
        pop3 = text[text.index("# service pop3"):]
        self.assertRegex(pop3, r"(?m)^timeout 10m +# \S*postern\.conf:1$")

    def test_what_it_prints_can_be_read_again(self):
        config = self.configure("", imap="protocol IMAP4\nok_line 'it''s # \"fine\"'\n"
                                         "query_key \\\\u,\\\\U\noutgoing_server a.invalid\n")
        first = run_postern("--print-config", "-f", config).stdout
        daemon, service = first.split("# service imap\n")
        self.scratch.file("again/conf.d/imap.conf", service)
        again = self.scratch.file("again/postern.conf", daemon)
        second = run_postern("--print-config", "-f", again).stdout

        def values(text):
            return [line.split("  #")[0] for line in text.splitlines()]

        self.assertEqual(values(first), values(second))


class RouteTest(CommandTest):
    def test_every_map_and_its_answer(self):
        users = self.scratch.file("users", "alice: pool mail\nbob: west.invalid:99\n")
        rules = self.scratch.file("popmap.re", "^carol$: east.invalid\n")
        config = self.configure(
            "pool mail one.invalid:1 two.invalid:2 weight=3\n",
            imap=f"protocol IMAP4\nmap text {users}\nmap regex {rules}\noutgoing_server last.invalid\n",
            pop3="protocol POP3\nmap fail\noutgoing_server last.invalid\n")

        def route(user, service="imap"):
            return run_postern("--route", user, "--service", service, "-f", config).stdout

        alice = route("alice")
        self.assertIn(f"map text {users}", alice)
        for part in "pool mail", "one.invalid:1", "two.invalid:2", "weight=3":
            self.assertIn(part, alice)
        self.assertIn("west.invalid:99", route("bob"))
        carol = route("carol")
        self.assertIn("not found", carol)
        self.assertIn("east.invalid:143", carol)
        self.assertIn("last.invalid:143", route("dora"))
        trouble = route("alice", "pop3")
        self.assertIn("map fail", trouble)
        self.assertNotIn("last.invalid", trouble)
        both = run_postern("--route", "bob", "-f", config).stdout
        self.assertIn("service imap", both)
        self.assertIn("service pop3", both)

    def test_an_unknown_service(self):
        config = self.configure(imap=self.good_service())
        done = run_postern("--route", "alice", "--service", "nntp", "-f", config)
        self.assertEqual(done.returncode, 1)
        self.assertIn("nntp", done.stderr)


class StartTest(CommandTest):
    def test_version_and_help(self):
        self.assertRegex(run_postern("--version").stdout, r"^postern \d+\.\d+\.\d+\n$")
        text = run_postern("--help").stdout
        for setting in "--ssl_cert_file", "--outgoing_server", "--map", "--timeout":
            self.assertIn(setting, text)

    def test_it_does_not_start_with_a_bad_configuration(self):
        config = self.configure(imap=self.good_service() + "no_such_setting\n")
        done = run_postern("-f", config)
        self.assertEqual(done.returncode, 1)
        self.assertIn("imap.conf:6: no_such_setting: ", done.stderr)

    def test_it_does_not_start_without_its_files(self):
        done = run_postern("-f", self.scratch.path / "none.conf")
        self.assertEqual(done.returncode, 1)
        self.assertIn("none.conf", done.stderr)

    def test_it_does_not_start_on_a_port_that_is_taken(self):
        port = free_port()
        first = self.postern({"imap": f"bind_address 127.0.0.1:{port}\n" + self.good_service()})
        config = self.configure(imap=f"bind_address 127.0.0.1:{port}\n" + self.good_service())
        first.wait_for_line("event=started")
        done = run_postern("-f", config)
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(port), done.stderr)

    def test_the_command_line_wins(self):
        """In every direction where Perdition's did not."""
        config = self.configure(imap="protocol IMAP4\noutgoing_server file.invalid\n")
        text = run_postern("--print-config", "-f", config, "--outgoing_server", "line.invalid",
                           "--bind_address=127.0.0.1").stdout
        self.assertRegex(text, r"(?m)^outgoing_server line\.invalid +# command line$")
        self.assertRegex(text, r"(?m)^bind_address 127\.0\.0\.1 +# command line$")

    def test_a_single_perdition_file(self):
        """A file that sets `protocol` is a service by itself."""
        server = self.sample()
        port = free_port()
        config = self.scratch.file("perdition.conf", f"protocol IMAP4\noutgoing_server 127.0.0.1:"
                                                     f"{server.imap}\nbind_address 127.0.0.1:{port}\n")
        self.assertEqual(run_postern("--check", "-f", config).returncode, 0)
        self.assertIn("IMAP4", run_postern("--print-config", "-f", config).stdout)


if __name__ == "__main__":
    unittest.main()
