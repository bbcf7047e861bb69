#!/usr/bin/env python3
"""man/postern.conf.5 has an entry for every setting that `postern --help` knows, and no other, each
with the names, the default and, where one is taken, the value that it has there."""

import re
import sys

from tree import ROOT, finish_comparison, help_of

PAGE = "man/postern.conf.5"
# "  -o, --server_resp_line, --server_ok_line" and "  -t, --timeout TIME".
OPTION = re.compile(r"  (?:-(?P<letter>\w), )?--(?P<name>\w+)(?:, --(?P<alias>\w+))?( (?P<value>.+))?$")
NOT_WORKING = ("no effect: ", "not available yet: ", "refused: ")


class Setting:
    """As --help or the manual page shows it."""

    def __init__(self, names, takes_value):
        self.names = {name for name in names if name}
        self.takes_value = takes_value
        self.text = ""


def settings_of_help(help_text):
    """By their first names; the text ends with the default in brackets, if there is one."""
    settings = {}
    current = None
    for line in help_text.splitlines():
        if option := OPTION.match(line):
            current = Setting((option["name"], option["alias"], option["letter"]), option["value"])
            settings[option["name"]] = current
        elif line.startswith(" " * 8) and current:
            current.text = f"{current.text} {line.strip()}".strip()
        else:
            current = None
    return settings


def settings_of_page(page):
    """By their first names; an entry is `.It Ic name , alias , letter Ar value`."""
    settings = {}
    current = None
    for line in page.splitlines():
        words = line.split()
        if words[:2] == [".It", "Ic"]:
            end = next((i for i, word in enumerate(words) if word in ("Ar", "Cm")), len(words))
            names = [word for word in words[2:end] if word != ","]
            current = settings[names[0]] = Setting(names, end < len(words))
        elif words[:1] in ([".Sh"], [".Ss"]):
            current = None
        elif current:
            current.text += line.replace(r"\e", "\\").replace(r"\&", "") + "\n"
    return settings


def problems_of_default(known, documented):
    """A default that --help shows must be shown here; others may be put in words."""
    if known.text.startswith(NOT_WORKING):
        return
    default = re.search(r"\[([^]]*)\]$", known.text)
    default = default and default[1]
    if default and (known.takes_value or default != "no"):
        if f"\nDefault:\n.Cm {default} .\n" not in documented.text:
            yield f"should end in: Default: {default}."
    elif known.takes_value and not re.search(r"^Default:", documented.text, re.MULTILINE):
        yield "does not say its default"


def problems(known, documented):
    """What is wrong with the page's entry of one setting."""
    if known is None:
        yield "is no setting"
    elif documented is None:
        yield "is missing"
    else:
        if known.names != documented.names:
            yield f"is called {sorted(documented.names)}, not {sorted(known.names)}"
        if bool(known.takes_value) != documented.takes_value:
            yield "takes a value" if known.takes_value else "takes no value"
        yield from problems_of_default(known, documented)


finish_comparison(PAGE, settings_of_help(help_of(sys.argv[1], "--help")),
                  settings_of_page((ROOT / PAGE).read_text(encoding="utf-8")), problems, 50)
