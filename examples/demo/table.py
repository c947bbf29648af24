# SPDX-License-Identifier: Apache-2.0
"""What the demo shows: one row a call, at most 100 columns, runs of equal rows
folded. Colour only on a terminal that wants it (NO_COLOR, TERM=dumb)."""

import os
import textwrap
import threading

WIDTH = 100
COLUMNS = (("call", 4), ("labels", 8), ("verdict", 8), ("peer", 13),
           ("tier", 8), ("rtt ms", 6), ("time ms", 7))
NUMBERS = ("call", "rtt ms", "time ms")
# How many rows of a run of equal ones are shown before the rest is folded.
SHOWN = 2


class Table:
    """Thread-safe: a row is printed whole."""

    def __init__(self, out):
        self.out = out
        self.colour = (out.isatty() and not os.environ.get("NO_COLOR") and
                       os.environ.get("TERM") != "dumb")
        self.lock = threading.RLock()
        self.count = 0
        self.last = None
        self.in_run = 0

    def paint(self, text, code):
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def line(self, text=""):
        print(text, file=self.out, flush=True)

    def fold(self):
        if self.in_run > SHOWN:
            more = self.in_run - SHOWN
            self.line(self.paint(f"{'':8}... {more} more like this", "2"))
        self.last, self.in_run = None, 0

    def title(self, text, detail):
        with self.lock:
            self.fold()
            self.line()
            self.line(self.paint(text, "1"))
            self.line(self.paint("  " + detail, "2"))
            head = "  ".join(
                f"{name:>{width}}" if name in NUMBERS else f"{name:<{width}}"
                for name, width in COLUMNS)
            self.line(self.paint("  " + head + "  says", "4"))

    def row(self, result, peer):
        with self.lock:
            self.count += 1
            key = (result.labels, result.outcome, result.peer)
            if key != self.last:
                self.fold()
                self.last = key
            self.in_run += 1
            if self.in_run > SHOWN:
                return
            self.line(self.format(result, peer))

    def format(self, result, peer):
        rtt = peer.get("rttMs")
        site = peer.get("site")
        tier = peer.get("tier") or (
            site.get("tier") if isinstance(site, dict) else None) or "-"
        verdict = "served" if result.ok else result.outcome
        cells = [str(self.count), result.labels, verdict,
                 result.peer or "-", tier if result.peer else "-",
                 f"{rtt:.1f}" if result.peer and rtt else "-",
                 f"{result.ms:.1f}"]
        parts = []
        for cell, (name, width) in zip(cells, COLUMNS):
            text = f"{cell:>{width}}" if name in NUMBERS else \
                f"{cell:<{width}}"[:width]
            if name == "verdict":
                text = self.paint(text, "32" if result.ok else "31")
            parts.append(text)
        used = 2 + sum(width + 2 for _, width in COLUMNS)
        return "  " + "  ".join(parts) + "  " + \
            shorten(result.text, WIDTH - used)

    def note(self, text):
        with self.lock:
            self.fold()
            self.line(self.paint("  " + text, "36"))

    def explain(self, text):
        with self.lock:
            self.fold()
            for part in text.split(" | "):
                for piece in textwrap.wrap(part, WIDTH - 6):
                    self.line(self.paint("    " + piece, "33"))

    def promise(self, text, kept, why):
        with self.lock:
            self.fold()
            mark = self.paint("kept  ", "32") if kept else \
                self.paint("BROKEN", "31;1")
            self.line(f"  {mark}  {text}" +
                      (f" ({shorten(why, 200)})" if why and not kept else ""))

    def summary(self, promises, calls, seconds):
        with self.lock:
            self.fold()
            kept = sum(1 for _, fine, _ in promises if fine)
            self.line()
            text = (f"{kept} of {len(promises)} promises kept, {calls} calls, "
                    f"{seconds:.0f} s")
            self.line(self.paint(
                text, "32;1" if kept == len(promises) else "31;1"))
            for text, fine, why in promises:
                if not fine:
                    self.line(f"  broken: {text} {why}")


def shorten(text, width):
    return text if len(text) <= width else text[:max(width - 3, 0)] + "..."
