#!/usr/bin/env python3
"""tidy.py [--deep] BUILD_FOLDER [FILE]...: clang-tidy over the product's sources.

Not a meson test: it takes minutes, and reads a finished build's
compile_commands.json.  The static analyzer takes four times as long as all
other checks together: only with --deep.  Exits 77 where clang-tidy 14 is not
installed.
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


PRODUCT = tuple(f"{ROOT}/{folder}/" for folder in ("proxy", "lookup", "backends"))


def compiled(build):
    commands = json.loads((build / "compile_commands.json").read_text())
    paths = {os.path.realpath(build / command["file"]) for command in commands}
    return sorted(path for path in paths if path.startswith(PRODUCT))


def check(tidy, build, path):
    done = subprocess.run([tidy, *OPTIONS, "-p", build, path], capture_output=True, text=True,
                          cwd=ROOT, check=False)
    return done.stdout if done.returncode else ""


tidy = shutil.which("clang-tidy-14")
if not tidy:
    print("no clang-tidy 14 here; other versions disagree with it")
    sys.exit(77)
arguments = sys.argv[1:]
if "--deep" in arguments:
    arguments.remove("--deep")
else:
    OPTIONS.append("--checks=-clang-analyzer-*")
build = pathlib.Path(arguments[0]).resolve()
paths = [os.path.realpath(path) for path in arguments[1:]] or compiled(build)
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    found = list(pool.map(lambda path: check(tidy, build, path), paths))
finish(sorted({line for text in found for line in text.splitlines() if " error: " in line}))
