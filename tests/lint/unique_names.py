#!/usr/bin/env python3
"""A source file's name says what is inside, and is found once in the tree."""

import collections
import os

from tree import finish, sources

# One of each kind is expected in many folders.
SHARED = {"main.cc", "options.h"}

places = collections.defaultdict(list)
for path in sources():
    places[os.path.basename(path)].append(path)
finish([f"{name}: {' '.join(paths)}" for name, paths in places.items()
        if len(paths) > 1 and name not in SHARED])
