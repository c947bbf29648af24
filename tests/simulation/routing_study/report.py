#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the study and writes what came out: tables and plots.

    report.py PROGRAM [--quick] [--page docs/ROUTING.md] [--plots docs/routing]

Every scene runs with every picker on the same seeds; figures are means. The
tables stand in the page between two markers, the plots beside it. --quick runs
one seed and phases a fourth as long, and prints instead of writing.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import sys

import plots

BEGIN = "<!-- routing-study: begin; written by scripts/routing-study -->"
END = "<!-- routing-study: end -->"
OURS = "Herald"
PEER = "oracle, same handicaps"
SEEDS = 5


class Study:
    """All runs, by scene and picker."""

    def __init__(self, program, quick):
        self.program = program
        self.quick = quick
        self.scenes, self.phases, self.pickers = {}, [], []
        for line in self.call("--list").splitlines():
            kind, name, *rest = line.split("\t")
            if kind == "scene":
                self.scenes[name] = rest[0]
            elif kind == "phase":
                self.phases.append((name, int(rest[0])))
            else:
                self.pickers.append(name)
        self.runs = {}

    def call(self, *arguments):
        return subprocess.run([self.program, *arguments], check=True,
                              capture_output=True, text=True).stdout

    def run(self):
        size = ["--seeds", "1", "--shorten", "4"] if self.quick else \
            ["--seeds", str(SEEDS)]
        jobs = [(name, ["--scene", name, *size]) for name in self.scenes]
        jobs.append(("shared", ["--scene", "base", "--detector", "all", *size]))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            outputs = pool.map(lambda job: self.call(*job[1]), jobs)
            for (name, _), text in zip(jobs, outputs):
                print(f"  {name}: done", file=sys.stderr)
                for line in text.splitlines():
                    run = json.loads(line)
                    self.runs.setdefault((name, run["picker"]), []).append(run)

    def mean(self, scene, picker, figure):
        return statistics.fmean(map(figure, self.runs[scene, picker]))

    def key(self, scene, picker, key):
        return self.mean(scene, picker, lambda run: run[key])

    def shares(self, scene, picker):
        count = len(self.runs[scene, picker][0]["sites"])
        return [self.mean(scene, picker, lambda run: run["sites"][i])
                for i in range(count)]

    def course(self, scene, picker):
        """Mean shares by site, window by window."""
        courses = [run["course"] for run in self.runs[scene, picker]]
        return [[statistics.fmean(parts) for parts in zip(*windows)]
                for windows in zip(*courses)]


def percent(share, digits=0):
    return f"{100 * share:.{digits}f}"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def big_table(study, scene):
    yield row(["picker", "p50", "p95", "p99", "errors", "in SLO",
               "far/near/cloud", "turns", "sticky", "probes", "regret"])
    yield row(["---"] + ["---:"] * 10)
    for picker in study.pickers:
        def figure(key, name=picker):
            return study.key(scene, name, key)
        name = f"**{picker}**" if picker.startswith(OURS) else picker
        yield row([
            name, f"{figure('p50'):.0f}", f"{figure('p95'):.0f}",
            f"{figure('p99'):.0f}", percent(figure("errors"), 2) + " %",
            percent(figure("slo"), 1) + " %",
            "/".join(map(percent, study.shares(scene, picker))),
            f"{figure('turns'):.1f}", percent(figure("sticky")) + " %",
            f"{figure('probes'):.2f}", f"{figure('regret'):.0f}"])


RIVALS = ["P2C least request", "Peak EWMA P2C", "Prequal", "Prequal + RTT",
          OURS, PEER]


def scenes_table(study):
    yield row(["p99, ms; errors"] + RIVALS)
    yield row(["---"] + ["---:"] * len(RIVALS))
    for scene, what in study.scenes.items():
        yield row([what] + [
            f"{study.key(scene, picker, 'p99'):.0f}; "
            f"{percent(study.key(scene, picker, 'errors'), 2)} %"
            for picker in RIVALS])


