"""Tests that need a network which they may spoil: of their own, with loopback alone."""

import fcntl
import functools
import os
import pathlib
import socket
import struct
import subprocess
import sys
import unittest

_INSIDE = "INSIDE_OWN_NETWORK"
_SYSTEM = pathlib.Path(__file__).resolve().parent.parent


def _switch_loopback_on():
    siocsifflags, iff_up = 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, siocsifflags, struct.pack("16sh22x", b"lo", iff_up))


@functools.cache
def _possible():
    return subprocess.run(["unshare", "-n", "true"], capture_output=True,
                          check=False).returncode == 0


def in_own_network(test):
    """Runs the test once more, in another process where the network is its own."""
    @functools.wraps(test)
    def wrapper(self):
        if os.environ.get(_INSIDE):
            _switch_loopback_on()
            return test(self)
        if not _possible():
            raise unittest.SkipTest("no network of its own can be made here")
        done = subprocess.run(
            ["unshare", "-n", sys.executable, "-W", "ignore::ResourceWarning", "-m", "unittest",
             self.id()],
            cwd=_SYSTEM, env={**os.environ, _INSIDE: "1"}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return None
    return wrapper


def few_local_ports(count):
    """So many for connections from one address to one place.  The range lies above those that
    tests listen on."""
    try:
        pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").write_text(
            f"50000 {50000 + count - 1}")
    except OSError as error:
        raise unittest.SkipTest(f"the range of local ports stays as it is: {error}") from error
