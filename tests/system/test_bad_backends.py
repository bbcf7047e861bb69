"""Backends that are silent, slow, chatty, wrong or gone, before a session is
spliced: the client always gets an answer in its own protocol, and may go on.

The ids (T2.1 ...) are those of the project's list of threats.
"""

import threading
import unittest

from harness import (PATIENCE, ImapClient, Pop3Client, Scripted, SystemTest, greet_imap,
                     greet_pop3, read_imap_command, read_imap_login, read_pop3_login,
                     wait_until)

# Limits small enough for a test to reach them.
QUICK = "connect_timeout 3\nbackend_login_timeout 3\nauth_failure_delay 0\n"

UNAVAILABLE = r"NO \[UNAVAILABLE\]"
TEMPORARY = r"-ERR \[SYS/TEMP\]"
WELCOME = "OK"

MIB = 1 << 20


# IMAP backends.

def silent(talk):
    talk.closed()


def dripping(talk):
    talk.drip_slowly("* OK [CAPABILITY IMAP4rev1] slow\r\n")
    tag, _, _ = read_imap_login(talk)
    talk.drip_slowly(f"{tag} OK in\r\n")
    talk.closed()


def greeting(text):
    def script(talk):
        talk.send(text)
        talk.closed()
    return script


def closing_after(text):
    return lambda talk: talk.send(text)


def resetting(talk):
    talk.send("* OK hello\r\n")
    talk.reset()


def flooding(talk):
    talk.flood(32 * MIB)


def answering(answer, capability="IMAP4rev1 SASL-IR LITERAL+", stay=True):
    """Answers the login by this text; {tag} is the command's."""
    def script(talk):
        greet_imap(talk, capability)
        tag, _, _ = read_imap_login(talk)
        talk.send(answer.replace("{tag}", tag))
        if stay:
            talk.closed()
    return script


def chatting_forever(talk):
    greet_imap(talk)
    read_imap_login(talk)
    talk.flood(64 * MIB, b"* 1 FETCH (" + b"x" * 70 + b")\r\n")


def asking_for_more(talk):
    greet_imap(talk, "IMAP4rev1")
    talk.line()
    while True:
        talk.send("+ \r\n")
        talk.line()


def bare_continuations(talk):
    """Without the blank behind the plus, which the grammar wants."""
    greet_imap(talk, "IMAP4rev1")
    line = talk.line()
    tag = line.split(" ")[0]
    while line.endswith("}"):
        talk.send("+\r\n")
        talk.bytes(int(line[line.rindex("{") + 1:-1]))
        line = talk.line()
    talk.send(f"{tag} OK in\r\n")
    talk.closed()


def half_a_tag(talk):
    greet_imap(talk)
    read_imap_login(talk)
    talk.send("a O")


IMAP_CASES = {
    "T3.1 silent": (silent, UNAVAILABLE),
    "T3.2 one byte at a time": (dripping, WELCOME),
    "T3.3 BYE": (closing_after("* BYE go away\r\n"), UNAVAILABLE),
    "T3.4 HTTP": (greeting("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"), UNAVAILABLE),
    "T3.4 tagged greeting": (greeting("a OK hello\r\n"), UNAVAILABLE),
    "T3.5 endless line": (flooding, UNAVAILABLE),
    "T3.6 closes before the greeting": (closing_after(""), UNAVAILABLE),
    "T3.6 closes after the greeting": (closing_after("* OK hello\r\n"), UNAVAILABLE),
    "T3.6 resets after the greeting": (resetting, UNAVAILABLE),
    "T3.6 half an answer": (half_a_tag, UNAVAILABLE),
    "T3.7 wrong password": (answering("{tag} NO [AUTHENTICATIONFAILED] no such user\r\n"),
                            r"NO \[AUTHENTICATIONFAILED\] (?!.*no such user)"),
    "T3.7 no code": (answering("{tag} NO no such user\r\n"),
                     r"NO \[AUTHENTICATIONFAILED\] (?!.*no such user)"),
    "T3.7 limit": (answering("{tag} NO [LIMIT] too many sessions\r\n"),
                   r"NO \[LIMIT\] .*too many sessions"),
    "T3.7 in use": (answering("{tag} NO [INUSE] locked\r\n"), r"NO \[INUSE\] .*locked"),
    "T3.7 expired": (answering("{tag} NO [EXPIRED] change your password\r\n"),
                     r"NO \[EXPIRED\] .*change your password"),
    "T3.7 unavailable": (answering("{tag} NO [UNAVAILABLE] later\r\n"), UNAVAILABLE),
    "T3.7 long text with controls": (
        answering("{tag} NO [ALERT] \x1b[31m" + "x" * 7000 + "\r\n"),
        r"NO \[ALERT\] [^\x00-\x1f]{0,1100}$"),
    "T3.8 untagged capability": (
        answering("* CAPABILITY IMAP4rev1 IDLE STARTTLS LOGINDISABLED\r\n{tag} OK in\r\n"), WELCOME),
    "T3.8 bare continuations": (bare_continuations, WELCOME),
    "T3.8 no text": (answering("{tag} OK\r\n"), WELCOME),
    "T3.8 lower case": (answering("{tag} ok in\r\n"), WELCOME),
    "T3.10 wrong tag": (answering("zzz OK in\r\n"), UNAVAILABLE),
    "T3.11 referral": (answering("{tag} NO [REFERRAL imap://evil.example/] go there\r\n"),
                       r"NO (?!.*evil)"),
    "T3.12 asks for more": (asking_for_more, UNAVAILABLE),
    "T3.13 endless untagged lines": (chatting_forever, UNAVAILABLE),
    "T3.15 NUL in the greeting": (greeting("* OK a\0b\xff\r\n"), "(OK|NO)"),
    "T2.4 PREAUTH": (greeting("* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n"), UNAVAILABLE),
    "LOGINDISABLED": (greeting("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n"),
                      r"NO \[(UNAVAILABLE|SERVERBUG)\]"),
}


