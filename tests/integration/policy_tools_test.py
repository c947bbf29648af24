# SPDX-License-Identifier: Apache-2.0
"""The command line that a platform team keeps its policies with."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import mesh

HERALD = os.environ["HERALD_BIN"]


def herald(*argv):
    return subprocess.run([HERALD, *map(str, argv)], capture_output=True,
                          text=True, timeout=60)


class PolicyToolsTest(unittest.TestCase):
    def test_a_caller_without_a_spiffe_id_is_unusable_input(self):
        said = herald("policy", "explain", "--caller", "nospiffe",
                      "--agent", "summarizer", "--config", "none.yaml")
        self.assertEqual(2, said.returncode, said.stderr)
        self.assertIn("'nospiffe' is no SPIFFE id", said.stderr)


class SixPoliciesTest(unittest.TestCase):
    """The design's six policies through every tool."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.six = pathlib.Path("tests/cases/policy/six.yaml")

    def changed(self, was, now):
        text = self.six.read_text()
        self.assertIn(was, text)
        path = self.folder / "changed.yaml"
        path.write_text(text.replace(was, now, 1))
        return path

    def test_what_is_printed_is_the_same_policy(self):
        said = herald("policy", "print", self.six)
        self.assertEqual(0, said.returncode, said.stderr)
        printed = self.folder / "printed.yaml"
        printed.write_text(said.stdout)
        self.assertEqual(said.stdout,
                         herald("policy", "print", printed).stdout)
        said = herald("policy", "diff", self.six, printed)
        self.assertEqual(0, said.returncode, said.stdout)

    def test_a_wider_permit_exits_4_with_a_case_that_a_test_can_keep(self):
        wider = self.changed("countries: {in: [FR, DE]}",
                             "countries: {in: [FR, DE, AT]}")
        said = herald("policy", "diff", self.six, wider, "--json")
        self.assertEqual(4, said.returncode, said.stderr)
        flip = json.loads(said.stdout.splitlines()[0])
        self.assertEqual("Permit", flip["now"])
        self.assertEqual(["p2-health-sovereign/sovereign-only"],
                         flip["deniedBy"])
        case = "".join(f"  {line}\n" for line in flip["witness"].splitlines())
        test = self.folder / "kept.test.yaml"
        test.write_text("apiVersion: herald.dev/v1alpha1\nkind: PolicyTest\n"
                        "metadata: {name: kept}\nspec:\n"
                        f"  policies: [{wider.name}]\n  cases:\n{case}")
        said = herald("policy", "test", test)
        self.assertEqual(0, said.returncode, said.stdout + said.stderr)
        self.assertEqual(1, herald("policy", "diff", wider,
                                   self.six).returncode)

    def test_lint_finds_what_the_six_leave_open(self):
        said = herald("policy", "lint", self.six, "--json")
        self.assertEqual(1, said.returncode, said.stderr)
        kinds = [json.loads(line)["kind"] for line in
                 said.stdout.splitlines()]
        self.assertEqual(["no-review-date", "unused-purpose"], kinds)

    def test_coverage_and_junit_come_with_a_run_of_tests(self):
        report = self.folder / "report.xml"
        said = herald("policy", "test", "tests/cases/policy/six.test.yaml",
                      "--coverage", "--junit", report)
        self.assertEqual(0, said.returncode, said.stdout)
        self.assertRegex(said.stdout, r"coverage: \d+ of \d+ rules both ways")
        self.assertIn("<testsuites ", report.read_text())


class ExplainCallTest(mesh.MeshTest):
    def recorded(self, labels):
        """The id of a call that is in the planner's decision log."""
        call = self.mesh.call(headers={
            "herald-labels": labels}).headers["herald-call-id"]
        mesh.wait_for(lambda: [line for line in
                               self.decisions(self.mesh.planner)
                               if line["call"] == call], "a decision line")
        return call

    def log(self):
        return (self.mesh.folder /
                f"{self.mesh.planner.name}.decisions.jsonl")

    def test_a_refused_call_is_explained_afterwards_from_the_log(self):
        self.start(("iad", "US", "Cloud"))
        call = self.recorded("personal")
        config = self.mesh.folder / f"{self.mesh.planner.name}.yaml"
        said = herald("explain", call, "--config", config)
        self.assertEqual(1, said.returncode, said.stderr)
        self.assertIn(f"call {call}: denied\n", said.stdout)
        self.assertIn("peer iad: denied", said.stdout)
        self.assertIn("test/personal-in-eea", said.stdout)
        log = self.log()
        log.rename(f"{log}.1")  # as rotation does
        said = herald("explain", call, "--log", log, "--json")
        self.assertEqual(1, said.returncode, said.stderr)
        answer = json.loads(said.stdout)
        self.assertEqual((call, "Deny"), (answer["call"], answer["verdict"]))
        self.assertEqual("iad", answer["lines"][0]["peer"])

    def test_a_permitted_call_exits_0_and_an_unknown_one_2(self):
        self.start()
        call = self.recorded("personal")
        log = self.log()
        self.assertEqual(0, herald("explain", call, "--log", log).returncode)
        said = herald("explain", "nosuchcall", "--log", log)
        self.assertEqual(2, said.returncode)
        self.assertIn("nothing is recorded of call 'nosuchcall'", said.stderr)
        said = herald("explain", call, "--log", self.mesh.folder / "none")
        self.assertEqual(2, said.returncode)
        self.assertIn("none: no such file", said.stderr)

    def test_a_running_sidecar_is_asked_where_no_log_is_named(self):
        self.start(("iad", "US", "Cloud"))
        call = self.recorded("personal")
        admin = f"127.0.0.1:{self.mesh.planner.admin}"
        said = herald("explain", call, "--admin", admin)
        self.assertEqual(1, said.returncode, said.stderr)
        self.assertIn(f"call {call}: denied\n", said.stdout)
        self.assertIn("test/personal-in-eea", said.stdout)
        said = herald("explain", "A" * 22, "--admin", admin)
        self.assertEqual(2, said.returncode, said.stderr)
        self.assertIn("nothing is recorded of call", said.stderr)

    def test_where_no_sidecar_answers_the_exit_code_is_3(self):
        said = herald("explain", "x", "--admin", "127.0.0.1:1")
        self.assertEqual(3, said.returncode, said.stderr)


if __name__ == "__main__":
    unittest.main()
