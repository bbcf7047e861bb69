"""A mail server that does whatever the test says, however wrong."""

import socket
import struct
import threading
import time

from .clients import MailSocket


class Conversation(MailSocket):
    """One accepted connection, on the server's side."""

    def __init__(self, accepted):
        self.socket = accepted
        self.socket.settimeout(30)
        self.unread = b""

    def wait_for_close(self):
        """Until the other side has gone; all it still said."""
        return self.closed()

    def flood(self, size, chunk=b"x" * 65536):
        """Sends `size` bytes, or until the other side has had enough."""
        sent = 0
        try:
            while sent < size:
                self.socket.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass
        return sent

    def drip_slowly(self, data, pause=0.002):
        for byte in data.encode():
            self.socket.sendall(bytes([byte]))
            time.sleep(pause)


class Scripted:
    """Runs `script(conversation)` in a thread for every connection.

    `conversations` counts them; what a script raised fails the test in stop(),
    unless the other side closed on it, which is its right.
    """

    def __init__(self, script, host="127.0.0.1"):
        self._script = script
        self._listener = socket.create_server(
            (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128)
        self.host, self.port = host, self._listener.getsockname()[1]
        self.conversations = 0
        self._errors = []
        self._open = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def address(self):
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def _accept(self):
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            self.conversations += 1
            conversation = Conversation(accepted)
            self._open.append(conversation)
            thread = threading.Thread(target=self._run, args=(conversation,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, conversation):
        try:
            self._script(conversation)
        except (EOFError, OSError):
            pass
        except Exception as error:  # noqa: BLE001 (told in stop())
            self._errors.append(error)
        finally:
            conversation.close()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for conversation in self._open:
            try:
                conversation.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(60)
        if self._errors:
            raise self._errors[0]


# Scripts of well-behaved backends, for tests that need one to go wrong later.


def greet_imap(conversation, capability="IMAP4rev1 SASL-IR LITERAL+"):
    conversation.send(f"* OK [CAPABILITY {capability}] scripted ready\r\n")


def take_imap_login(conversation, answer="OK logged in"):
    """Reads commands until the login, in whichever form, and answers it."""
    while True:
        line = conversation.line()
        tag, command, *rest = line.split(" ")
        while line.endswith("+}") or line.endswith("}"):
            if not line.endswith("+}"):
                conversation.send("+ go on\r\n")
            conversation.bytes(int(line[line.rindex("{") + 1:].rstrip("+}")))
            line = conversation.line()
        if command.upper() == "CAPABILITY":
            conversation.send(f"* CAPABILITY IMAP4rev1 SASL-IR LITERAL+\r\n{tag} OK done\r\n")
        elif command.upper() == "AUTHENTICATE" and len(rest) < 2:
            conversation.send("+ \r\n")
            conversation.line()
        if command.upper() in ("LOGIN", "AUTHENTICATE"):
            conversation.send(f"{tag} {answer}\r\n")
            return tag


def take_pop3_login(conversation, answer="+OK logged in"):
    conversation.send("+OK scripted ready\r\n")
    while True:
        line = conversation.line()
        command = line.split(" ")[0].upper()
        if command == "CAPA":
            conversation.send("+OK\r\nUSER\r\nUIDL\r\n.\r\n")
        elif command == "USER":
            conversation.send("+OK\r\n")
        elif command == "PASS":
            conversation.send(f"{answer}\r\n")
            return
        else:
            conversation.send("-ERR what?\r\n")


def reset(conversation):
    conversation.socket.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
