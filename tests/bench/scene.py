"""Where a comparison takes place: folder, certificate, fake backend, load."""

import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import time

import targets

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Scene:
    """Everything stops and disappears when it is left."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-bench-"))
        self.folder.chmod(0o755)
        cores = sorted(os.sched_getaffinity(0))
        # The target has a core to itself where there are two.
        self.target_cpu, self.load_cpu = cores[-1], cores[0]
        self.cert = self.folder / "cert.pem"
        self.key = self.folder / "key.pem"
        self.pem = self.folder / "both.pem"
        self.sink_port = targets.free_port()
        self.started = set()  # targets
        self._sink = None
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.descriptors = min(hard, 40000)

    def __enter__(self):
        self._make_certificate()
        self._sink = subprocess.Popen(self.pinned(self.load_cpu, [
            self.build / "tests/bench/bench-sink", self.sink_port]))
        return self

    def __exit__(self, *_):
        for target in self.started:
            target.stop()
        self._sink.kill()
        self._sink.wait()
        if targets.Account.root:
            targets.Account.root.rmdir()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "30", "-subj", "/CN=localhost", "-keyout", self.key,
             "-out", self.cert], check=True, capture_output=True)
        self.pem.write_text(self.cert.read_text() + self.key.read_text())
        for path in self.key, self.pem:
            path.chmod(0o640 if os.getuid() == 0 else 0o600)

    @staticmethod
    def pinned(cpu, command):
        return ["taskset", "-c", str(cpu), *map(str, command)]

    def begin_load(self, port, arguments):
        return subprocess.Popen(self.pinned(self.load_cpu, [
            self.build / "tests/bench/bench-load", arguments[0], "--port", port, *arguments[1:]]),
            stdout=subprocess.PIPE, text=True)

    def load(self, port, arguments, on_hold=None):
        """The load's own account of how it went; `on_hold` is called while idle clients are held."""
        process = self.begin_load(port, arguments)
        last = ""
        for line in process.stdout:
            if line.startswith("HOLDING") and on_hold:
                time.sleep(0.5)
                on_hold()
            last = line
        if process.wait() != 0:
            raise RuntimeError(f"bench-load {' '.join(map(str, arguments))} failed")
        return json.loads(last)
