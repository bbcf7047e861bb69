"""posternctl, the way scripts run it, and its language spoken by hand."""

import json
import os
import socket
import subprocess

from .postern import BINARY
from .scratch import PATIENCE

CTL = os.path.join(os.path.dirname(BINARY), "posternctl")


def run_posternctl(*arguments, **options):
    return subprocess.run([CTL, *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False, timeout=PATIENCE, **options)


class Control:
    """Of one Postern; `path` is its admin_socket."""

    def __init__(self, path):
        self.path = path

    def run(self, *arguments, status=0, **options):
        """Its output; `status` is the exit status that is expected."""
        done = run_posternctl("--socket", self.path, *arguments, **options)
        if done.returncode != status:
            raise AssertionError(f"posternctl {arguments} ended with {done.returncode}, not "
                                 f"{status}:\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def json(self, *arguments, status=0):
        return json.loads(self.run("--json", *arguments, status=status))

    def dial(self):
        """A connection to speak the language itself; it has been greeted."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(str(self.path))
        lines = connection.makefile("rb")
        greeting = lines.readline()
        if not greeting.startswith(b"postern-control 1 "):
            raise AssertionError(f"greeted with {greeting}")
        return connection, lines
