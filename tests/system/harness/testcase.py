"""What every system test stands on."""

import os
import unittest

from .certificates import Authority
from .clients import trusting
from .postern import Postern
from .sample import Sample
from .scratch import Scratch
from .scripted import Scripted

# Set by `run --sanitized`: figures of memory say nothing then.
SANITIZED = bool(os.environ.get("SANITIZED"))

plain_build_only = unittest.skipIf(SANITIZED, "measures memory, or is only about data")


class SystemTest(unittest.TestCase):
    """A folder, a certificate authority and a server certificate for a class;
    servers started by a test are stopped, and examined, at its end."""

    @classmethod
    def setUpClass(cls):
        cls.shared = Scratch()
        cls.addClassCleanup(cls.shared.remove)
        cls.authority = Authority(cls.shared.path)
        cls.certificate = cls.authority.issue("localhost")
        cls.tls = trusting(cls.authority.cert)

    def setUp(self):
        self.scratch = Scratch()
        self.addCleanup(self.scratch.remove)

    def tls_settings(self, mode="ssl_listen"):
        return (f"ssl_mode {mode}\nssl_cert_file {self.certificate.cert}\n"
                f"ssl_key_file {self.certificate.key}\n")

    def postern(self, services, settings="", **options):
        """A Postern that must end cleanly when the test is over."""
        folder = self.scratch.folder("postern")
        postern = Postern(folder, services, settings)
        self.addCleanup(self.check_end, postern)
        return postern.start_serving(**options)

    def check_end(self, postern):
        status = postern.stop()
        if postern.complaints() or status != 0:
            self.fail(f"postern ended with {status}:\n{postern.output()}")

    def sample(self, name="sample", **options):
        server = Sample(self.scratch.path, name, **options)
        self.addCleanup(server.stop)
        return server

    def scripted(self, script, **options):
        server = Scripted(script, **options)
        self.addCleanup(server.stop)
        return server
