"""Mail servers that share users, and notice when one is let into two of them."""

import contextlib
import select
import socket
import threading

from .backend_talk import (greet_imap, greet_pop3, read_imap_command, read_imap_login,
                           read_pop3_login)
from .scripted import Scripted


class Houses:
    """One per address, all with the same two ports.  `events` are (what, host, family, user) in
    their order, `what` being "in" or "out"; `trespasses` are users who came in somewhere while a
    connection of theirs was open somewhere else."""

    def __init__(self, hosts, imap, pop3):
        self.ports = {"imap": imap, "pop3": pop3}
        self.events = []
        self.trespasses = []
        self._lock = threading.Lock()
        self._inside = {}  # (host, user) by conversation
        self._servers = {}
        for host in hosts:
            self.build(host)

    def build(self, host):
        talks = {"imap": self._imap, "pop3": self._pop3}
        self._servers[host] = [
            Scripted(lambda talk, talks_it=talks[family]: self._visit(host, talk, talks_it),
                     host=host, port=port)
            for family, port in self.ports.items()]

    def burn_down(self, host):
        """It dies with everybody in it."""
        for server in self._servers.pop(host):
            server.stop()

    def stop(self):
        for host in list(self._servers):
            self.burn_down(host)

    def guests(self, host):
        with self._lock:
            return sorted(user for where, user in self._inside.values() if where == host)

    def home_of(self, user):
        """Where this user came in last."""
        with self._lock:
            return next((host for what, host, _, name in reversed(self.events)
                         if (what, name) == ("in", user)), None)

    def _visit(self, host, talk, talks_it):
        with contextlib.suppress(EOFError, OSError):
            talks_it(host, talk)
        with self._lock:
            if talk in self._inside:
                self._leave(talk)

    def _come_in(self, host, family, user, talk):
        with self._lock:
            for other, (where, name) in list(self._inside.items()):
                if name != user or where == host:
                    continue
                if self._hung_up(other):
                    self._leave(other)
                else:
                    self.trespasses.append((user, where, host))
            talk.family = family
            self._inside[talk] = host, user
            self.events.append(("in", host, family, user))

    def _leave(self, talk):
        host, user = self._inside.pop(talk)
        self.events.append(("out", host, talk.family, user))

    @staticmethod
    def _hung_up(talk):
        """Its end has arrived, whether or not its thread has had time to see it."""
        try:  # select() first: recv() of a socket with a timeout waits whatever its flags say
            readable = select.select([talk.socket], [], [], 0)[0]
            return bool(readable) and not talk.socket.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):  # it is closed
            return True

    def _imap(self, host, talk):
        greet_imap(talk)
        tag, user, _ = read_imap_login(talk)
        self._come_in(host, "imap", user, talk)
        talk.send(f"{tag} OK in {host}\r\n")
        while True:
            tag, *words = read_imap_command(talk)
            talk.send(f"{tag} OK {words[0]} done\r\n")
            if words[0] == "LOGOUT":
                return

    def _pop3(self, host, talk):
        greet_pop3(talk)
        user, _ = read_pop3_login(talk)
        self._come_in(host, "pop3", user, talk)
        talk.send(f"+OK in {host}\r\n")
        while line := talk.line():
            talk.send(f"+OK {line} done\r\n")
            if line == "QUIT":
                return
