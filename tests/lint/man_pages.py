#!/usr/bin/env python3
"""mandoc has nothing to say about the man pages (77: not installed)."""

import shutil
import subprocess
import sys

from tree import ROOT, finish

if not shutil.which("mandoc"):
    print("mandoc is not installed")
    sys.exit(77)
pages = sorted(ROOT.glob("man/*.[0-9]"))
if not pages:
    finish(["man/: no pages"])
done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages], capture_output=True,
                      text=True, check=False)
finish((done.stdout + done.stderr).splitlines())
