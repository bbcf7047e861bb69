"""A private Dovecot 2.3: own folders, own ports, own users; root or not."""

import getpass
import grp
import os
import pwd
import shutil
import subprocess
import unittest

from .scratch import LOOPBACKS, free_port, wait_until
from .server import Server, whole_lines

_CONFIG = """
protocols = imap pop3
listen = {listen}
base_dir = {folder}/run
state_dir = {folder}/run
instance_name = {name}
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
log_path = {folder}/dovecot.log
auth_verbose = yes
login_greeting = {greeting}
ssl = {ssl}
ssl_cert = <{cert}
ssl_key = <{key}
ssl_dh =
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_chars =
auth_username_format = %u
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_max_userip_connections = 0
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
{more}
"""


def dovecot_missing():
    """Why no Dovecot can be run here, or ""."""
    if not shutil.which("dovecot", path=os.environ["PATH"] + ":/usr/sbin"):
        return "dovecot is not installed"
    version = subprocess.run([binary(), "--version"], capture_output=True, text=True).stdout
    return "" if version.startswith("2.3.") else f"dovecot {version.split()[0]} is not 2.3"


def binary():
    return shutil.which("dovecot", path=os.environ["PATH"] + ":/usr/sbin")


def accounts():
    """Users for its processes: its own for root, else our own for all."""
    if os.getuid() == 0:
        return {"internal": "dovecot", "internal_group": "dovecot", "login": "dovenull",
                "mail_user": "nobody", "mail_group": grp.getgrgid(
                    pwd.getpwnam("nobody").pw_gid).gr_name}
    me = getpass.getuser()
    group = grp.getgrgid(os.getgid()).gr_name
    return {"internal": me, "internal_group": group, "login": me,
            "mail_user": me, "mail_group": group}


class Dovecot(Server):
    """Users "name:password" in clear; mail in folder/mail/NAME/Maildir.

    `certificate` switches TLS on (STARTTLS, and the ports imaps and pop3s);
    `more` is appended to the configuration.
    """

    def __init__(self, folder, name="dovecot", users=("alice:wonder",), listen=", ".join(LOOPBACKS),
                 certificate=None, imap=0, pop3=0, more=""):
        self.name = name
        folder = folder / name
        folder.mkdir()
        super().__init__(folder)
        self.host = listen.split(",")[0]
        self.imap, self.pop3 = imap or free_port(), pop3 or free_port()
        self.imaps, self.pop3s = (free_port(), free_port()) if certificate else (0, 0)
        self._make_users(users)
        config = folder / "dovecot.conf"
        config.write_text(_CONFIG.format(
            folder=folder, name=name, listen=listen, greeting=f"{name} ready.",
            ssl="yes" if certificate else "no", more=more,
            cert=certificate.cert if certificate else "/dev/null",
            key=certificate.key if certificate else "/dev/null",
            imap=self.imap, pop3=self.pop3, imaps=self.imaps, pop3s=self.pop3s, **accounts()))
        # Closing one's stdin from outside: -F stays in the foreground.
        self.start([binary(), "-F", "-c", config],
                   [port for port in (self.imap, self.pop3, self.imaps, self.pop3s) if port])

    def _make_users(self, users):
        mail = self.folder / "mail"
        mail.mkdir()
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(mail, nobody.pw_uid, nobody.pw_gid)
        self.set_users(users)

    def set_users(self, users):
        lines = (f"{name}:{{PLAIN}}{password}::::::\n"
                 for name, password in (user.split(":", 1) for user in users))
        (self.folder / "users").write_text("".join(lines))
        (self.folder / "users").chmod(0o644)

    def deliver(self, user, message, name="1"):
        """Puts a message (bytes) into the user's inbox."""
        inbox = self.folder / "mail" / user / "Maildir"
        for part in "tmp", "new", "cur":
            (inbox / part).mkdir(parents=True, exist_ok=True)
        (inbox / "new" / name).write_bytes(message)
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for path in inbox.parent, inbox, *inbox.rglob("*"):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def log(self):
        path = self.folder / "dovecot.log"
        return whole_lines(path) if path.exists() else ""

    def wait_for_log(self, text):
        wait_until(lambda: text in self.log(), f"{self.name} logs {text!r}")


_MASTERS = """
auth_mechanisms = plain login scram-sha-1
auth_master_user_separator = *
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {masters}
  master = yes
}}
"""


def dovecot_with_masters(case, name="dovecot", masters=("root:toor",), more="", **options):
    """For all tests of the class `case`; its users are alice and bob."""
    if dovecot_missing():
        raise unittest.SkipTest(dovecot_missing())
    path = case.shared.path / f"{name}-masters"
    path.write_text("".join("{}:{{PLAIN}}{}::::::\n".format(*master.split(":"))
                            for master in masters))
    path.chmod(0o644)
    server = Dovecot(case.shared.path, name, users=("alice:wonder", "bob:builder"),
                     more=_MASTERS.format(masters=path) + more, **options)
    case.addClassCleanup(server.stop)
    return server
