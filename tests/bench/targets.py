"""The programs that are compared, each started alone with as little logging as it knows.

What a target costs is read from a control group of its own where one can be made,
so that children that came and went are counted, else from /proc.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

_SBIN = os.environ["PATH"] + ":/usr/sbin:/sbin"
_GROUPS = [pathlib.Path("/sys/fs/cgroup/cpuacct"), pathlib.Path("/sys/fs/cgroup")]


def find_program(name):
    return shutil.which(name, path=_SBIN)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _root_group():
    for folder in _GROUPS:
        version_one = (folder / "cpuacct.usage").exists()
        if not version_one and not (folder / "cgroup.controllers").exists():
            continue
        try:
            made = folder / f"postern-bench-{os.getpid()}"
            made.mkdir(exist_ok=True)
            return made
        except OSError:
            continue
    return None


class Account:
    """The processes of one target: their CPU time and memory."""

    root = _root_group()

    def __init__(self, name, main):
        self._main = main
        self._group = None
        if self.root:
            self._group = self.root / name
            self._group.mkdir(exist_ok=True)

    def enter(self):
        """In the child, before it becomes the target."""
        if self._group:
            (self._group / "cgroup.procs").write_text(str(os.getpid()))

    def pids(self):
        if self._group:
            return [int(pid) for pid in (self._group / "cgroup.procs").read_text().split()]
        found, todo = [], [self._main()]
        while todo:
            pid = todo.pop()
            found.append(pid)
            for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                todo += map(int, children.read_text().split())
        return found

    def cpu(self):
        """Seconds used so far."""
        if self._group and (self._group / "cpuacct.usage").exists():
            return int((self._group / "cpuacct.usage").read_text()) / 1e9
        if self._group:
            stat = dict(line.split() for line in
                        (self._group / "cpu.stat").read_text().splitlines())
            return int(stat["usage_usec"]) / 1e6
        return sum(self._ticks(pid) for pid in self.pids()) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def _ticks(pid):
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
        except OSError:
            return 0
        return sum(map(int, fields[11:15]))

    def pss(self):
        """KiB in memory, shared pages divided by their users."""
        total = 0
        for pid in self.pids():
            try:
                lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            except OSError:
                continue
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total

    def close(self):
        for _ in range(50):
            try:
                if self._group:
                    self._group.rmdir()
                return
            except OSError:
                time.sleep(0.1)


class Target:
    """One program: `ports` maps plain, implicit and starttls to what it listens on."""

    name = ""
    program = ""
    modes = ("plain", "implicit", "starttls")

    def __init__(self, scene):
        self.scene = scene
        self.folder = scene.folder / self.name
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o755)
        self.ports = {mode: free_port() for mode in self.modes}
        if "plain" in self.modes and "starttls" in self.modes:
            self.ports["plain"] = self.ports["starttls"]
        self.process = None
        self.account = None

    @classmethod
    def missing(cls):
        return not find_program(cls.program)

    def start(self):
        self.scene.started.add(self)
        command = [str(word) for word in self.command()]
        self.account = Account(self.name, lambda: self.process.pid)
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(
                self.scene.pinned(self.scene.target_cpu, command), cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                preexec_fn=self.account.enter, start_new_session=True)
        for port in self.ports.values():
            self._wait_for(port)

    def _wait_for(self, port):
        for _ in range(200):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        output = (self.folder / "output").read_text(errors="replace")
        raise RuntimeError(f"{self.name} does not listen on {port}:\n{output}")

    def settle(self):
        """Waits until it has cleaned up after its last client."""
        before = self.account.cpu()
        for _ in range(50):
            time.sleep(0.2)
            now = self.account.cpu()
            if now - before < 0.004:
                return
            before = now

    def stop(self):
        if self.process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(10)
                break
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        self.account.close()
        self.process = None

    def command(self):
        raise NotImplementedError


class Postern(Target):
    name = "postern"
    threads = 1
    service = ""  # how every service finds its backend, if not by outgoing_server

    @classmethod
    def missing(cls):
        return False

    def command(self):
        services = self.folder / "conf.d"
        services.mkdir(exist_ok=True)
        facility = self.folder / "log"
        facility.write_text("")
        facility.chmod(0o666)
        conf = self.folder / "postern.conf"
        user = "username nobody\ngroup nogroup\n" if os.getuid() == 0 else ""
        conf.write_text(f"threads {self.threads}\nquiet\n{user}log_facility {facility}\n")
        self._service("imaps", "IMAP4S", self.ports["implicit"], "ssl_listen")
        self._service("imap", "IMAP4", self.ports["starttls"], "tls_listen")
        return [self.scene.build / "postern", "-f", conf]

    def _service(self, name, protocol, port, mode):
        backend = self.service or f"outgoing_server 127.0.0.1:{self.scene.sink_port}"
        (self.folder / "conf.d" / f"{name}.conf").write_text(
            f"protocol {protocol}\nbind_address 127.0.0.1:{port}\nssl_mode {mode}\n"
            f"ssl_cert_file {self.scene.cert}\nssl_key_file {self.scene.key}\n{backend}\n")


class Haproxy(Target):
    """Knows nothing of mail: TLS off, bytes on.  The reference."""

    name = program = "haproxy"
    modes = ("plain", "implicit")

    def command(self):
        conf = self.folder / "haproxy.cfg"
        conf.write_text(f"""
