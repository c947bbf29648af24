# SPDX-License-Identifier: Apache-2.0
"""The command line that a platform team keeps its policies with."""
import json
import os
import subprocess
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

    def test_where_no_sidecar_answers_the_exit_code_is_3(self):
        said = herald("explain", "x", "--admin", "127.0.0.1:1")
        self.assertEqual(3, said.returncode, said.stderr)


if __name__ == "__main__":
    unittest.main()
