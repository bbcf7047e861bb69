"""What a process still holds of a secret."""

import base64
import re


def forms(password):
    """As it is, and as pieces of base64, wherever in a message it began."""
    yield password.encode()
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + password.encode())
        yield encoded[4:-4]


def traces(data, password):
    return sum(data.count(form) for form in forms(password))


def memory_of(pid):
    """All that the process could write to."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if not match or "[vvar" in line:
                continue
            start, end = (int(word, 16) for word in match.groups())
            memory.seek(start)
            try:
                yield memory.read(end - start)
            except OSError:
                continue
