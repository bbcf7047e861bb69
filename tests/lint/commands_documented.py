#!/usr/bin/env python3
"""man/posternctl.8 has an entry for every command that `posternctl help` knows, and no other, each
with its arguments and the sentence that help has, and an example."""

import re
import sys

from tree import ROOT, finish_comparison, help_of

PAGE = "man/posternctl.8"


def commands_of_help(text):
    """Sentence by usage, e.g. "log level [LEVEL]"."""
    commands = {}
    usage = None
    for line in text.partition("Commands:\n\n")[2].splitlines():
        if line.startswith(" " * 8):
            commands[usage] = f"{commands[usage]} {line.strip()}".strip()
        elif usage is not None and not commands[usage]:  # a long usage goes on
            longer = f"{usage} {line.strip()}"
            commands[longer] = commands.pop(usage)
            usage = longer
        else:
            usage = line.strip()
            commands[usage] = ""
    return commands


def usage_of(entry):
    """`.It Ic who Oo Ar USER Oc Oo Fl -user Ar USER Oc` as help writes it."""
    out = []
    optional = False  # of `Op`, which ends with the line
    words = iter(entry.split()[1:])
    for word in words:
        if word in ("Ic", "Ar"):
            continue
        if word in ("Oo", "Op"):
            out.append("[")
            optional = optional or word == "Op"
        elif word == "Oc":
            out[-1] += "]"
        elif word == "Fl":
            out.append("-" + next(words))
        else:
            out.append(word)
    text = re.sub(r"\[ ", "[", " ".join(out))
    return text + "]" if optional else text


def commands_of_page(page):
    """Text by usage."""
    commands = {}
    usage = None
    section = page.partition(".Sh COMMANDS\n")[2].partition("\n.Sh ")[0]
    for line in section.splitlines():
        if line.startswith(".It Ic "):
            usage = usage_of(line)
            commands[usage] = ""
        elif usage:
            commands[usage] += line + "\n"
    return commands


def problems(known, documented):
    if known is None:
        yield "is no command"
    elif documented is None:
        yield "is missing"
    else:
        if not " ".join(documented.split()).startswith(known):
            yield f"should begin with: {known}"
        if ".Bd -literal" not in documented:
            yield "has no example"


finish_comparison(PAGE, commands_of_help(help_of(sys.argv[1], "help")),
                  commands_of_page((ROOT / PAGE).read_text(encoding="utf-8")), problems, 4)
