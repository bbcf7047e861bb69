"""Servers, clients and certificates for the system tests.

Standard library only.
"""

from .backend_talk import (Witness, greet_imap, greet_pop3, read_imap_command, read_imap_login,
                           read_pop3_login)
from .certificates import Authority, Certificate
from .clients import (ImapClient, MailSocket, Pop3Client, connected_from, presenting,
                      trusting)
from .control_case import ControlTest
from .dovecot import Dovecot, dovecot_missing, dovecot_with_masters
from .houses import Houses
from .openssl_client import OpensslClient, openssl_command
from .own_network import few_local_ports, in_own_network
from .perdition import Perdition, perdition_missing
from .postern import Postern, run_postern
from .postern_ctl import CTL, Control, run_posternctl
from .residue import memory_of, traces
from .sample import Sample
from .sasl import Scram, b64, oauthbearer, plain, xoauth2
from .scratch import HAS_IPV6, LOOPBACKS, PATIENCE, ROOT, Scratch, free_port, listening, wait_until
from .scripted import Scripted
from .server import Server
from .testcase import GENEROUS, SANITIZED, SystemTest, plain_build_only
from .token_server import TokenServer
from .witness_case import WitnessTest

__all__ = [
    "Authority", "CTL", "Certificate", "Control", "ControlTest", "Dovecot", "GENEROUS", "HAS_IPV6",
    "Houses", "ImapClient", "LOOPBACKS",
    "MailSocket", "OpensslClient", "PATIENCE", "Perdition", "Pop3Client", "Postern", "ROOT",
    "SANITIZED", "Sample", "Scram", "Scratch", "Scripted", "Server", "SystemTest", "TokenServer",
    "Witness", "WitnessTest",
    "b64", "connected_from", "dovecot_missing", "dovecot_with_masters", "few_local_ports",
    "free_port", "greet_imap", "greet_pop3", "in_own_network", "listening", "memory_of",
    "oauthbearer", "openssl_command", "perdition_missing", "plain", "plain_build_only", "presenting",
    "read_imap_command", "read_imap_login", "read_pop3_login", "run_postern", "run_posternctl",
    "traces", "trusting", "wait_until", "xoauth2",
]
