"""Backends that send a login on to another server: followed to the servers that
referral_hosts names, and told the client in no case."""

import unittest

from harness import (GENEROUS, Dovecot, ImapClient, Pop3Client, SystemTest, dovecot_missing,
                     free_port, plain, presenting, wait_until)
from harness.backend_talk import (greet_imap, greet_pop3, read_imap_command, read_imap_login,
                                  read_pop3_login)

UNAVAILABLE = "NO [UNAVAILABLE]"


def sending_to(url, status="NO"):
    """An IMAP backend that sends everybody there; `url` may be callable."""
    def script(talk):
        greet_imap(talk)
        tag, user, _ = read_imap_login(talk)
        place = url(user) if callable(url) else url
        talk.send(f"{tag} {status} [REFERRAL {place}] Try imap://evil.example/ instead.\r\n")
        talk.closed()
    return script


class ReferralTest(SystemTest):
    def serve(self, backend, allowed=None, more="", protocol="IMAP4"):
        hosts = f"referral_hosts {allowed}\n" if allowed else ""
        return self.postern({"mail": f"protocol {protocol}\n{GENEROUS}outgoing_server {backend}\n"
                                     f"connect_timeout 3\n{hosts}{more}"})

    def log_in(self, postern, wanted="OK", user="alice"):
        """What the client is told, all of it."""
        client = ImapClient(postern.port["mail"])
        reply = client.login(user, wanted=wanted)
        client.close()
        self.assertNotIn("REFERRAL", reply.upper())
        self.assertNotIn("evil", reply)
        return reply

    def refuses(self, postern, reason, wanted=UNAVAILABLE):
        self.log_in(postern, wanted)
        line = postern.wait_for_line("event=login_failed")[-1]
        self.assertIn(reason, line)
        self.assertNotIn("wonder", line)
        return line

    # --- followed

    def test_followed_to_a_host_that_is_allowed(self):
        home = self.witness("imap")
        asked = self.scripted(sending_to(f"imap://alice;AUTH=PLAIN@{home.address}/"))
        postern = self.serve(asked.address, home.address)
        with ImapClient(postern.port["mail"]) as client:
            client.login()
            client.command("NOOP")
            client.logout()
        self.assertEqual(home.logins, [("alice", "wonder")])
        line = postern.wait_for_line("event=login ")[0]
        self.assertIn(f"backend={home.address} ", line)
        self.assertIn("attempts=1 ", line)
        followed = postern.lines("event=login_referred")
        self.assertEqual(len(followed), 1)
        self.assertIn(f"user=alice from={asked.address} to={home.address}", followed[0])

    def test_a_login_that_would_be_better_elsewhere(self):
        """OK: the session over there ends before the next begins."""
        home = self.witness("imap")
        ended = []

        def script(talk):
            greet_imap(talk)
            tag, _, _ = read_imap_login(talk)
            talk.send(f"{tag} OK [REFERRAL imap://{home.address}/] better there\r\n")
            ended.append(talk.ending())
        postern = self.serve(self.scripted(script).address, home.address)
        self.log_in(postern)
        self.assertEqual(len(home.logins), 1)
        wait_until(lambda: ended, "the first session ends")

    def test_a_server_that_takes_nobody(self):
        home = self.witness("imap")
        closing = self.scripted(lambda talk: talk.send(
            f"* BYE [REFERRAL imap://{home.address}/] moved\r\n"))
        postern = self.serve(closing.address, home.address)
        self.log_in(postern)
        self.assertEqual(home.logins, [("alice", "wonder")])

    def test_pop3(self):
        home = self.witness("pop3")

        def script(talk):
            greet_pop3(talk)
            user, _ = read_pop3_login(talk)
            talk.send(f"-ERR [REFERRAL/{user}@{home.address}] Go there.\r\n")
            talk.closed()
        postern = self.serve(self.scripted(script).address, home.address, protocol="POP3")
        with Pop3Client(postern.port["mail"]) as client:
            client.login("alice@example", "wonder")
            client.quit()
        self.assertEqual(home.logins, [("alice@example", "wonder")])

    def test_two_in_a_row_are_enough(self):
        places = [f"127.0.0.1:{free_port()}" for _ in range(4)]
        servers = [self.scripted(sending_to(f"imap://{place}/"), port=int(port.rsplit(":", 1)[1]))
                   for place, port in zip(places[1:], places)]
        postern = self.serve(places[0], ",".join(places))
        self.refuses(postern, "one referral too many")
        self.assertEqual([each.conversations for each in servers], [1, 1, 1])

    def test_round_in_circles(self):
        ports = [free_port(), free_port()]
        for port, other in zip(ports, reversed(ports)):
            self.scripted(sending_to(f"imap://127.0.0.1:{other}/"), port=port)
        places = ",".join(f"127.0.0.1:{port}" for port in ports)
        postern = self.serve(f"127.0.0.1:{ports[0]}", places)
        self.refuses(postern, "it has been asked already")

    # --- not followed

    def test_off_unless_configured(self):
        """T3.11"""
        home = self.witness("imap")
        asked = self.scripted(sending_to(f"imap://alice;AUTH=*@{home.address}/"))
        postern = self.serve(asked.address)
        self.refuses(postern, f"not followed to {home.address}, referral_hosts does not name it")
        self.assertEqual(home.conversations, 0)

    def test_an_accepted_login_stays_where_it_is(self):
        asked = self.scripted(sending_to("imap://alice@127.0.0.9/", status="OK"))
        postern = self.serve(asked.address)
        client = ImapClient(postern.port["mail"])
        reply = client.login(wanted="OK")
        self.assertNotIn("REFERRAL", reply)
        line = postern.wait_for_line("event=login ")[0]
        self.assertIn("not followed to 127.0.0.9:143", line)
        client.close()

    def test_what_must_not_be_followed(self):
        home = self.witness("imap")
        port = free_port()
        cases = {
            f"imap://bob@{home.address}/": "it is for another user",
            f"imap://alice;AUTH=GSSAPI@{home.address}/": "it asks for the mechanism GSSAPI",
            f"imap://alice@localhost:{home.port}/": "referral_hosts does not name it",
            f"imap://alice@127.0.0.1:{port}/": "referral_hosts does not name it",
            f"imap://alice@{home.address}/INBOX": "malformed referral",
            f"imaps://alice@{home.address}/": "malformed referral",
        }
        for url, reason in cases.items():
            with self.subTest(url):
                asked = self.scripted(sending_to(url))
                self.refuses(self.serve(asked.address, home.address), reason)
        self.assertEqual(home.conversations, 0)

    def test_what_can_be_said_once(self):
        home = self.witness("imap")

        def script(talk):
            greet_imap(talk, "IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256 AUTH=XOAUTH2")
            tag, *_ = read_imap_command(talk)
            talk.send(f"{tag} NO [REFERRAL imap://{home.address}/] there\r\n")
            talk.closed()
        for mechanism, first in (("SCRAM-SHA-256", "biwsbj1hbGljZSxyPWFiY2RlZmdo"),
                                 ("XOAUTH2", "dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB")):
            with self.subTest(mechanism):
                postern = self.serve(self.scripted(script).address, home.address,
                                     f"sasl_mechanisms PLAIN,{mechanism}\n")
                with ImapClient(postern.port["mail"]) as client:
                    reply = client.command(f"AUTHENTICATE {mechanism} {first}", UNAVAILABLE)[1]
                self.assertNotIn("REFERRAL", reply)
                line = postern.wait_for_line("event=login_failed")[0]
                self.assertIn(f"{mechanism} can be said to one server only", line)
        self.assertEqual(home.conversations, 0)

    def test_a_masters_password_stays_with_the_pool(self):
        """With an authzid, and with both names in one."""
        home = self.witness("imap")
        asked = self.scripted(sending_to(lambda user: f"imap://alice@{home.address}/"))
        for more in "", "master_user_separator *\n":
            with self.subTest(more):
                postern = self.serve(asked.address, home.address, f"sasl_authzid\n{more}")
                with ImapClient(postern.port["mail"]) as client:
                    client.command(f"AUTHENTICATE PLAIN {plain('root', 'toor', 'alice')}",
                                   UNAVAILABLE)
                line = postern.wait_for_line("event=login_failed")[0]
                self.assertIn(f"not followed to {home.address}, a master logs in", line)
        self.assertEqual(home.conversations, 0)

    def test_nobody_else_is_asked_when_that_server_is_dead(self):
        dead, other = free_port(), self.witness("imap")
        asked = self.scripted(sending_to(f"imap://127.0.0.1:{dead}/"))
        postern = self.postern(
            {"mail": f"protocol IMAP4\n{GENEROUS}map static pool all\nconnect_timeout 3\n"},
            f"threads 1\npool all policy=first_available {asked.address} {other.address} "
            f"referral_hosts=127.0.0.1:{dead}\n")
        line = self.refuses(postern, f"127.0.0.1:{dead}: cannot connect")
        self.assertIn(f"backend=127.0.0.1:{dead} ", line)
        self.assertEqual(other.conversations, 0)


