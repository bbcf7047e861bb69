"""Mail clients that say exactly what a test wants said."""

import re
import socket
import ssl
import struct

from .scratch import PATIENCE


def trusting(authority_cert):
    """A TLS client context that trusts this authority alone."""
    return ssl.create_default_context(cafile=str(authority_cert))


def presenting(certificate):
    """A TLS server context with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    return context


def connected_from(source, host, port):
    """Connects from that IPv4 address; the port stays free for connections to elsewhere."""
    ip_bind_address_no_port = 24
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.IPPROTO_IP, ip_bind_address_no_port, 1)
    made.bind((source, 0))
    made.connect((host, port))
    return made


class MailSocket:
    """A connection that sends bytes and reads lines.  `tls` is a context, `source` an address of
    ours to come from."""

    def __init__(self, port, host="127.0.0.1", tls=None, patience=PATIENCE, source=None):
        self.socket = (connected_from(source, host, port) if source else
                       socket.create_connection((host, port), timeout=patience))
        self.socket.settimeout(patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""
        if tls:
            self.start_tls(tls)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start_tls(self, context, name="localhost"):
        self.socket = context.wrap_socket(self.socket, server_hostname=name)

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def drip(self, data):
        """Every byte in a segment of its own."""
        for byte in data if isinstance(data, bytes) else data.encode():
            self.socket.sendall(bytes([byte]))

    def _fill(self):
        received = self.socket.recv(1 << 16)
        self.unread += received
        return bool(received)

    def line(self):
        """The next line without its CRLF; EOFError if the peer closes first."""
        while b"\n" not in self.unread:
            if not self._fill():
                raise EOFError(f"closed after {self.unread!r}")
        line, self.unread = self.unread.split(b"\n", 1)
        return line.removesuffix(b"\r").decode("utf-8", "surrogateescape")

    def bytes(self, size):
        pieces, missing = [self.unread[:size]], size - len(self.unread)
        self.unread = self.unread[size:]
        while missing > 0:
            piece = self.socket.recv(min(missing, 1 << 20))
            if not piece:
                raise EOFError(f"closed {missing} bytes early")
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def bytes_now(self):
        """What comes next, however much it is."""
        received, self.unread = self.unread, b""
        received = received or self.socket.recv(1 << 16)
        if not received:
            raise EOFError("closed")
        return received

    def expect(self, pattern):
        """Reads one line, which must match."""
        line = self.line()
        if not re.match(pattern, line):
            raise AssertionError(f"expected {pattern!r}, got {line!r}")
        return line

    def rest(self):
        """All up to the peer's close; with TLS, only a clean one counts."""
        while self._fill():
            pass
        rest, self.unread = self.unread, b""
        return rest

    def closed(self):
        """Reads to the end, which may also be a reset; what came before it."""
        try:
            return self.rest()
        except (ConnectionError, ssl.SSLError):
            return self.unread

    def half_close(self):
        """A FIN; with TLS, without a close_notify before it."""
        socket.socket.shutdown(self.socket, socket.SHUT_WR)  # SSLSocket's own forgets TLS

    def reset(self):
        """Vanishes with a RST instead of a FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.socket.close()


class ImapClient(MailSocket):
    """Reads the greeting; `starttls` is a context."""

    def __init__(self, port, starttls=None, **options):
        super().__init__(port, **options)
        self.greeting = self.line()
        self._tags = 0
        if starttls:
            self.command("STARTTLS", "OK")
            self.start_tls(starttls)

    def command(self, text, wanted="OK"):
        """Sends it with a fresh tag; (untagged lines, tagged line)."""
        self._tags += 1
        tag = f"t{self._tags}"
        self.send(f"{tag} {text}\r\n")
        return self.reply(tag, wanted)

    def reply(self, tag, wanted="OK"):
        untagged = []
        while True:
            line = self.line()
            if line.startswith(tag + " "):
                break
            untagged.append(line)
        if not line.startswith(f"{tag} {wanted}"):
            raise AssertionError(f"expected {tag} {wanted}, got {line!r} after {untagged}")
        return untagged, line

    def login(self, user="alice", password="wonder", wanted="OK"):
        return self.command(f'LOGIN "{user}" "{password}"', wanted)[1]

    def fetch(self, number=1):
        """The whole message, as bytes."""
        self._tags += 1
        self.send(f"t{self._tags} FETCH {number} BODY.PEEK[]\r\n")
        size = int(re.search(r"\{(\d+)\}$", self.expect(r"\* \d+ FETCH .*\{\d+\}$"))[1])
        message = self.bytes(size)
        self.reply(f"t{self._tags}")
        return message

    def append(self, message, mailbox="INBOX"):
        self._tags += 1
        self.send(f"t{self._tags} APPEND {mailbox} {{{len(message)}+}}\r\n".encode()
                  + message + b"\r\n")
        self.reply(f"t{self._tags}")

    def logout(self):
        """Also waits for the server's clean close."""
        self.command("LOGOUT")
        if self.rest():
            raise AssertionError("something came after LOGOUT")
        self.close()


class Pop3Client(MailSocket):
    """Reads the greeting; `starttls` is a context."""

    def __init__(self, port, starttls=None, **options):
        super().__init__(port, **options)
        self.greeting = self.line()
        if starttls:
            self.command("STLS")
            self.start_tls(starttls)

    def command(self, text, wanted="+OK"):
        self.send(f"{text}\r\n")
        return self.reply(wanted)

    def reply(self, wanted="+OK"):
        return self.expect(re.escape(wanted))

    def login(self, user="alice", password="wonder", wanted="+OK"):
        self.command(f"USER {user}")
        return self.command(f"PASS {password}", wanted)

    def listing(self):
        """Lines up to the dot, dots unstuffed."""
        lines = []
        while (line := self.line()) != ".":
            lines.append(line.removeprefix("."))
        return lines

    def retrieve(self, number=1):
        """The whole message, as bytes, dots unstuffed."""
        self.command(f"RETR {number}")
        while not self.unread.endswith(b"\r\n.\r\n") and self.unread != b".\r\n":
            pieces = [self.unread]
            while not b"".join(pieces[-2:]).endswith(b"\r\n.\r\n"):
                piece = self.socket.recv(1 << 20)
                if not piece:
                    raise EOFError("closed inside a message")
                pieces.append(piece)
            self.unread = b"".join(pieces)
        message, self.unread = self.unread.removesuffix(b".\r\n"), b""
        return (b"\r\n" + message).replace(b"\r\n..", b"\r\n.")[2:]

    def quit(self):
        """Also waits for the server's clean close."""
        self.command("QUIT")
        if self.rest():
            raise AssertionError("something came after QUIT")
        self.close()
