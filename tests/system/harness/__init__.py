"""Servers, clients and certificates for the system tests.

Standard library only.  A test file says `from harness import *` names it needs.
"""

from .certificates import Authority, Certificate
from .clients import ImapClient, MailSocket, Pop3Client, trusting
from .dovecot import Dovecot, dovecot_missing
from .openssl_client import OpensslClient, openssl_command
from .perdition import Perdition, perdition_missing
from .postern import Postern, run_postern
from .sample import Sample
from .scratch import PATIENCE, ROOT, Scratch, free_port, listening, wait_until
from .scripted import Scripted, greet_imap, take_imap_login, take_pop3_login
from .server import Server
from .testcase import SANITIZED, SystemTest, plain_build_only

__all__ = [
    "Authority", "Certificate", "Dovecot", "ImapClient", "MailSocket", "OpensslClient",
    "PATIENCE", "Perdition", "Pop3Client", "Postern", "ROOT", "SANITIZED", "Sample", "Scratch",
    "Scripted", "Server", "SystemTest", "dovecot_missing", "free_port", "greet_imap", "listening",
    "openssl_command",
    "perdition_missing", "plain_build_only", "run_postern", "take_imap_login", "take_pop3_login",
    "trusting", "wait_until",
]
