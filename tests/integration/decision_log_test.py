# SPDX-License-Identifier: Apache-2.0
"""The decision log on real disks: full ones, rotated ones, and what policy
demands of them."""
import json
import resource
import unittest

import mesh

PERSONAL = {"herald-labels": "personal"}
FULL = mesh.POLICY.replace("audit: digest", "audit: full")


class DecisionLogTest(mesh.MeshTest):
    def limit_files(self, sidecar, most):
        """The kernel answers as a full disk does: no file grows beyond."""
        _, hard = resource.prlimit(sidecar.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(sidecar.process.pid, resource.RLIMIT_FSIZE,
                         (most, hard))

    def planner_alone_is_strict(self, policy):
        """The site asks for no record, so that only the planner's disk
        counts."""
        (self.mesh.folder / "policy.yaml").write_text(policy)
        (self.mesh.folder / "sites.yaml").write_text(
            mesh.POLICY.replace("    obligations: [{audit: digest}]\n", ""))
        self.mesh.site("fra").policy = ["sites.yaml"]
        self.mesh.start()

    def fill_and_free_the_disk(self, policy):
        self.planner_alone_is_strict(policy)
        planner = self.mesh.planner
        self.assertEqual(200, self.mesh.call(headers=PERSONAL).status)
        self.limit_files(planner, 0)
        mesh.wait_for(lambda: self.mesh.call(headers=PERSONAL).status == 403,
                      "the full disk to be noticed")
        refused = self.mesh.call(headers=PERSONAL)
        self.assertIn("decision log", refused.json()["detail"])
        self.assertEqual(200, self.mesh.call().status)
        self.assertEqual(0, planner.metric("herald_decision_log_writable"))
        self.limit_files(planner, resource.RLIM_INFINITY)
        mesh.wait_for(lambda: self.mesh.call(headers=PERSONAL).status == 200,
                      "the disk to be back")
        gaps = mesh.wait_for(
            lambda: [line for line in self.decisions(planner)
                     if line["event"] == "gap"], "the gap to be told")
        self.assertGreater(gaps[0]["lost"], 0)

    def test_a_full_disk_refuses_calls_that_must_wait_for_it(self):
        self.fill_and_free_the_disk(FULL)

    def test_a_full_disk_refuses_calls_that_must_be_recorded(self):
        self.fill_and_free_the_disk(mesh.POLICY)

    def test_no_full_audit_is_answered_before_its_line_is_there(self):
        (self.mesh.folder / "policy.yaml").write_text(FULL)
        self.start()
        for _ in range(20):
            reply = self.mesh.call(headers=PERSONAL)
            self.assertEqual(200, reply.status)
            call = reply.headers["herald-call-id"]
            for sidecar in (self.mesh.planner, self.mesh.sites["fra"]):
                self.assertIn(call, {line["call"] for line
                                     in self.decisions(sidecar)})

    def test_the_log_rotates_and_every_line_is_whole(self):
        self.mesh.planner.extra = ("decisionLog: {file: log.jsonl, "
                                   "maxBytes: 64KiB, keep: 2, all: true}\n")
        self.start()
        folder = self.mesh.folder
        calls = []
        while not (folder / "log.jsonl.2").exists():
            calls.append(self.mesh.call().headers["herald-call-id"])
            self.assertLess(len(calls), 2000)
        for _ in range(200):
            calls.append(self.mesh.call().headers["herald-call-id"])

        # The writer may be between two renames just now.
        names = ["log.jsonl", "log.jsonl.1", "log.jsonl.2"]
        mesh.wait_for(lambda: names == sorted(
            path.name for path in folder.glob("log.jsonl*")),
            "the files of a rotated log")
        for name in names:
            self.assertLessEqual((folder / name).stat().st_size, 64 * 1024)
            for line in (folder / name).read_text().splitlines():
                json.loads(line)
        told = self.mesh.herald("explain", calls[-50], "--config",
                                folder / "planner-0.yaml")
        self.assertIn("permitted", told.stdout)

    def test_a_drain_writes_what_is_left(self):
        self.start()
        reply = self.mesh.call(headers=PERSONAL)
        self.mesh.planner.process.terminate()
        self.mesh.planner.wait()
        lines = [line for line in self.decisions(self.mesh.planner)
                 if line["call"] == reply.headers["herald-call-id"]]
        self.assertEqual(["decision", "outcome"],
                         [line["event"] for line in lines])


if __name__ == "__main__":
    unittest.main()