# POP3 backends.

def pop3_answering(answer):
    def script(talk):
        greet_pop3(talk)
        read_pop3_login(talk)
        talk.send(answer)
        talk.closed()
    return script


def pop3_refusing_the_user(answer):
    def script(talk):
        greet_pop3(talk)
        while not talk.line().startswith("USER"):
            talk.send("-ERR what?\r\n")
        talk.send(answer)
        talk.closed()
    return script


def pop3_half_an_answer(talk):
    greet_pop3(talk)
    read_pop3_login(talk)
    talk.send("+O")


def pop3_offering_xclient(talk):
    talk.send("+OK [XCLIENT] hello\r\n")
    read_pop3_login(talk)
    talk.send("+OK in\r\n")
    talk.closed()


def pop3_dripping(talk):
    talk.drip_slowly("+OK slow\r\n")
    read_pop3_login(talk)
    talk.drip_slowly("+OK in\r\n")
    talk.closed()


POP3_CASES = {
    "T3.1 silent": (silent, TEMPORARY),
    "T3.2 one byte at a time": (pop3_dripping, r"\+OK"),
    "T3.3 busy": (closing_after("-ERR busy\r\n"), TEMPORARY),
    "T3.4 HTTP": (greeting("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"), TEMPORARY),
    "T3.5 endless line": (flooding, TEMPORARY),
    "T3.6 closes before the greeting": (closing_after(""), TEMPORARY),
    "T3.6 closes after the greeting": (closing_after("+OK hello\r\n"), TEMPORARY),
    "T3.6 half an answer": (pop3_half_an_answer, TEMPORARY),
    "T3.7 wrong password": (pop3_answering("-ERR [AUTH] no such user\r\n"),
                            r"-ERR \[AUTH\] (?!.*no such user)"),
    "T3.7 no code": (pop3_answering("-ERR no such user\r\n"),
                     r"-ERR \[AUTH\] (?!.*no such user)"),
    "T3.7 in use": (pop3_answering("-ERR [IN-USE] locked\r\n"), r"-ERR \[IN-USE\] .*locked"),
    "T3.7 too soon": (pop3_answering("-ERR [LOGIN-DELAY] wait\r\n"), r"-ERR \[LOGIN-DELAY\] .*wait"),
    "T3.7 temporary": (pop3_answering("-ERR [SYS/TEMP] later\r\n"), TEMPORARY),
    "T3.7 refused at USER": (pop3_refusing_the_user("-ERR [AUTH] never heard of\r\n"),
                             r"-ERR \[AUTH\] (?!.*never heard)"),
    "T3.11 referral": (pop3_answering("-ERR [REFERRAL/user@evil.example] go\r\n"),
                       r"-ERR (?!.*evil)"),
    "T3.12 asks for more": (pop3_answering("+ \r\n"), TEMPORARY),
    "T3.15 NUL in the greeting": (greeting("+OK a\0b\xff\r\n"), r"(\+OK|-ERR)"),
    "T3.16 XCLIENT offered": (pop3_offering_xclient, r"\+OK"),
    "garbage for an answer": (pop3_answering("what?\r\n"), TEMPORARY),
}


# IMAP backends that must offer STARTTLS (tls_outgoing_force).

def tls_offered(answer):
    """Answers STARTTLS by this text; {tag} is the command's."""
    def script(talk):
        greet_imap(talk, "IMAP4rev1 STARTTLS")
        while True:
            tag, command, *_ = read_imap_command(talk)
            if command.upper() == "STARTTLS":
                talk.send(answer.replace("{tag}", tag))
            else:
                talk.send(f"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n")
    return script


def no_tls(talk):
    greet_imap(talk, "IMAP4rev1")
    while True:
        tag, command, *_ = read_imap_command(talk)
        talk.send("* CAPABILITY IMAP4rev1\r\n" if command.upper() == "CAPABILITY" else "")
        talk.send(f"{tag} {'OK' if command.upper() == 'CAPABILITY' else 'BAD'} done\r\n")


