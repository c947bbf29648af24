#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares every #include with docs/floors.txt.

An include points to its own folder, to a folder or header that its floor may
use, or to a library that is not hidden elsewhere. The table itself is checked
too: whatever a folder may use lies on a lower floor.

    scripts/check_floors.py [ROOT]
"""

import fnmatch
import pathlib
import re
import subprocess
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
# What every test may use besides what its folder may.
TESTS_MAY = ["tests/support"]


class Floors:
    """docs/floors.txt, read and checked."""

    def __init__(self, path):
        self.level = {}
        self.may = {}
        self.libraries = []  # (prefix, places), as listed
        self.problems = []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            line = line.split("#", 1)[0].strip()
            if line:
                self._read(f"{path.name}:{number}", line)
        self._check_order()

    def _read(self, where, line):
        head, colon, tail = line.partition(":")
        words = head.split()
        if not colon or len(words) != 2:
            self.problems.append(f"{where}: not a line of the table: {line}")
        elif words[0] == "library":
            self.libraries.append((words[1], tail.split()))
        else:
            self.level[words[1]] = int(words[0])
            self.may[words[1]] = tail.split()

    def _check_order(self):
        for folder, uses in self.may.items():
            for use in uses:
                owner = self.folder_of(use)
                if owner is None:
                    self.problems.append(f"floors.txt: {folder} may use {use}, "
                                         "which is no folder of the table")
                elif self.level[owner] >= self.level[folder] and (
                        (folder, owner) != ("sidecar/cli", "sidecar/app")):
                    self.problems.append(f"floors.txt: {folder} may use {use}, "
                                         "which is not on a lower floor")

    def folder_of(self, path):
        """The longest folder of the table that path lies in, or None."""
        found = [f for f in self.level if path == f or path.startswith(f + "/")]
        return max(found, key=len, default=None)


def lies_in(path, place):
    """Whether path is place, lies below it, or matches it as a pattern."""
    return (path == place or path.startswith(place + "/")
            or fnmatch.fnmatch(path, place))


def is_test(path):
    """Tests, and what several tests of one folder share."""
    name = path.rsplit("/", 1)[-1]
    return (path.startswith("tests/") or name.startswith(("test_", "fake_"))
            or name.endswith(("_test.cc", "_testing.cc", "_testing.h")))


def check_own(floors, path, target, exists):
    """A problem with an include of ours, or None."""
    folder, owner = floors.folder_of(path), floors.folder_of(target)
    if owner is None:
        return f'"{target}" is not named by its path from the root'
    if folder is None:
        return "lies in no folder of docs/floors.txt"
    if not exists(target):
        return f'"{target}" does not exist'
    if owner == folder:
        return None
    uses = floors.may[folder] + (TESTS_MAY if is_test(path) else [])
    if any(lies_in(target, use) for use in uses):
        return None
    return f'"{target}": {folder} may not include {owner}'


def check_library(floors, path, target):
    """A problem with an include of a library, or None."""
    if path.startswith("sdk/include/") and "/" in target and (
            not target.startswith(("herald/", "sys/"))):
        return f"<{target}>: the SDK's headers show the standard library alone"
    for prefix, places in floors.libraries:
        if target.startswith(prefix):
            if is_test(path) and "tests" in places:
                return None
            if any(lies_in(path, place) for place in places):
                return None
            return f"<{target}> hides in {', '.join(places)}"
    return None


def without_comments(text):
    """The text with block comments blanked; lines stay where they are."""
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text,
                  flags=re.S)


def check_file(floors, root, path):
    found = []
    here = path.rsplit("/", 1)[0]

    def exists(target):
        return target.endswith(".pb.h") or (root / target).exists()

    text = without_comments((root / path).read_text())
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        own, library = match.groups()
        # The SDK's headers are named as its users name them.
        name = own or library
        if name.startswith("herald/"):
            name, own, library = "sdk/include/" + name, "sdk", None
        problem = None
        if own and (own == "sdk" or floors.folder_of(own)):
            problem = check_own(floors, path, name, exists)
        elif own and (root / here / own).exists():
            problem = f'"{own}" is not named by its path from the root'
        else:
            problem = check_library(floors, path, name)
        if problem:
            found.append(f"{path}:{number}: {problem}")
    return found


def sources(root):
    """C++ files that are committed, or about to be."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-co", "--exclude-standard", "*.h",
         "*.cc"], capture_output=True, text=True)
    if listed.returncode == 0:
        return sorted(p for p in set(listed.stdout.split())
                      if (root / p).exists())
    return sorted(str(p.relative_to(root)) for p in root.rglob("*")
                  if p.suffix in (".h", ".cc") and "build" not in p.parts)


def main():
    default = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]).resolve() if sys.argv[1:] else default
    floors = Floors(root / "docs" / "floors.txt")
    problems = list(floors.problems)
    files = sources(root)
    for path in files:
        problems += check_file(floors, root, path)
    for problem in problems:
        print(problem)
    print(f"floors: {len(files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
