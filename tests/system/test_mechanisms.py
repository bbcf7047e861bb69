"""Mechanisms that are carried between client and backend without Postern knowing
a secret, against a real Dovecot: OAuth and SCRAM.

The ids (T4.13 ...) are those of the project's list of threats.
"""

import base64
import imaplib
import json
import os
import re
import secrets
import shutil
import subprocess
import unittest

from harness import (GENEROUS, SANITIZED, Dovecot, ImapClient, Pop3Client, Scram, SystemTest,
                     TokenServer, dovecot_missing, memory_of, oauthbearer, plain, traces, wait_until,
                     xoauth2)

TOKEN = "ya29." + "t" * 60
LONG_TOKEN = "ey" + secrets.token_hex(2400)
OAUTH = {"XOAUTH2": xoauth2, "OAUTHBEARER": oauthbearer}
SETTINGS = (GENEROUS + "sasl_mechanisms PLAIN,LOGIN,XOAUTH2,OAUTHBEARER,SCRAM-SHA-1,"
            "SCRAM-SHA-256\n")
SCRAM_PASSDB = "auth_mechanisms = plain login scram-sha-1 scram-sha-256\n"

_PLUGINS = subprocess.run(["find", "/usr/lib", "-path", "*/sasl2/*", "-name", "*.so*"],
                          capture_output=True, text=True, check=False).stdout


class MechanismTest(SystemTest):
    """One Dovecot, and Postern before it."""

    dovecot_settings = ""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if dovecot_missing():
            raise unittest.SkipTest(dovecot_missing())
        cls.dovecot = Dovecot(cls.shared.path, more=cls.more_settings())
        cls.addClassCleanup(cls.dovecot.stop)
        tls = cls.tls_settings()
        cls.proxy = cls.shared_postern({
            "imaps": f"protocol IMAP4S\n{tls}{SETTINGS}"
                     f"outgoing_server 127.0.0.1:{cls.dovecot.imap}\n",
            "pop3s": f"protocol POP3S\n{tls}{SETTINGS}"
                     f"outgoing_server 127.0.0.1:{cls.dovecot.pop3}\n"})

    @classmethod
    def more_settings(cls):
        return ""

    def imap_client(self):
        return ImapClient(self.proxy.port["imaps"], tls=self.tls)

    def pop3_client(self):
        return Pop3Client(self.proxy.port["pop3s"], tls=self.tls)

    def logged(self, mechanism, verdict, user="alice"):
        wait_until(lambda: any(f"mech={mechanism} " in line and f"verdict={verdict} " in line
                               and f"user={user} " in line for line in
                               self.proxy.output().splitlines()),
                   f"postern logs {mechanism} {verdict}; it logged:\n{self.proxy.output()}")


