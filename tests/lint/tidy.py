#!/usr/bin/env python3
"""tidy.py BUILD_FOLDER [FILE]...: clang-tidy over what a build compiles.

Not a meson test: it takes minutes, and reads a finished build's
compile_commands.json.  Exits 77 where clang-tidy 14 is not installed.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

from tree import ROOT, finish

# The build is gcc's; this clang wants a second word for an option of it.
OPTIONS = ["--quiet", "--extra-arg=-Wno-unknown-warning-option",
           "--extra-arg=-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang"]


def compiled(build):
    commands = json.loads((build / "compile_commands.json").read_text())
    return sorted({os.path.realpath(build / command["file"]) for command in commands})


def check(tidy, build, path):
    done = subprocess.run([tidy, *OPTIONS, "-p", build, path], capture_output=True, text=True,
                          cwd=ROOT, check=False)
    return done.stdout if done.returncode else ""


tidy = shutil.which("clang-tidy-14")
if not tidy:
    print("no clang-tidy 14 here; other versions disagree with it")
    sys.exit(77)
build = pathlib.Path(sys.argv[1]).resolve()
paths = [os.path.realpath(path) for path in sys.argv[2:]] or compiled(build)
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    found = list(pool.map(lambda path: check(tidy, build, path), paths))
finish(sorted({line for text in found for line in text.splitlines() if " error: " in line}))
