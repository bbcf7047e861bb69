"""Perdition 2.2, the proxy whose recipes must keep working."""

import os
import shutil

from .scratch import free_port
from .server import Server


def perdition_missing():
    return "" if _binary() else "perdition is not installed"


def _binary():
    return shutil.which("perdition", path=os.environ["PATH"] + ":/usr/sbin")


class Perdition(Server):
    """One service: settings as in a service file of Postern's conf.d."""

    def __init__(self, folder, name, settings):
        self.name = f"perdition.{name}"
        super().__init__(folder)
        self.port = free_port()
        config = folder / f"{self.name}.conf"
        config.write_text(f"bind_address 127.0.0.1:{self.port}\n{settings}\n")
        self.start([_binary(), "-f", config, "--no_daemon", "--no_lookup", "--log_facility", "-",
                    "--pid_file", "", *(["--username", "root", "--group", "root"]
                                        if os.getuid() == 0 else [])], [self.port])
