"""A mail server that does whatever the test says, however wrong."""

import socket
import threading
import time

from .clients import MailSocket
from .scratch import PATIENCE


class Conversation(MailSocket):
    """One accepted connection, on the server's side."""

    def __init__(self, accepted):
        self.socket = accepted
        self.socket.settimeout(PATIENCE)
        self.unread = b""

    def accept_tls(self, context):
        """Shakes hands as the server."""
        self.socket = context.wrap_socket(self.socket, server_side=True,
                                          suppress_ragged_eofs=False)

    def ending(self):
        """Reads to the end; how the other side left: "said goodbye" (a close_notify, or a FIN
        without TLS) or "vanished"."""
        try:
            self.rest()
            return "said goodbye"
        except OSError:
            return "vanished"

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

    def __init__(self, script, host="127.0.0.1", port=0):
        self._script = script
        self._listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128)
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
        except Exception as error:
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
            thread.join(PATIENCE)
        if self._errors:
            raise self._errors[0]
