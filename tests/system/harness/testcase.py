"""What every system test stands on."""

import os
import unittest

from .backend_talk import Witness
from .certificates import Authority
from .clients import trusting
from .postern import Postern
from .sample import Sample
from .scratch import Scratch
from .scripted import Scripted

# Set by `run --sanitized`: figures of memory say nothing then.
SANITIZED = bool(os.environ.get("SANITIZED"))

plain_build_only = unittest.skipIf(SANITIZED, "measures memory")


# For services that many clients of one address try to enter, in vain too.
GENEROUS = "auth_failure_delay 0\nmax_logging_in_per_ip 0\n"


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
        self.posterns = 0
        self.scratch = Scratch()
        self.addCleanup(self.scratch.remove)

    @classmethod
    def tls_settings(cls, mode="ssl_listen"):
        return (f"ssl_mode {mode}\nssl_cert_file {cls.certificate.cert}\n"
                f"ssl_key_file {cls.certificate.key}\n")

    def postern(self, services, settings="", **options):
        """A Postern that must end cleanly when the test is over."""
        self.posterns += 1
        folder = self.scratch.folder(f"postern{self.posterns}")
        postern = Postern(folder, services, settings)
        self.addCleanup(postern.end_cleanly)
        return postern.start_serving(**options)

    @classmethod
    def shared_postern(cls, services, settings=""):
        """One for all tests of the class, to be called by its setUpClass."""
        postern = Postern(cls.shared.folder("postern"), services, settings)
        cls.addClassCleanup(postern.end_cleanly)
        return postern.start_serving()

    def sample(self, name="sample", **options):
        server = Sample(self.scratch.path, name, **options)
        self.addCleanup(server.stop)
        return server

    def witness(self, family):
        server = Witness(family)
        self.addCleanup(server.stop)
        return server

    def scripted(self, script, **options):
        server = Scripted(script, **options)
        self.addCleanup(server.stop)
        return server