def aims(study):
    """What was to be met, and whether it was."""
    ours = {key: study.key("base", OURS, key)
            for key in ("p99", "errors", "turns", "sticky")}
    cloud = study.shares("base", OURS)[-1]
    p99 = study.key("base", PEER, "p99")
    turns = study.key("base", PEER, "turns")
    found = [
        ("p99 at most 1.15 times that oracle's",
         f"{ours['p99'] / p99:.2f}", ours["p99"] <= 1.15 * p99),
        ("errors at most 0.2 %", percent(ours["errors"], 2) + " %",
         ours["errors"] <= 0.002),
        ("cloud at most 6 %", percent(cloud, 1) + " %", cloud <= 0.06),
        ("stickiness at least 80 %", percent(ours["sticky"]) + " %",
         ours["sticky"] >= 0.8),
        (f"direction changes at most that oracle's {turns:.1f} and 2",
         f"{ours['turns']:.1f}", ours["turns"] <= turns + 2),
        ("probes at most 3 a call at 4 calls/s",
         f"{study.key('base', OURS, 'probes'):.2f}",
         study.key("base", OURS, "probes") <= 3),
    ]
    yield row(["aim (base scene)", "measured", ""])
    yield row(["---", "---:", "---"])
    for what, measured, met in found:
        yield row([what, measured, "met" if met else "**missed**"])


def phases_table(study):
    shown = [OURS, PEER, "Prequal", "P2C least request"]
    yield row(["p50 / p99, ms; errors"] + shown)
    yield row(["---"] + ["---:"] * len(shown))
    for i, (name, _) in enumerate(study.phases):
        def figure(picker, key, at=i):
            return study.mean("base", picker,
                              lambda run: run["phases"][at][key])
        yield row([name] + [
            f"{figure(p, 'p50'):.0f} / {figure(p, 'p99'):.0f}; "
            f"{percent(figure(p, 'errors'), 2)} %" for p in shown])


def page(study):
    base = len(study.runs["base", OURS])
    calls = study.key("base", OURS, "calls")
    yield from aims(study)
    yield ""
    yield (f"Base scene: means of {base} seeds of about {calls:,.0f} calls; "
           "times to first byte in ms,")
    yield "an error counts as 5,000; regret is the mean of what a better pick"
    yield "would have saved."
    yield ""
    yield from big_table(study, "base")
    yield ""
    yield "By phase:"
    yield ""
    yield from phases_table(study)
    yield ""
    yield "The same with Herald's detector and links beneath every picker, so"
    yield "that the pick alone differs (probes are those of the links):"
    yield ""
    yield from big_table(study, "shared")
    yield ""
    yield "Other scenes:"
    yield ""
    yield from scenes_table(study)


def write_page(path, lines):
    text = path.read_text()
    if BEGIN not in text or END not in text:
        raise SystemExit(f"routing-study: {path} lacks the markers\n  {BEGIN}"
                         f"\n  {END}\nbetween which the tables go: add them")
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    path.write_text("\n".join([head + BEGIN, "", *lines, "", END]) + tail)


def write_plots(study, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, picker in (("herald", OURS), ("oracle", PEER)):
        (folder / f"shares-{name}.svg").write_text(plots.course(
            f"{picker}: share of calls by site", study.course("base", picker),
            study.phases, ["far edge", "near edge", "cloud"]))
    for key, title, scale in (
            ("p99", "p99 of the time to first byte, ms (base scene)", 1),
            ("errors", "errors, % (base scene)", 100)):
        (folder / f"{key}.svg").write_text(plots.bars(
            title, [(p, scale * study.key("base", p, key))
                    for p in study.pickers], OURS))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--page", type=pathlib.Path)
    parser.add_argument("--plots", type=pathlib.Path)
    arguments = parser.parse_args()
    study = Study(arguments.program, arguments.quick)
    study.run()
    lines = list(page(study))
    if arguments.quick or arguments.page is None:
        print("\n".join(lines))
        return
    write_page(arguments.page, lines)
    if arguments.plots is not None:
        write_plots(study, arguments.plots)
    print("\n".join(aims(study)))


if __name__ == "__main__":
    main()