class SecurityTest(SystemTest):
    """TLS is asked of who is referred to as of who refers."""

    def serve(self, asked, allowed, mode):
        return self.postern({"mail": f"protocol IMAP4\n{GENEROUS}ssl_mode {mode}\n"
                                     f"ssl_ca_file {self.authority.cert}\nconnect_timeout 3\n"
                                     f"outgoing_server {asked}\nreferral_hosts {allowed}\n"})

    def by_tls(self, certificate, url, implicit=True):
        def script(talk):
            if implicit:
                talk.accept_tls(presenting(certificate))
                greet_imap(talk)
            else:
                greet_imap(talk, "IMAP4rev1 STARTTLS")
                tag, *_ = read_imap_command(talk)
                talk.send(f"{tag} OK go\r\n")
                talk.accept_tls(presenting(certificate))
            tag, _, _ = read_imap_login(talk, "IMAP4rev1 AUTH=PLAIN")
            self.passwords += 1
            talk.send(f"{tag} OK in\r\n" if url is None else f"{tag} NO [REFERRAL {url}] there\r\n")
            talk.closed()
        self.passwords = 0
        return script

    def answer(self, postern):
        client = ImapClient(postern.port["mail"])
        reply = client.command("LOGIN alice wonder", "")[1]
        client.close()
        return reply

    def test_the_name_is_that_of_the_referral(self):
        for names, wanted in ((["localhost"], "OK"), (["other.example"], "NO [UNAVAILABLE]")):
            with self.subTest(names):
                certificate = type(self).authority.issue("home-" + names[0], names=names)
                home = self.scripted(self.by_tls(certificate, None))
                asked = self.scripted(self.by_tls(self.certificate,
                                                  f"imap://localhost:{home.port}/"))
                postern = self.serve(asked.address, f"localhost:{home.port}", "ssl_outgoing")
                self.assertIn(wanted, self.answer(postern))
                self.assertEqual(self.passwords, 2 if wanted == "OK" else 1)

    def test_never_from_tls_to_the_clear(self):
        """Where tls_outgoing would put up with a server that does not offer TLS."""
        home = self.witness("imap")
        asked = self.scripted(self.by_tls(self.certificate, f"imap://{home.address}/",
                                          implicit=False))
        postern = self.serve(asked.address, home.address, "tls_outgoing")
        self.assertIn("NO [UNAVAILABLE]", self.answer(postern))
        self.assertEqual(home.logins, [])
        self.assertIn("does not offer STARTTLS", postern.wait_for_line("event=login_failed")[0])


