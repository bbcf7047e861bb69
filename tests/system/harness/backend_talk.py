"""The well-behaved parts of a scripted mail server: how it greets, takes a
login, and what a Witness remembers of a session."""

import base64
import re

from .scripted import Scripted

IMAP_CAPABILITY = "IMAP4rev1 SASL-IR LITERAL+ AUTH=PLAIN"

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_LITERAL = re.compile(r"(.*?)\{(\d+)(\+?)\}$", re.S)


def read_imap_command(conversation):
    """Words of one command; quoted strings and literals are words as well."""
    words = []
    while True:
        line = conversation.line()
        literal = _LITERAL.match(line)
        for quoted, atom in _WORD.findall(literal[1] if literal else line):
            words.append(atom or re.sub(r"\\(.)", r"\1", quoted))
        if not literal:
            return words
        if not literal[3]:
            conversation.send("+ go on\r\n")
        words.append(conversation.bytes(int(literal[2])).decode("utf-8", "surrogateescape"))


def _plain(response):
    _, user, password = base64.b64decode(response).decode("utf-8", "surrogateescape").split("\0")
    return user, password


def greet_imap(conversation, capability=IMAP_CAPABILITY):
    conversation.send(f"* OK [CAPABILITY {capability}] scripted ready\r\n")


def read_imap_login(conversation, capability=IMAP_CAPABILITY):
    """Answers what comes before it; (tag, user, password) of the login."""
    while True:
        tag, command, *words = read_imap_command(conversation)
        if command.upper() == "LOGIN":
            return tag, words[0], words[1]
        if command.upper() == "AUTHENTICATE":
            if len(words) < 2:
                conversation.send("+ \r\n")
                words.append(conversation.line())
            return tag, *_plain(words[1])
        if command.upper() == "CAPABILITY":
            conversation.send(f"* CAPABILITY {capability}\r\n{tag} OK done\r\n")
        else:
            conversation.send(f"{tag} BAD what?\r\n")


def greet_pop3(conversation):
    conversation.send("+OK scripted ready\r\n")


def read_pop3_login(conversation):
    """Answers what comes before it; (user, password) of the login."""
    user = None
    while True:
        command, _, argument = conversation.line().partition(" ")
        if command.upper() == "USER":
            user = argument
            conversation.send("+OK\r\n")
        elif command.upper() == "PASS":
            return user, argument
        elif command.upper() == "AUTH":
            _, _, response = argument.partition(" ")
            if not response:
                conversation.send("+ \r\n")
                response = conversation.line()
            return _plain(response)
        elif command.upper() == "CAPA":
            conversation.send("+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n")
        elif command.upper() == "XCLIENT":
            conversation.send("+OK updated\r\n")
        else:
            conversation.send("-ERR what?\r\n")


class Witness(Scripted):
    """Lets everybody in but "bad" passwords; remembers logins and commands."""

    def __init__(self, family):
        self.logins = []
        self.commands = []
        super().__init__(self._imap if family == "imap" else self._pop3)

    def _imap(self, conversation):
        greet_imap(conversation)
        while True:
            tag, user, password = read_imap_login(conversation)
            self.logins.append((user, password))
            if password != "bad":
                break
            conversation.send(f"{tag} NO [AUTHENTICATIONFAILED] wrong\r\n")
        conversation.send(f"{tag} OK logged in\r\n")
        while True:
            tag, *words = read_imap_command(conversation)
            self.commands.append(" ".join(words))
            if words[:1] == ["LOGOUT"]:
                conversation.send("* BYE goodbye\r\n")
            conversation.send(f"{tag} OK {words[0] if words else 'nothing'} done\r\n")
            if words[:1] == ["LOGOUT"]:
                return

    def _pop3(self, conversation):
        greet_pop3(conversation)
        while True:
            user, password = read_pop3_login(conversation)
            self.logins.append((user, password))
            if password != "bad":
                break
            conversation.send("-ERR [AUTH] wrong\r\n")
        conversation.send("+OK logged in\r\n")
        while True:
            line = conversation.line()
            self.commands.append(line)
            conversation.send(f"+OK {line} done\r\n")
            if line == "QUIT":
                return