class OauthTest(MechanismTest):
    @classmethod
    def more_settings(cls):
        cls.tokens = TokenServer({TOKEN: "alice", LONG_TOKEN: "alice"})
        cls.addClassCleanup(cls.tokens.stop)
        return cls.tokens.passdb(cls.shared.path)

    def test_good_tokens_by_imap(self):
        for mechanism, message in OAUTH.items():
            for token in TOKEN, LONG_TOKEN:
                for command in (f"{mechanism} {message('alice', token)}\r\n",
                                f"{mechanism}\r\n{message('alice', token)}\r\n"):
                    with self.subTest(command[:40]):
                        client = self.imap_client()
                        client.send("a AUTHENTICATE " + command)
                        self.assertIn("CAPABILITY", client.reply("a")[1])
                        client.logout()
            self.logged(mechanism, "ok")

    def test_good_tokens_by_pop3(self):
        for mechanism, message in OAUTH.items():
            for token in TOKEN, LONG_TOKEN:
                for command in (f"{mechanism} {message('alice', token)}\r\n",
                                f"{mechanism}\r\n{message('alice', token)}\r\n"):
                    with self.subTest(command[:40]):
                        client = self.pop3_client()
                        client.send("AUTH " + command)
                        if "\r\n" in command.strip():
                            client.reply("+ ")
                        client.reply()
                        client.quit()
            self.logged(mechanism, "ok")

    def test_a_wrong_token_is_explained_to_the_client(self):
        for mechanism, message in OAUTH.items():
            for nod in "AQ==", "":
                with self.subTest(f"{mechanism} {nod}"):
                    client = self.imap_client()
                    client.send(f"a AUTHENTICATE {mechanism} {message('alice', 'wrong')}\r\n")
                    self.assertIn(self.explanation(client.line())["status"], ("401", "invalid_token"))
                    client.send(nod + "\r\n")
                    self.assertIn("AUTHENTICATIONFAILED", client.reply("a", "NO")[1])
                    client.login()  # the same connection takes another try
                    client.logout()
                    client = self.pop3_client()
                    client.command(f"AUTH {mechanism}", "+ ")
                    client.send(message("alice", "wrong") + "\r\n")
                    self.assertIn(self.explanation(client.line())["status"], ("401", "invalid_token"))
                    client.command(nod, "-ERR [AUTH]")
                    client.login()
                    client.quit()
            self.logged(mechanism, "wrong_password")

    @staticmethod
    def explanation(line):
        return json.loads(base64.b64decode(re.fullmatch(r"\+ (\S+)", line)[1]))

    def test_cancelled(self):
        """T4.13"""
        client = self.imap_client()
        client.send(f"a AUTHENTICATE XOAUTH2 {xoauth2('alice', 'wrong')}\r\n")
        client.expect(r"\+ ")
        client.send("*\r\n")
        client.reply("a", "BAD")
        client.login()
        client.logout()

    @unittest.skipIf(os.getuid() != 0, "only root may look into a process that holds secrets")
    @unittest.skipIf(SANITIZED, "sanitizers keep what is freed")
    def test_tokens_are_gone_once_the_backend_has_accepted(self):
        token = secrets.token_hex(12)
        long_token = secrets.token_hex(3000)
        self.tokens.tokens.update({token: "alice", long_token: "alice"})
        sessions = []
        for mechanism, message in OAUTH.items():
            for each in token, long_token:
                for gap in " ", "\r\n":
                    client = self.imap_client()
                    client.send(f"a AUTHENTICATE {mechanism}{gap}{message('alice', each)}\r\n")
                    client.reply("a")
                    sessions.append(client)
                    client = self.pop3_client()
                    client.send(f"AUTH {mechanism}{gap}{message('alice', each)}\r\n")
                    wait_until(lambda peer=client: "+OK" in peer.line(), "logged in")
                    sessions.append(client)
        wrong = secrets.token_hex(12)
        client = self.imap_client()
        client.send(f"a AUTHENTICATE OAUTHBEARER {oauthbearer('alice', wrong)}\r\n")
        client.expect(r"\+ ")
        self.assertGreater(self.traces_in_memory(wrong), 0)  # this is how they are found
        client.send("AQ==\r\n")
        client.reply("a", "NO")
        sessions.append(client)
        # A piece of the long one, wherever it stands.
        for secret in token, long_token[3000:3024], wrong:
            self.assertEqual(self.traces_in_memory(secret), 0)
            self.assertEqual(traces(self.proxy.output().encode(), secret), 0)
        for session in sessions:
            session.close()

    def traces_in_memory(self, secret):
        return sum(traces(piece, secret) for piece in memory_of(self.proxy.pid))

    def test_passwords_work_beside_tokens(self):
        client = self.imap_client()
        client.send(f"a AUTHENTICATE PLAIN {plain('alice', 'wonder')}\r\n")
        client.reply("a")
        client.logout()

    def test_curl(self):
        for scheme, port in ("imaps", "imaps"), ("pop3s", "pop3s"):
            for token, status in (TOKEN, 0), ("wrong", 67):
                with self.subTest(f"{scheme} {token}"):
                    run = subprocess.run(
                        ["curl", "-sS", "--cacert", self.authority.cert, "--user", "alice:",
                         "--oauth2-bearer", token,
                         f"{scheme}://localhost:{self.proxy.port[port]}/"],
                        capture_output=True, text=True, check=False)
                    self.assertEqual(run.returncode, status, run.stderr)

    def test_python(self):
        with imaplib.IMAP4_SSL("localhost", self.proxy.port["imaps"],
                               ssl_context=self.tls) as client:
            client.authenticate("XOAUTH2", lambda _: base64.b64decode(xoauth2("alice", TOKEN)))
            self.assertEqual(client.select()[0], "OK")

    @unittest.skipIf("xoauth2" not in _PLUGINS or not shutil.which("mbsync"),
                     "no mbsync, or no XOAUTH2 for Cyrus SASL (libsasl2-modules-kdexoauth2)")
    def test_mbsync(self):
        self.dovecot.deliver("alice", b"Subject: carried by a token\r\n\r\nbody\r\n", "mbsync")
        mbsync(self, "XOAUTH2", TOKEN)
        mail = [path.read_bytes() for path in (self.scratch.path / "mail").rglob("new/*")]
        self.assertTrue(any(b"carried by a token" in message for message in mail), mail)


