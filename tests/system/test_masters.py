"""Logins of a master for a user: who is routed, and what backends are told.

The ids (T4.10 ...) are those of the project's list of threats.
"""

import re
import unittest

from harness import (GENEROUS, Control, ImapClient, Pop3Client, Scram, SystemTest,
                     dovecot_with_masters, plain, wait_until)

STAR = "master_user_separator *\n"
MASTERS = "sasl_authzid\n"


class MastersTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dovecot = dovecot_with_masters(cls)
        (cls.shared.path / "users").write_text(f"alice: 127.0.0.1:{cls.dovecot.imap}\n"
                                               f"bob: 127.0.0.1:{cls.dovecot.imap}\n")
        imap = (f"protocol IMAP4\n{GENEROUS}sasl_mechanisms PLAIN,LOGIN,SCRAM-SHA-1\n"
                f"map text {cls.shared.path}/users\nlower_case servername_lookup,remote_login\n")
        pop3 = f"protocol POP3\n{GENEROUS}outgoing_server 127.0.0.1:{cls.dovecot.pop3}\n"
        cls.proxy = cls.shared_postern({
            "joined": imap + MASTERS + STAR, "apart": imap + MASTERS, "refusing": imap + STAR,
            "usual": imap, "pop_joined": pop3 + MASTERS + STAR, "pop_apart": pop3 + MASTERS})

    def imap(self, service):
        client = ImapClient(self.proxy.port[service])
        self.addCleanup(client.close)
        return client

    def let_in(self, client):
        """Alice's mail it is, seen through the tunnel."""
        self.assertIn("OK", client.command("LIST \"\" INBOX")[1])
        client.logout()

    def logged(self, *words):
        wait_until(lambda: any(all(f" {word} " in line for word in words)
                               for line in self.proxy.lines("event=login")),
                   f"postern logs {words}; it logged:\n{self.proxy.output()}")

    def test_by_one_name(self):
        for how in 'LOGIN "alice*root" toor', f"AUTHENTICATE PLAIN {plain('ALICE*root', 'toor')}":
            client = self.imap("joined")
            client.command(how)
            self.let_in(client)
        self.logged("service=joined", "user=alice", "authid=root", "mech=LOGIN", "verdict=ok")
        self.logged("service=joined", "user=ALICE", "routed_user=alice", "authid=root",
                    "mech=PLAIN", "verdict=ok")
        self.dovecot.wait_for_log("Master user logging in as alice")

    def test_by_an_authzid(self):
        for service in "joined", "apart":
            client = self.imap(service)
            client.command(f"AUTHENTICATE PLAIN {plain('root', 'toor', 'Alice')}")
            self.let_in(client)
            self.logged(f"service={service}", "user=Alice", "routed_user=alice", "authid=root",
                        "verdict=ok")

    def test_by_scram(self):
        """T4.10 both names go through as they were proved."""
        for service in "apart", "joined":
            client = self.imap(service)
            scram = Scram("SCRAM-SHA-1", "root", "toor", role="alice")
            client.send(f"a AUTHENTICATE SCRAM-SHA-1 {scram.first()}\r\n")
            client.send(scram.final(client.line().removeprefix("+ ")) + "\r\n")
            self.assertTrue(scram.trusts(client.line().removeprefix("+ ")))
            client.send("\r\n")
            client.reply("a")
            self.let_in(client)
            self.logged(f"service={service}", "user=alice", "authid=root", "mech=SCRAM-SHA-1",
                        "verdict=ok")

    def test_by_pop3(self):
        for service, how in (("pop_joined", None), ("pop_joined", plain("alice*root", "toor")),
                             ("pop_apart", plain("root", "toor", "alice"))):
            client = Pop3Client(self.proxy.port[service])
            if how:
                client.command(f"AUTH PLAIN {how}")
            else:
                client.login("alice*root", "toor")
            client.command("STAT")
            client.quit()
            self.logged(f"service={service}", "user=alice", "authid=root", "verdict=ok")

    def test_who_is_no_master(self):
        for words in (plain("root", "wrong", "alice"), plain("bob", "builder", "alice"),
                      plain("bob*root", "builder"), plain("nobody*root", "toor")):
            client = self.imap("joined")
            client.command(f"AUTHENTICATE PLAIN {words}", "NO [AUTHENTICATIONFAILED]")
            client.login("bob", "builder")  # and is himself still
            client.logout()
        self.logged("user=alice", "authid=bob", "verdict=wrong_password")
        self.logged("user=nobody", "authid=root", "verdict=no_server")  # the user is looked up

    def test_refused_unless_it_is_wanted(self):
        """T4.10"""
        for service, words in (("usual", plain("root", "toor", "alice")),
                               ("refusing", plain("root", "toor", "alice")),
                               ("refusing", plain("alice*root", "toor"))):
            client = self.imap(service)
            client.command(f"AUTHENTICATE PLAIN {words}", "NO [AUTHENTICATIONFAILED]")
            client.login("alice", "wonder")
            client.logout()
        client = self.imap("refusing")
        client.login("alice*root", "toor", wanted="NO [AUTHENTICATIONFAILED]")
        client = self.imap("usual")  # a name that no map knows
        client.login("alice*root", "toor", wanted="NO [AUTHENTICATIONFAILED]")
        self.logged("service=usual", 'user="alice*root"', "verdict=no_server")
        for service in "usual", "refusing":
            for line in self.proxy.lines(f"service={service} rip"):
                self.assertIn(' authid="" ', line)

    def test_a_name_that_the_backends_would_take_apart(self):
        """The service knows of no masters, the pool's machines do."""
        postern = self.postern(
            {"imap": f"protocol IMAP4\n{GENEROUS}map static pool stores\n"},
            f"pool stores 127.0.0.1:{self.dovecot.imap} master_user_separator=*\n")
        client = ImapClient(postern.port["imap"])
        client.login("alice*root", "toor", wanted="NO [AUTHENTICATIONFAILED]")
        client.login()
        client.logout()
        self.assertRegex(postern.wait_for_line("event=login_failed")[0],
                         r'verdict=wrong_password .*which separates a user and a master')

    def test_in_perditions_words(self):
        postern = self.postern(
            {"imap": f"protocol IMAP4\n{GENEROUS}{MASTERS}"
                     f"outgoing_server 127.0.0.1:{self.dovecot.imap}\n"},
            "log_format perdition\n")
        client = ImapClient(postern.port["imap"])
        client.command(f"AUTHENTICATE PLAIN {plain('root', 'toor', 'alice')}")
        client.logout()
        for event in "Auth: ", "Closing session: ":
            self.assertIn('authorisation_id="alice" authentication_id="root"',
                          postern.wait_for_line(event)[0])


