"""Postern itself, as the tests run it: $POSTERN, or the one in build/."""

import os
import re
import signal
import subprocess

from .scratch import ROOT, free_port, wait_until
from .server import Server

BINARY = os.environ.get("POSTERN", str(ROOT / "build/postern"))


# Threads that can race; clients that do not hang up are not waited for.
_DEFAULTS = "threads 2\nclose_timeout 1\n"


def run_postern(*arguments, **options):
    """Runs it to its end: for --check and the like."""
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False, **options)


def _binds(settings):
    return re.search(r"(?m)^\s*bind_address\b", settings)


class Postern(Server):
    """`services` maps a name to its settings; each listens on port[name].

    Without bind_address of its own a service listens on 127.0.0.1.  Logs go to
    stderr, that is output(), unless `settings` (of the global file) say
    otherwise.
    """

    name = "postern"

    def __init__(self, folder, services, settings=""):
        super().__init__(folder)
        self.config = folder / "postern.conf"
        self.port = {service: free_port() for service in services}
        self._settings = settings
        self._services = dict(services)
        self.write()

    def write(self):
        """(Re)writes the configuration."""
        services = self.folder / "conf.d"
        services.mkdir(exist_ok=True)
        facility = "" if "log_facility" in self._settings else "log_facility +\n"
        self.config.write_text(f"{_DEFAULTS}{facility}{self._settings}\n")
        for name, text in self._services.items():
            bind = f"bind_address 127.0.0.1:{self.port[name]}\n"
            (services / f"{name}.conf").write_text(
                ("" if _binds(text) else bind) + text + "\n")

    def configure(self, service=None, text=""):
        """Changes one service's settings, or the global ones."""
        if service is None:
            self._settings = text
        else:
            self._services[service] = text
        self.write()

    def add_service(self, name, text):
        """Its port; served after a reload."""
        self.port[name] = free_port()
        self.configure(name, text)
        return self.port[name]

    def remove_service(self, name):
        del self._services[name]
        (self.folder / "conf.d" / f"{name}.conf").unlink()

    def start_serving(self, prefix=(), **options):
        """`prefix`: a command that becomes Postern in the end."""
        ports = [self.port[name] for name, text in self._services.items()
                 if not _binds(text)]
        return self.start([*prefix, BINARY, "-f", self.config], ports, **options)

    def reload(self):
        self.send_signal(signal.SIGHUP)

    def lines(self, text):
        """Lines of its log that hold `text`."""
        return [line for line in self.output().splitlines() if text in line]

    def wait_for_line(self, text, count=1):
        return wait_until(lambda: len(self.lines(text)) >= count and self.lines(text),
                          f"postern logs {text!r} ({count} times); it logged:\n{self.output()}")

    def end_cleanly(self):
        """Stops it; fails if it did not end well or a sanitizer complained."""
        status = self.stop()
        if status != 0 or self.complaints():
            raise AssertionError(f"postern ended with {status}:\n{self.output()}")