class AnnouncedTest(MechanismTest):
    """Dovecot with PLAIN, LOGIN and XOAUTH2: in the end only that is announced."""

    @classmethod
    def more_settings(cls):
        return "auth_mechanisms = plain login xoauth2\n"

    def test_imap(self):
        client = self.imap_client()
        client.login()
        client.logout()
        client = self.imap_client()
        words = client.greeting
        self.assertIn("AUTH=XOAUTH2", words)
        self.assertIn(" ENABLE", words)
        for word in "SCRAM", "OAUTHBEARER", "REFERRALS", "LITERAL+":
            self.assertNotIn(word, words)
        client.send("a AUTHENTICATE SCRAM-SHA-256 " +
                    Scram("SCRAM-SHA-256", "alice", "wonder").first() + "\r\n")
        self.assertIn("not supported", client.reply("a", "NO")[1])
        client.login()
        client.logout()

    def test_pop3(self):
        for _ in range(2):  # by USER and PASS behind CAPA or by AUTH PLAIN alone
            client = self.pop3_client()
            client.login()
            client.quit()
        client = self.pop3_client()
        client.command("CAPA")
        lines = client.listing()
        self.assertIn("SASL PLAIN LOGIN XOAUTH2", lines)
        for word in "TOP", "UIDL", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE":
            self.assertIn(word, lines)
        client.command("UTF8", "-ERR")
        client.quit()
        self.dovecot.wait_for_log("method=PLAIN")