def chatting_before_tls(talk):
    talk.send("* 23 EXISTS\r\n* OK [CAPABILITY IMAP4rev1 STARTTLS] call 555\r\n* LIST () / evil\r\n")
    talk.closed()


STARTTLS_CASES = {
    "T2.1 answers more than STARTTLS": tls_offered(
        "{tag} OK begin\r\n* CAPABILITY IMAP4rev1\r\nL OK in\r\n"),
    "T2.3 not offered": no_tls,
    "T2.3 NO": tls_offered("{tag} NO\r\n"),
    "T2.3 BAD": tls_offered("{tag} BAD what?\r\n"),
    "T2.3 continuation": tls_offered("+ go\r\n"),
    "T2.3 garbage": tls_offered("begin!\r\n"),
    "T2.4 PREAUTH": greeting("* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n"),
    "T2.4 PREAUTH with STARTTLS": greeting("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n"),
    "T2.7 alert": greeting("* OK [ALERT] call 555\r\n"),
    "T2.8 untagged data": chatting_before_tls,
}


def stls_offered(answer):
    def script(talk):
        greet_pop3(talk)
        while True:
            command = talk.line()
            talk.send(answer if command.upper() == "STLS" else
                      "+OK\r\nSTLS\r\nUSER\r\n.\r\n" if command.upper() == "CAPA" else "-ERR\r\n")
    return script


STLS_CASES = {
    "T2.2 answers more than STLS": stls_offered("+OK\r\n+OK\r\nPLAIN\r\n.\r\n"),
    "T2.3 refused": stls_offered("-ERR\r\n"),
    "T2.3 garbage": stls_offered("begin!\r\n"),
}


class BadBackendsTest(SystemTest):
    """Every case is a user; a text map knows the backend that misbehaves."""

    FAMILIES = {
        "imap": ("IMAP4", "", IMAP_CASES),
        "pop3": ("POP3", "", POP3_CASES),
        "imaptls": ("IMAP4", "ssl_mode tls_outgoing_force\n", STARTTLS_CASES),
        "pop3tls": ("POP3", "ssl_mode tls_outgoing_force\n", STLS_CASES),
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.backends = {}
        services = {}
        for family, (protocol, mode, cases) in cls.FAMILIES.items():
            lines = []
            for number, (name, case) in enumerate(cases.items()):
                backend = Scripted(case[0] if isinstance(case, tuple) else case)
                cls.addClassCleanup(backend.stop)
                cls.backends[family, name] = f"user{number}", backend
                lines.append(f"user{number}: {backend.address}\n")
            users = cls.shared.file(f"{family}.map", "".join(lines))
            services[family] = f"protocol {protocol}\n{mode}map text {users}\n{QUICK}"
        cls.server = cls.shared_postern(services)

    def check(self, client, family, name, wanted):
        user, backend = self.backends[family, name]
        client.send(f"a LOGIN {user} secret\r\n" if family.startswith("imap") else
                    f"USER {user}\r\n")
        if family.startswith("pop3"):
            client.expect(r"\+OK")
            client.send("PASS secret\r\n")
            reply = client.line()
        else:
            reply = client.reply("a", "")[1].removeprefix("a ")
        self.assertRegex(reply, "^" + wanted)
        self.assertGreater(backend.conversations, 0)

    def test_imap_backends(self):
        for name, (_, wanted) in IMAP_CASES.items():
            with self.subTest(name):
                client = ImapClient(self.server.port["imap"])
                self.check(client, "imap", name, wanted)
                if wanted not in (WELCOME, "(OK|NO)"):
                    client.command("NOOP")
                    client.logout()

    def test_pop3_backends(self):
        for name, (_, wanted) in POP3_CASES.items():
            with self.subTest(name):
                client = Pop3Client(self.server.port["pop3"])
                self.check(client, "pop3", name, wanted)
                if wanted.startswith("-ERR"):
                    client.quit()

    def test_backends_that_should_offer_tls(self):
        for family, client_type, wanted in (("imaptls", ImapClient, UNAVAILABLE),
                                            ("pop3tls", Pop3Client, TEMPORARY)):
            for name in self.FAMILIES[family][2]:
                with self.subTest(f"{family} {name}"):
                    client = client_type(self.server.port[family])
                    self.check(client, family, name, wanted)
                    self.assertEqual(client.unread, b"")

    def test_same_verdict_in_one_session(self):
        """A client stays where it was, however often backends fail it."""
        client = ImapClient(self.server.port["imap"])
        self.check(client, "imap", "T3.3 BYE", UNAVAILABLE)
        self.check(client, "imap", "T3.7 limit", r"NO \[LIMIT\]")
        self.check(client, "imap", "T3.8 no text", WELCOME)


if __name__ == "__main__":
    unittest.main()
