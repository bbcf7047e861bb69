#!/usr/bin/env python3
"""The demonstration behind tests/demo, which builds everything first.

Two mail servers, "east" on 127.0.0.2 and "west" on 127.0.0.3; a SQLite map that
knows where each of two users lives; Postern with the services of conf.d/, their
ports and paths changed; and one login through each door.
"""

import contextlib
import signal
import sqlite3
import sys

from harness import (ROOT, Authority, Dovecot, OpensslClient, Postern, Sample, Scratch,
                     dovecot_missing, free_port, openssl_command)

USERS = {"alice": "east", "bob": "west"}
PASSWORDS = {"alice": "wonder", "bob": "builder"}
HOSTS = {"east": "127.0.0.2", "west": "127.0.0.3"}

# Service, how openssl reaches it, who logs in.
DOORS = [
    ("imap4s", None, "alice"),
    ("imap4", "imap", "bob"),
    ("pop3s", None, "bob"),
    ("pop3", "pop3", "alice"),
]

# What to say and the last line of its answer.
IMAP_TALK = [
    ("a LOGIN {user} {password}", "a OK"),
    ("b SELECT INBOX", "b OK"),
    ("c FETCH 1 BODY.PEEK[]", "c OK"),
    ("d LOGOUT", "d OK"),
]
POP3_TALK = [
    ("USER {user}", r"\+OK"),
    ("PASS {password}", r"\+OK"),
    ("RETR 1", r"\.$"),
    ("QUIT", r"\+OK"),
]


def message(user):
    return (f"From: postmaster@example.com\r\nTo: {user}\r\nSubject: Hello\r\n\r\n"
            f"This mailbox lives on {USERS[user]}.\r\n").encode()


class Demonstration:
    """All servers; what it made is gone when `stack` unwinds."""

    def __init__(self, stack, real_dovecot):
        self.scratch = Scratch()
        stack.callback(self.scratch.remove)
        authority = Authority(self.scratch.path)
        self.trust = authority.cert
        self.certificate = authority.issue("localhost")
        self.imap, self.pop3 = free_port(), free_port()
        for name in HOSTS:
            server = (self.dovecot if real_dovecot else self.sample)(name)
            stack.callback(server.stop)
        self.postern = Postern(self.scratch.folder("postern"), self.services())
        stack.callback(self.postern.stop)
        self.postern.start_serving()

    def accounts(self, server):
        return [f"{user}:{PASSWORDS[user]}" for user in USERS if USERS[user] == server]

    def sample(self, name):
        return Sample(self.scratch.path, name, users=self.accounts(name), listen=HOSTS[name],
                      imap=self.imap, pop3=self.pop3)

    def dovecot(self, name):
        server = Dovecot(self.scratch.path, name, users=self.accounts(name), listen=HOSTS[name],
                         imap=self.imap, pop3=self.pop3)
        for user in USERS:
            if USERS[user] == name:
                server.deliver(user, message(user))
        return server

    def map(self):
        """Perdition's table: user, server and, optionally, a port."""
        path = self.scratch.path / "users.db"
        with sqlite3.connect(path) as database:
            database.execute(
                "CREATE TABLE tblPerdition (user TEXT PRIMARY KEY, servername TEXT, port TEXT)")
            database.executemany("INSERT INTO tblPerdition VALUES (?, ?, NULL)",
                                 [(user, HOSTS[server]) for user, server in USERS.items()])
        return path

    def services(self):
        """The files of conf.d/, with what a demonstration must change."""
        users = self.map()
        services = {}
        for name, _, _ in DOORS:
            changes = {
                "bind_address": None,  # the harness picks a port
                "ssl_cert_file": self.certificate.cert,
                "ssl_key_file": self.certificate.key,
                "map": f"sqlite {users}",
                "outgoing_server": None,
                "outgoing_port": self.imap if name.startswith("imap") else self.pop3,
            }
            kept = [line for line in (ROOT / f"conf.d/{name}.conf").read_text().splitlines()
                    if line.split("=")[0].split(maxsplit=1)[:1] not in [[key] for key in changes]]
            added = [f"{key} {value}" for key, value in changes.items() if value]
            services[name] = "\n".join(kept + added)
        return services

    def command(self, door):
        service, starttls, _ = door
        return openssl_command(self.postern.port[service], self.trust, starttls)

    def try_door(self, door):
        """Logs in, reads a message, logs out; True if all went well."""
        service, starttls, user = door
        print(f"\n--- {service}: {user}")
        client = OpensslClient(self.command(door), lambda line: print("   ", line, flush=True))
        try:
            imap = service.startswith("imap")
            if not starttls:
                client.hear(r"\* OK" if imap else r"\+OK")
            for line, answer in IMAP_TALK if imap else POP3_TALK:
                client.say(line.format(user=user, password=PASSWORDS[user]), answer)
            client.finish()
            return True
        except AssertionError as error:
            print(f"    FAILED: {error}")
            return False
        finally:
            client.close()

    def print_commands(self):
        print("\nTry it yourself (alice's password is wonder, bob's is builder):")
        for door in DOORS:
            print("   ", " ".join(self.command(door)))


def wait_for_interrupt():
    print("Everything stays up until Ctrl-C.", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            signal.pause()


def main(options):
    if "--dovecot" in options and dovecot_missing():
        return dovecot_missing()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.ExitStack() as stack:
        demonstration = Demonstration(stack, "--dovecot" in options)
        demonstration.print_commands()
        good = [demonstration.try_door(door) for door in DOORS]
        print(f"\n{sum(good)} of {len(DOORS)} doors opened.", flush=True)
        if "--once" not in options:
            wait_for_interrupt()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
