"""Where a test works: a folder of its own, free ports, and waiting for things."""

import os
import pathlib
import shutil
import socket
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]  # the checkout

# Far longer than anything takes: a test waits for a condition, never for time.
PATIENCE = 60


class Scratch:
    """A folder that servers under other users may enter, removed at the end."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="postern-test-"))
        self.path.chmod(0o755)

    def file(self, name, text="", mode=0o644):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    def folder(self, name):
        path = self.path / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


def wait_until(condition, what, limit=PATIENCE):
    """The first true value `condition()` gives; fails by naming `what`."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {limit} s in vain: {what}")
        time.sleep(0.02)


def _next_ports():
    """Below the range the kernel takes for outgoing connections; every test
    process of `run` begins at a place of its own (PORTS_FROM)."""
    first = int(os.environ.get("PORTS_FROM", 12000 + os.getpid() % 18 * 1000))
    while True:
        yield from range(first, first + 1000)


_ports = _next_ports()


def _can_bind(family, address, port):
    try:
        with socket.socket(family) as probe:
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            return True
    except OSError:
        return False


HAS_IPV6 = _can_bind(socket.AF_INET6, "::1", 0)  # many containers do not
LOOPBACKS = ["127.0.0.1", "::1"] if HAS_IPV6 else ["127.0.0.1"]


def _free(port):
    return (_can_bind(socket.AF_INET, "0.0.0.0", port)
            and (not HAS_IPV6 or _can_bind(socket.AF_INET6, "::", port)))


def free_port():
    """A port nobody listens on, given out once."""
    return next(port for port in _ports if _free(port))


def listening(port):
    """Whether somebody listens there, without connecting."""
    for table in "/proc/net/tcp", "/proc/net/tcp6":
        for line in pathlib.Path(table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if state == "0A" and int(local.rsplit(":", 1)[1], 16) == port:
                return True
    return False