class PlaceTest(SystemTest):
    """Where users live, and how many there is room for."""

    def two_homes(self):
        """One server that sends on whoever is told to go, and the other one."""
        home = self.witness("imap")
        self.send_on = True

        def script(talk):
            greet_imap(talk)
            tag, _, _ = read_imap_login(talk)
            if self.send_on:
                talk.send(f"{tag} NO [REFERRAL imap://{home.address}/] there\r\n")
            else:
                talk.send(f"{tag} OK in\r\n")
            talk.closed()
        return self.scripted(script), home

    def serve(self, asked, home, options="", more=""):
        return self.postern(
            {"mail": f"protocol IMAP4\n{GENEROUS}map static pool all\nconnect_timeout 3\n"},
            f"pool all {options} {asked.address} {more} referral_hosts={home.address}\n")

    def open(self, postern, wanted="OK"):
        client = ImapClient(postern.port["mail"])
        self.addCleanup(client.close)
        client.login(wanted=wanted)
        return client

    def test_a_user_of_a_sticky_pool_is_in_one_place(self):
        asked, home = self.two_homes()
        postern = self.serve(asked, home, "sticky=yes")
        there = [self.open(postern), self.open(postern)]
        self.send_on = False  # the first server would take the user itself
        self.open(postern, UNAVAILABLE)
        for client in there:
            client.logout()
        wait_until(lambda: len(postern.lines("event=end")) >= 2, "both sessions are over")
        here = self.open(postern)
        self.send_on = True
        self.open(postern, UNAVAILABLE)
        line = postern.wait_for_line("event=login_failed", 2)[-1]
        self.assertIn("the user has sessions elsewhere", line)
        self.assertEqual(len(home.logins), 2)
        here.close()

    def test_in_other_pools_that_is_for_the_backends_to_know(self):
        asked, home = self.two_homes()
        postern = self.serve(asked, home, "sticky=no policy=round_robin")
        self.open(postern)
        self.send_on = False
        self.open(postern)

    def test_a_full_backend_of_the_pool(self):
        asked, home = self.two_homes()
        postern = self.serve(asked, home, "sticky=no policy=first_available",
                             f"{home.address} max_connections=1")
        first = self.open(postern)
        self.open(postern, UNAVAILABLE)
        line = postern.wait_for_line("event=login_failed")[0]
        self.assertIn(f"{home.address}: full (max_connections)", line)
        first.logout()
        wait_until(lambda: postern.lines("event=end"), "the session is over")
        self.open(postern)