global
    nbthread 1
    maxconn {self.scene.descriptors // 2 - 100}
    ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
    mode tcp
    timeout connect 10s
    timeout client 40m
    timeout server 40m
    backlog 4096
frontend plain
    bind 127.0.0.1:{self.ports["plain"]}
    default_backend sink
frontend tls
    bind 127.0.0.1:{self.ports["implicit"]} ssl crt {self.scene.pem}
    default_backend sink
backend sink
    server sink 127.0.0.1:{self.scene.sink_port}
""")
        return [find_program("haproxy"), "-db", "-f", conf]


class Nginx(Target):
    """Its mail module; the route comes from a constant location of the same nginx."""

    name = program = "nginx"
    _MODULE = "/usr/lib/nginx/modules/ngx_mail_module.so"

    @classmethod
    def missing(cls):
        return super().missing() or not os.path.exists(cls._MODULE)

    def command(self):
        auth = free_port()
        user = "user nobody nogroup;" if os.getuid() == 0 else ""
        paths = "\n".join(f"{kind}_temp_path {self.folder}/temp;"
                          for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(f"""
load_module {self._MODULE};
daemon off;
{user}
worker_processes 1;
pid {self.folder}/pid;
error_log {self.folder}/error.log error;
events {{ worker_connections 20000; }}
http {{
  access_log off;
  {paths}
  server {{
    listen 127.0.0.1:{auth};
    location / {{
      add_header Auth-Status OK;
      add_header Auth-Server 127.0.0.1;
      add_header Auth-Port {self.scene.sink_port};
      return 200;
    }}
  }}
}}
mail {{
  auth_http 127.0.0.1:{auth}/;
  server_name bench;
  proxy_pass_error_message on;
  proxy_timeout 40m;
  protocol imap;
  imap_auth plain login;
  ssl_certificate {self.scene.cert};
  ssl_certificate_key {self.scene.key};
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache shared:bench:10m;
  server {{ listen 127.0.0.1:{self.ports["implicit"]} ssl backlog=4096; }}
  server {{ listen 127.0.0.1:{self.ports["starttls"]} backlog=4096; starttls on; }}
}}
""")
        return [find_program("nginx"), "-c", self.folder / "nginx.conf"]


class Dovecot(Target):
    """As a proxy, its login processes in high-performance mode."""

    name = program = "dovecot"

    @classmethod
    def missing(cls):
        # Its auth and login processes need accounts of their own.
        return super().missing() or os.getuid() != 0

    def command(self):
        (self.folder / "dovecot.conf").write_text(f"""
protocols = imap
listen = 127.0.0.1
base_dir = {self.folder}/run
state_dir = {self.folder}/run
instance_name = postern-bench
log_path = {self.folder}/log
info_log_path = /dev/null
ssl = yes
ssl_cert = <{self.scene.cert}
ssl_key = <{self.scene.key}
ssl_dh =
disable_plaintext_auth = no
auth_mechanisms = plain login
default_client_limit = 20000
passdb {{
  driver = static
  args = nopassword=y proxy=y host=127.0.0.1 port={self.scene.sink_port}
}}
service imap-login {{
  service_count = 0
  process_min_avail = 2
  client_limit = 9000
  inet_listener imap {{
    port = {self.ports["starttls"]}
  }}
  inet_listener imaps {{
    port = {self.ports["implicit"]}
    ssl = yes
  }}
}}
""")
        return [find_program("dovecot"), "-F", "-c", self.folder / "dovecot.conf"]


class Perdition(Target):
    """One process a connection; one listening process a port."""

    name = program = "perdition"

    def command(self):
        log = self.folder / "log"
        log.write_text("")
        log.chmod(0o666)
        words = []
        for mode, protocol, ssl in (("implicit", "IMAP4S", "ssl_listen"),
                                    ("starttls", "IMAP4", "tls_listen")):
            words.append(" ".join(map(str, (
                find_program("perdition"), "--no_daemon -f /dev/null --protocol", protocol,
                "--bind_address 127.0.0.1 --listen_port", self.ports[mode], "--ssl_mode", ssl,
                "--ssl_cert_file", self.scene.cert, "--ssl_key_file", self.scene.key,
                "--ssl_no_client_cert_verify --ssl_listen_min_proto_version tlsv1.2",
                "--map_library \"\" --outgoing_server 127.0.0.1 --outgoing_port",
                self.scene.sink_port, "--no_lookup --server_resp_line --quiet --pid_file \"\"",
                "--log_facility", log, *(["--username nobody --group nogroup"]
                                         if os.getuid() == 0 else [])))))
        return ["sh", "-c", f"{words[0]} & {words[1]} & wait"]


ALL = {each.name: each for each in (Postern, Haproxy, Nginx, Dovecot, Perdition)}
