#!/usr/bin/env python3
"""Every source file is as clang-format 14 leaves it (77: not installed)."""

import shutil
import subprocess
import sys

from tree import ROOT, finish, sources

WANTED = " version 14."


def formatter():
    for name in "clang-format-14", "clang-format":
        path = shutil.which(name)
        if path and WANTED in subprocess.run([path, "--version"], capture_output=True,
                                             text=True, check=True).stdout:
            return path
    print("no clang-format 14 here; other versions disagree with it")
    sys.exit(77)


done = subprocess.run([formatter(), "--dry-run", "--Werror", *sources()], cwd=ROOT,
                      capture_output=True, text=True, check=False)
finish([line for line in done.stderr.splitlines() if ": error: " in line])
