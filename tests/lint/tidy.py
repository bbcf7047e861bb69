#!/usr/bin/env python3
"""tidy.py [--deep] BUILD_FOLDER [FILE]...: clang-tidy over the product's sources.

Not a meson test: it takes minutes, a third of them for a folder that was
configured with -Dlump=true (it need not be built).  The static analyzer takes four times as long as all
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

LUMPS = "-bugprone-suspicious-include"  # of .cc files
# The build is gcc's; this clang wants a second word for an option of it.
OPTIONS = ["--quiet", "--extra-arg=-Wno-unknown-warning-option",
           "--extra-arg=-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang"]


FOLDERS = ("proxy", "lookup", "backends")


def compiled(build):
    """What the build compiles of the product: its sources, or lumps of them that meson made."""
    commands = json.loads((build / "compile_commands.json").read_text())
    paths = {os.path.realpath(build / command["file"]) for command in commands}
    places = tuple(f"{top}/{folder}/" for top in (ROOT, build) for folder in FOLDERS)
    return sorted(path for path in paths if path.startswith(places))


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
    OPTIONS.append(f"--checks={LUMPS}")
else:
    OPTIONS.append(f"--checks={LUMPS},-clang-analyzer-*")
build = pathlib.Path(arguments[0]).resolve()
paths = [os.path.realpath(path) for path in arguments[1:]] or compiled(build)
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    found = list(pool.map(lambda path: check(tidy, build, path), paths))
finish(sorted({line for text in found for line in text.splitlines() if " error: " in line}))
