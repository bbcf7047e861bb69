#!/usr/bin/env python3
"""Who may include whom: the modules' arrows, and one home for each foreign header."""

import re

from tree import ROOT, finish, sources

BELOW_SESSION = ["proxy/base", "proxy/net", "proxy/tls", "proxy/protocol", "lookup", "backends"]

MAY_INCLUDE = {
    "proxy/base": [],
    "proxy/net": ["proxy/base"],
    "proxy/tls": ["proxy/base"],
    "proxy/protocol": ["proxy/base"],
    "lookup": ["proxy/base", "proxy/net", "proxy/tls"],
    "backends": ["proxy/base", "proxy/net", "proxy/tls"],
    "proxy/session": BELOW_SESSION,
    # ServerOptions are plain values, which is all that config may know above it.
    "proxy/config": BELOW_SESSION + ["proxy/session", "proxy/server/options.h"],
    "proxy/server": BELOW_SESSION + ["proxy/session", "proxy/config"],
    "proxy/admin": BELOW_SESSION + ["proxy/session", "proxy/config", "proxy/server"],
    # What both ends of the admin_socket must agree on; it includes base only.
    "proxy/ctl": ["proxy/base", "proxy/admin/control_wire.h", "proxy/admin/manual.h"],
    "proxy/ctl.cc": ["proxy/base", "proxy/ctl", "proxy/admin/control_wire.h", "proxy/admin/manual.h"],
    "proxy/main.cc": [""],  # everything
}

FOREIGN_HOMES = {
    r"uv\.h|uv/.*": "proxy/net/",
    r"openssl/.*": "proxy/tls/",
    # Somebody else's database, and our own (man/adr/0004): they share nothing.
    r"sqlite3\.h": ("lookup/maps/sqlite_map.cc", "backends/state_file.cc"),
    r"pcre2\.h": "lookup/maps/regex_map.cc",
}

INCLUDE = re.compile(r'^#include (["<])([^">]+)[">]', re.M)


def module(path):
    return max((name for name in MAY_INCLUDE if path == name or path.startswith(name + "/")),
               key=len, default=None)


def problem(path, bracket, header):
    """What is wrong with `path` including `header`, or ""."""
    if bracket == "<":
        homes = [home for pattern, home in FOREIGN_HOMES.items() if re.fullmatch(pattern, header)]
        if homes and not path.startswith(homes[0]):
            return f"{path}: <{header}> belongs to {homes[0]}"
        return ""
    mine = module(path)
    if mine is None:
        return f"{path}: belongs to no module"
    if header.startswith(mine + "/") or any(header.startswith(may) for may in MAY_INCLUDE[mine]):
        return ""
    return f"{path}: {mine} may not include {header}"


found = (problem(path, *include) for path in sources("proxy/", "lookup/", "backends/")
         for include in INCLUDE.findall((ROOT / path).read_text()))
finish([text for text in found if text])
