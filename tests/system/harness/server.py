"""A server run for a test, in a process group of its own."""

import ctypes
import os
import re
import resource
import signal
import subprocess

from .scratch import PATIENCE, listening, wait_until

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)

# What a sanitizer prints when it found something.
_COMPLAINT = re.compile(
    r"ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:|Assertion .* failed")


def _before_exec(limits):
    """In the child: die with the test; `limits` as for resource.setrlimit."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for limit, values in limits.items():
        resource.setrlimit(limit, values)


def whole_lines(path):
    """What is in the file, without a last line that is still being written."""
    text = path.read_text(errors="backslashreplace")
    return text[:text.rfind("\n") + 1]


class Server:
    """Starts with the first call of start(); its output is a file beside it."""

    name = "server"

    def __init__(self, folder):
        self.folder = folder
        self.process = None
        self.output_file = folder / f"{self.name}.out"

    def start(self, command, ports=(), limits=None, **options):
        with open(self.output_file, "ab") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, cwd=self.folder, start_new_session=True,
                preexec_fn=lambda: _before_exec(limits or {}), **options)
        wait_until(lambda: self._ended() or all(listening(port) for port in ports),
                   f"{self.name} listens on {list(ports)}")
        return self

    def _ended(self):
        if self.process.poll() is not None:
            raise AssertionError(
                f"{self.name} ended with {self.process.returncode}:\n{self.output()}")
        return False

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process is not None and self.process.poll() is None

    def output(self):
        """All it wrote to stdout and stderr."""
        return whole_lines(self.output_file)

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """Asks it to end, and returns its exit status."""
        if self.process is None:
            return 0
        if self.running():
            self.send_signal(number)
        try:
            return self.process.wait(PATIENCE)
        finally:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()

    def complaints(self):
        """What sanitizers and assertions said, if anything."""
        output = self.output()
        return output if _COMPLAINT.search(output) else ""

    # What the kernel knows about it.

    def status(self, field):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(line.split()[1] for line in file if line.startswith(field + ":"))

    def resident_kib(self):
        return int(self.status("VmRSS"))

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            user, system = file.read().rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))