class ScramTest(MechanismTest):
    @classmethod
    def more_settings(cls):
        return SCRAM_PASSDB

    def exchange(self, client, mechanism, scram, initial):
        """Up to the proof; `client` is an IMAP client."""
        if initial:
            client.send(f"a AUTHENTICATE {mechanism} {scram.first()}\r\n")
        else:
            client.send(f"a AUTHENTICATE {mechanism}\r\n")
            client.expect(r"\+")
            client.send(scram.first() + "\r\n")
        client.send(scram.final(client.line().removeprefix("+ ")) + "\r\n")

    def test_imap(self):
        for mechanism in Scram.HASHES:
            for flag in "n", "y":
                for initial in True, False:
                    with self.subTest(f"{mechanism} {flag} {initial}"):
                        client = self.imap_client()
                        scram = Scram(mechanism, "alice", "wonder", flag)
                        self.exchange(client, mechanism, scram, initial)
                        self.assertTrue(scram.trusts(client.line().removeprefix("+ ")))
                        client.send("\r\n")
                        self.assertIn("CAPABILITY", client.reply("a")[1])
                        client.logout()
            self.logged(mechanism, "ok")

    def test_pop3(self):
        for mechanism in Scram.HASHES:
            for flag in "n", "y":
                with self.subTest(f"{mechanism} {flag}"):
                    client = self.pop3_client()
                    scram = Scram(mechanism, "alice", "wonder", flag)
                    client.send(f"AUTH {mechanism} {scram.first()}\r\n")
                    client.send(scram.final(client.reply("+ ").removeprefix("+ ")) + "\r\n")
                    self.assertTrue(scram.trusts(client.reply("+ ").removeprefix("+ ")))
                    client.command("")
                    client.quit()
            self.logged(mechanism, "ok")

    def test_wrong_password(self):
        client = self.imap_client()
        self.exchange(client, "SCRAM-SHA-256", Scram("SCRAM-SHA-256", "alice", "wrong"), True)
        line = client.line()
        if line.startswith("+"):
            client.send("\r\n")
            line = client.line()
        self.assertRegex(line, r"^a NO \[AUTHENTICATIONFAILED\]")
        client.login()
        client.logout()
        self.logged("SCRAM-SHA-256", "wrong_password")

    def test_cancelled_and_abandoned(self):
        """T4.13"""
        client = self.imap_client()
        client.send(f"a AUTHENTICATE SCRAM-SHA-1 {Scram('SCRAM-SHA-1', 'alice', 'x').first()}\r\n")
        client.expect(r"\+ ")
        client.send("*\r\n")
        client.reply("a", "BAD")
        client.login()
        client.logout()
        self.logged("SCRAM-SHA-1", "cancelled")
        for _ in range(20):
            client = self.imap_client()
            client.send("a AUTHENTICATE SCRAM-SHA-1 "
                        f"{Scram('SCRAM-SHA-1', 'alice', 'x').first()}\r\n")
            client.expect(r"\+ ")
            client.close()

    def test_python(self):
        """imaplib with the helper of the harness."""
        scram = Scram("SCRAM-SHA-256", "alice", "wonder")
        answers = iter((lambda _: scram.first(), scram.final,
                        lambda challenge: scram.trusts(challenge) and ""))
        with imaplib.IMAP4_SSL("localhost", self.proxy.port["imaps"],
                               ssl_context=self.tls) as client:
            client.authenticate("SCRAM-SHA-256", lambda challenge: base64.b64decode(
                next(answers)(base64.b64encode(challenge).decode())))
            self.assertEqual(client.select()[0], "OK")

    @unittest.skipIf("libscram" not in _PLUGINS or not shutil.which("mbsync"),
                     "no mbsync, or no SCRAM for Cyrus SASL")
    def test_mbsync(self):
        self.dovecot.deliver("alice", b"Subject: carried by SCRAM\r\n\r\nbody\r\n", "mbsync")
        mbsync(self, "SCRAM-SHA-1", "wonder")
        mail = [path.read_bytes() for path in (self.scratch.path / "mail").rglob("new/*")]
        self.assertTrue(any(b"carried by SCRAM" in message for message in mail), mail)

    def test_a_renamed_user_cannot_be_carried(self):
        postern = self.postern({
            "imaps": f"protocol IMAP4S\n{self.tls_settings()}{SETTINGS}strip_domain remote_login\n"
                     f"outgoing_server 127.0.0.1:{self.dovecot.imap}\n"})
        client = ImapClient(postern.port["imaps"], tls=self.tls)
        scram = Scram("SCRAM-SHA-256", "alice@example.org", "wonder")
        client.send(f"a AUTHENTICATE SCRAM-SHA-256 {scram.first()}\r\n")
        self.assertIn("[SERVERBUG]", client.reply("a", "NO")[1])
        client.login("alice@example.org", "wonder")
        client.logout()
        postern.wait_for_line("SCRAM-SHA-256 binds the user's name")


def mbsync(test, mechanism, secret):
    """Fetches alice's inbox into the test's folder."""
    folder = test.scratch.path / "mail"
    folder.mkdir()
    config = test.scratch.path / "mbsyncrc"
    config.write_text(f"""
IMAPAccount proxy
Host localhost
Port {test.proxy.port["imaps"]}
User alice
Pass {secret}
AuthMechs {mechanism}
SSLType IMAPS
CertificateFile {test.authority.cert}

IMAPStore far
Account proxy

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX

Channel all
Far :far:
Near :near:
Patterns INBOX
Create Near
SyncState *
""")
    run = subprocess.run(["mbsync", "-c", config, "-a"], capture_output=True, text=True, check=False)
    test.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