@unittest.skipIf(dovecot_missing(), dovecot_missing())
class DovecotTest(SystemTest):
    """Dovecot's own referrals: passdb fields nologin and host."""

    def test_a_user_who_lives_elsewhere(self):
        home = Dovecot(self.scratch.path, "home", users=["al ice@example:wonder"],
                       listen="127.0.0.1")
        self.addCleanup(home.stop)
        old = Dovecot(self.scratch.path, "old", users=["bob:builder"], listen="127.0.0.1")
        self.addCleanup(old.stop)
        with (old.folder / "users").open("a") as users:
            users.write(f"al ice@example:{{PLAIN}}wonder::::::nologin=y host=127.0.0.1 "
                        f"port={home.imap}\n")
        postern = self.postern({"mail": f"protocol IMAP4\n{GENEROUS}"
                                        f"outgoing_server 127.0.0.1:{old.imap}\n"
                                        f"referral_hosts 127.0.0.1:{home.imap}\n"})
        count = 0
        for user, password, backend in (("al ice@example", "wonder", home.imap),
                                        ("bob", "builder", old.imap)):
            with self.subTest(user), ImapClient(postern.port["mail"]) as client:
                reply = client.login(user, password)
                self.assertNotIn("REFERRAL", reply)
                client.command("SELECT INBOX")
                client.logout()
                count += 1
                line = postern.wait_for_line("event=login ", count)[-1]
                self.assertIn(f"backend=127.0.0.1:{backend} ", line)


if __name__ == "__main__":
    unittest.main()
