"""The small mail server that is built with the project."""

import os
import re

from .scratch import ROOT, wait_until
from .server import Server

# The sample server is never the one under test: a sanitized run may name the
# plain one.
BINARY = os.environ.get("SAMPLE", str(ROOT / "build/tests/sample/postern-sample-server"))


class Sample(Server):
    def __init__(self, folder, name="sample", users=("alice:wonder",), listen="127.0.0.1",
                 imap=0, pop3=0, message_size=0):
        self.name = name
        super().__init__(folder)
        self.host = listen
        self.start([BINARY, "--name", name, "--listen", listen, "--imap", imap, "--pop3", pop3,
                    "--message-size", message_size, *users])
        ready = wait_until(
            lambda: self._ended() or re.search(r": imap (\d+) pop3 (\d+)", self.output()),
            f"{name} is ready")
        self.imap, self.pop3 = int(ready[1]), int(ready[2])
