"""A private Dovecot 2.3 director: nothing but its ring, asked over its admin socket."""

import os
import socket

from .dovecot import accounts, binary
from .scratch import free_port, wait_until
from .server import Server

_CONFIG = """
protocols =
base_dir = {folder}/run
state_dir = {folder}/run
instance_name = director
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
log_path = {folder}/dovecot.log
director_servers = 127.0.0.1:{port}
director_mail_servers = {hosts}
director_username_hash = {user_hash}
service director {{
  chroot =
  inet_listener {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
service ipc {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class DovecotDirector(Server):
    """`hosts` are (address, vhost count, tag); "" is no tag."""

    name = "director"

    def __init__(self, folder, hosts, user_hash="%Lu"):
        folder = folder / "director"
        folder.mkdir()
        super().__init__(folder)
        config = folder / "dovecot.conf"
        config.write_text(_CONFIG.format(
            folder=folder, port=free_port(), user_hash=user_hash,
            hosts=" ".join(f"{host}@{tag}" if tag else host for host, _, tag in hosts),
            **accounts()))
        (folder / "run").mkdir()
        self.start([binary(), "-F", "-c", config])
        path = str(folder / "run" / "director-admin")
        wait_until(lambda: self._ended() or os.path.exists(path), "the director is up")
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(30)
        wait_until(lambda: self._socket.connect_ex(path) == 0, "the director answers")
        self._file = self._socket.makefile("rwb")
        self._say("VERSION\tdirector-doveadm\t1\t0")
        self._file.readline()
        for host, weight, _ in hosts:
            self._say(f"HOST-SET\t{host}\t{weight}")
            answer = self._file.readline()
            assert answer == b"OK\n", answer

    def _say(self, line):
        self._file.write(line.encode() + b"\n")
        self._file.flush()

    def hosts_of(self, users, tag=""):
        """Where its ring puts them, in their order; None for nowhere."""
        found = []
        for start in range(0, len(users), 200):  # without filling a socket's buffer
            some = users[start:start + 200]
            self._say("\n".join(f"USER-LOOKUP\t{user}\t{tag}" for user in some))
            for _ in some:
                hashed = self._file.readline().decode().rstrip("\n").split("\t")[2]
                found.append(hashed or None)
        return found

    def stop(self, *arguments):
        self._file.close()
        self._socket.close()
        return super().stop(*arguments)
