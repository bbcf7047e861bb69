"""`openssl s_client`, the client everybody has, driven line by line."""

import contextlib
import queue
import re
import subprocess
import threading

from .scratch import PATIENCE


def openssl_command(port, authority_cert, starttls=None, host="127.0.0.1"):
    """`-quiet` also keeps lines that begin with Q or R from being commands."""
    return ["openssl", "s_client", "-connect", f"{host}:{port}", "-crlf", "-quiet",
            "-CAfile", str(authority_cert), "-verify_return_error",
            *(["-starttls", starttls] if starttls else [])]


class OpensslClient:
    """Says lines and reads answers; both go to `show` if given."""

    def __init__(self, command, show=None):
        self._show = show or (lambda line: None)
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._lines = queue.Queue()
        self._errors = []
        self._readers = [threading.Thread(target=target, daemon=True)
                         for target in (self._read_lines, self._read_errors)]
        for reader in self._readers:
            reader.start()

    def _read_lines(self):
        for line in self._process.stdout:
            self._lines.put(line.decode(errors="backslashreplace").rstrip("\r\n"))
        self._lines.put(None)

    def _read_errors(self):
        self._errors.extend(line.decode() for line in self._process.stderr)

    def say(self, line, wanted=None):
        self._show(f"C: {line}")
        with contextlib.suppress(BrokenPipeError):  # then hear() says why it ended
            self._process.stdin.write(line.encode() + b"\n")
        return self.hear(wanted) if wanted else None

    def hear(self, wanted):
        """All lines up to one that matches."""
        heard = []
        while not heard or not re.match(wanted, heard[-1]):
            line = self._lines.get(timeout=PATIENCE)
            if line is None:
                raise AssertionError(f"expected {wanted!r}, got {heard}; {self._complaint()}")
            self._show(f"S: {line}")
            heard.append(line)
        return heard

    def _complaint(self):
        """What openssl said when it ended."""
        status = self._process.wait(PATIENCE)
        for reader in self._readers:
            reader.join()
        return f"openssl ended with {status}: {''.join(self._errors)}"

    def finish(self):
        """Waits for the server to close; fails unless it did so cleanly."""
        complaint = self._complaint()
        if self._process.returncode != 0 or "unexpected eof" in complaint:
            raise AssertionError(complaint)

    def close(self):
        self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join()
        for pipe in self._process.stdin, self._process.stdout, self._process.stderr:
            pipe.close()