class AffinityTest(SystemTest):
    """A user is on one machine, whoever reads his mail."""

    def test_masters_go_where_the_user_is(self):
        names = [f"store{number}" for number in range(3)]
        stores = [self.sample(name, users=("ann:wonder", "ann*root:toor", "root:toor"))
                  for name in names]
        hosts = " ".join(f"127.0.0.1:{store.imap}" for store in stores)
        postern = self.postern(
            {"imap": f"protocol IMAP4\n{GENEROUS}{MASTERS}{STAR}map static pool stores\n"},
            f"pool stores {hosts} sticky=yes policy=round_robin\n")

        def home(user, password):
            client = ImapClient(postern.port["imap"])
            self.addCleanup(client.close)
            return re.search(r"store\d", client.login(user, password))[0]

        homes = {home("ann", "wonder")} | {home("ann*root", "toor") for _ in range(4)}
        self.assertEqual(len(homes), 1)

    def test_masters_leave_with_the_user(self):
        """A move of the user ends the sessions of masters, too; a master's name moves nobody."""
        stores = [self.sample(f"store{number}", users=("ann:wonder", "ann*root:toor"))
                  for number in range(2)]
        places = [f"127.0.0.1:{store.imap}" for store in stores]
        control = Control(self.scratch.folder("run") / "control")
        postern = self.postern(
            {"imap": f"protocol IMAP4\n{GENEROUS}{MASTERS}{STAR}map static pool stores\n"},
            f"pool stores {' '.join(places)} sticky=yes\nuser_kick_delay 10ms\n"
            f"admin_socket {control.path}\n")
        client = ImapClient(postern.port["imap"])
        here = int(re.search(r"store(\d)", client.login("ann*root", "toor"))[1])
        session = control.json("who", "ann")["sessions"][0]
        self.assertEqual((session["user"], session["authid"]), ("ann", "root"))
        control.json("user", "move", "root", places[1 - here])
        client.command("NOOP")
        control.json("user", "move", "ann", places[1 - here])
        client.closed()
        client.closed()
        client = ImapClient(postern.port["imap"])
        self.assertIn(f"store{1 - here}", client.login("ann*root", "toor"))
        client.close()


if __name__ == "__main__":
    unittest.main()
