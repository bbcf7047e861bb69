"""What the lint tests share: the files they look at, as paths from the top of the checkout, and how
they end."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tracked():
    """What git knows; everything but builds where there is no git."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=False)
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        return sorted(name for name in names if name and (ROOT / name).is_file())
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
                  if path.is_file() and not path.relative_to(ROOT).parts[0].startswith(("build", ".git")))


def sources(*folders):
    """C++ files below `folders`, or all of them."""
    return [name for name in tracked()
            if name.endswith((".cc", ".h")) and (not folders or name.startswith(folders))]


def finish(problems):
    """Ends the lint test: silent and 0, or all the problems and 1."""
    sys.exit("\n".join(problems) or 0)


def help_of(program, *arguments):
    """What it prints when asked for help."""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def finish_comparison(page, known, documented, problems, least):
    """Ends a test of what a program's help `known` against what the page `documented`, both by name:
    problems(known, documented) says what is wrong with one name; what one side lacks is None.  With
    less than `least` names the help has not been understood."""
    if len(known) < least:
        finish([f"the program's help shows only {len(known)} entries: has its form changed?"])
    finish([f"{page}: {name}: {problem}"
            for name in sorted(known.keys() | documented.keys())
            for problem in problems(known.get(name), documented.get(name))])
