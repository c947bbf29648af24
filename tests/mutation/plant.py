#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants faults in the policy code, one at a time, and asks the tests.

scripts/mutate sets up and calls this. A fault is a piece of code and what is
put in its place (the *.faults files beside this one). The work is done in a
copy of the tree under build/mutate, which is kept, so that a second run has
little to build. A fault that no test finds is a hole in the tests: exit 1. A
fault that no longer fits the code, or that does not compile, proves nothing:
exit 2.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COPY = ROOT / "build/mutate"
# In this order: the first that fails is named in the table.
SUITES = ("policy_test", "policy_differential_test")
SECONDS = 120  # a suite that takes longer has lost its way
FAULT = re.compile(r"^== (?P<name>[^\n]+)\n(?P<path>\S+)\n<<<\n(?P<old>.*?)\n?"
                   r"===\n(?P<new>.*?)\n?>>>$", re.M | re.S)


class Broken(Exception):
    """The harness or a fault is broken, not the tests."""


class Fault:
    def __init__(self, area, match):
        self.area = area
        self.name = match["name"]
        self.path = match["path"]
        self.old = match["old"]
        self.new = match["new"]

    def planted_in(self, text):
        """The text with the fault in it; layout does not matter."""
        tokens = re.findall(r"\w+|[^\w\s]", self.old)
        places = re.findall(r"\s*".join(map(re.escape, tokens)), text)
        if len(places) != 1:
            raise Broken(f"'{self.name}': its code stands {len(places)} times "
                         f"in {self.path}, wanted once; write it anew in "
                         f"tests/mutation/{self.area}.faults")
        return text.replace(places[0], self.new)


def read_faults():
    faults = []
    for path in sorted(HERE.glob("*.faults")):
        text = path.read_text()
        found = [Fault(path.stem, match) for match in FAULT.finditer(text)]
        if len(found) != len(re.findall(r"^== ", text, re.M)):
            raise Broken(f"{path.name}: not every '==' begins a whole fault")
        faults += found
    return faults


def refresh_copy():
    """Files keep their age where nothing changed, for ninja's sake."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], cwd=ROOT, check=True, capture_output=True,
        text=True).stdout.split("\0")
    wanted = {name for name in names if name and (ROOT / name).is_file()}
    for name in sorted(wanted):
        here, there = ROOT / name, COPY / name
        if there.is_file() and there.read_bytes() == here.read_bytes():
            continue
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(here, there)
    for there in COPY.rglob("*"):
        name = there.relative_to(COPY).as_posix()
        if there.is_file() and not name.startswith("build/"):
            if name not in wanted:
                there.unlink()


def run(command, log, environment=None):
    with open(log, "w") as out:
        return subprocess.run(command, cwd=COPY, stdout=out,
                              stderr=subprocess.STDOUT, timeout=SECONDS * 10,
                              stdin=subprocess.DEVNULL,
                              env=environment).returncode


def build(log):
    environment = dict(os.environ, CCACHE_BASEDIR=str(COPY))
    if not (COPY / "build/dev/build.ninja").is_file():
        if run(["cmake", "--preset", "dev",
                "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache",
                "-DCMAKE_C_COMPILER_LAUNCHER=ccache"], log, environment):
            raise Broken(f"the copy cannot be configured; log: {log}")
    jobs = os.environ.get("JOBS") or str(os.cpu_count())
    return run(["ninja", "-C", "build/dev", "-j", jobs, *SUITES], log,
               environment) == 0


def first_failure(suite, cases):
    """The test that fails, or None."""
    command = [str(COPY / "build/dev/policy" / suite), "--gtest_fail_fast"]
    environment = dict(os.environ, HERALD_CASES=str(cases))
    try:
        done = subprocess.run(command, cwd=COPY, capture_output=True,
                              text=True, errors="replace", timeout=SECONDS,
                              stdin=subprocess.DEVNULL, env=environment)
    except subprocess.TimeoutExpired:
        return f"{suite} (did not end)"
    if done.returncode == 0:
        return None
    failed = re.search(r"^\[  FAILED  \] (\w+\.\w+)", done.stdout, re.M)
    if failed:
        return failed[1]
    begun = re.findall(r"^\[ RUN      \] (\S+)", done.stdout, re.M)
    return f"{begun[-1] if begun else suite} (crashed)"


def ask_the_tests(cases):
    for suite in SUITES:
        finder = first_failure(suite, cases)
        if finder:
            return finder
    return None


def plant(fault, cases, log):
    """Who found it; None when it survived."""
    file = COPY / fault.path
    if not file.is_file():
        raise Broken(f"'{fault.name}': there is no {fault.path}")
    text = file.read_text()
    file.write_text(fault.planted_in(text))
    try:
        if not build(log):
            raise Broken(f"'{fault.name}' does not compile; log: {log}")
        return ask_the_tests(cases)
    finally:
        file.write_text(text)


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/mutate",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Plants faults in the policy code, one at a time, and "
        "demands that the tests find each.",
        epilog="examples:\n  scripts/mutate\n  scripts/mutate unknown floor\n"
        "  scripts/mutate --list\n\nexit codes: 0 all were found, 1 some "
        "survived, 2 a fault fits the code no more")
    parser.add_argument("word", nargs="*",
                        help="only faults whose name has one of these words")
    parser.add_argument("--list", action="store_true",
                        help="show the faults and plant none")
    parser.add_argument("--cases", type=int, default=20000,
                        help="random cases a property (default 20000)")
    return parser.parse_args()


def check_the_faults(faults):
    """All at once, before anything is built."""
    wrong = []
    for fault in faults:
        try:
            fault.planted_in((ROOT / fault.path).read_text())
        except (Broken, OSError) as error:
            wrong.append(str(error))
    if wrong:
        raise Broken("\n".join(wrong))


def plant_all(faults, cases):
    log = ROOT / "build/logs/mutate.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    refresh_copy()
    print("building the tests as they are", file=sys.stderr)
    if not build(log):
        raise Broken(f"the tests do not build; log: {log}")
    finder = ask_the_tests(cases)
    if finder:
        raise Broken(f"{finder} fails without any fault")
    survivors = 0
    width = max(len(fault.name) for fault in faults)
    for number, fault in enumerate(faults, 1):
        from_time = time.monotonic()
        finder = plant(fault, cases, log)
        survivors += finder is None
        print(f"{number:2} {fault.area:9} {fault.name:{width}}  "
              f"{finder or 'SURVIVED'}  "
              f"({time.monotonic() - from_time:.0f} s)", flush=True)
    print(f"{len(faults) - survivors} of {len(faults)} faults found")
    return 1 if survivors else 0


def main():
    asked = arguments()
    try:
        faults = [fault for fault in read_faults()
                  if not asked.word or
                  any(word in fault.name for word in asked.word)]
        if not faults:
            raise Broken("no fault has such a name; --list shows them")
        check_the_faults(faults)
        if asked.list:
            for fault in faults:
                print(f"{fault.area:9} {fault.path:26} {fault.name}")
            return 0
        return plant_all(faults, asked.cases)
    except Broken as error:
        print(f"mutate: error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
