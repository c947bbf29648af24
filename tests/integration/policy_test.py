# SPDX-License-Identifier: Apache-2.0
"""Policy decides each call, on both sides, and says why."""
import os
import subprocess
import unittest

import mesh

SITES = (("fra", "DE", "FarEdge"), ("par", "FR", "NearEdge"),
         ("iad", "US", "Cloud"))


class PolicyTest(mesh.MeshTest):
    def test_personal_data_stays_in_the_allowed_countries(self):
        self.start(*SITES)
        peers = {self.mesh.call(headers={"herald-labels": "personal"})
                 .headers["herald-peer"] for _ in range(30)}
        self.assertLessEqual(peers, {"fra", "par"})

    def test_refusal_explains_itself(self):
        self.start(("iad", "US", "Cloud"))
        reply = self.mesh.call(headers={"herald-labels": "personal"})
        self.assertEqual(403, reply.status)
        self.assertEqual("application/problem+json",
                         reply.headers["content-type"])
        problem = reply.json()
        self.assertTrue(problem["type"].endswith("denied"))
        self.assertEqual(["test/personal-in-eea"], problem["rules"])
        self.assertEqual("iad", problem["nearest"]["peer"])
        self.assertTrue(problem["nearest"]["failed"])
        self.assertEqual(reply.headers["herald-call-id"], problem["callId"])
        self.assertEqual([], self.mesh.agents["iad"].seen)

    def test_grpc_refusal_is_trailers_only(self):
        self.start(("iad", "US", "Cloud"))
        reply = self.mesh.call(method="POST", body=b"", headers={
            "herald-labels": "personal", "content-type": "application/grpc"})
        self.assertEqual(200, reply.status)
        self.assertEqual("7", reply.headers["grpc-status"])
        self.assertIn("personal", reply.headers["grpc-message"])

    def test_audited_calls_leave_a_decision_line_on_both_sides(self):
        self.start()
        reply = self.mesh.call(headers={"herald-labels": "personal"})
        call = reply.headers["herald-call-id"]
        for sidecar in (self.mesh.planner, self.mesh.sites["fra"]):
            lines = mesh.wait_for(
                lambda s=sidecar: [line for line in self.decisions(s)
                                   if line["call"] == call],
                "a decision line")
            self.assertEqual("Permit", lines[0]["verdict"])
            self.assertEqual(["test/personal-in-eea"], lines[0]["rules"])

    def test_unix_socket_callers_are_recorded_by_the_kernels_word(self):
        folder = self.mesh.folder / "run"
        folder.mkdir(mode=0o700)
        path = folder / "agents.sock"
        self.mesh.planner.listen.append(f'{{address: "unix:{path}"}}')
        self.start()
        subprocess.run(["curl", "-sS", "-o", "/dev/null", "--unix-socket",
                        str(path), "-H", "herald-labels: personal",
                        "http://summarizer.herald/"], check=True)
        line = mesh.wait_for(lambda: self.decisions(self.mesh.planner),
                             "a decision line")[0]
        self.assertEqual(os.getuid(), line["process"]["uid"])
        self.assertGreater(line["process"]["pid"], 0)

    def test_without_any_policy_every_call_is_refused(self):
        (self.mesh.folder / "policy.yaml").write_text("")
        self.start()
        reply = self.mesh.call()
        self.assertEqual(403, reply.status)
        self.assertIn("kind:", reply.json()["detail"])

    def test_unknown_label_is_refused(self):
        self.start()
        reply = self.mesh.call(headers={"herald-labels": "no-such-label"})
        self.assertEqual(403, reply.status)
        self.assertIn("no-such-label", reply.json()["detail"])

    def test_callee_refuses_what_its_own_policy_denies(self):
        self.mesh.site("fra")
        strict = mesh.POLICY.replace("covers: [unlabelled]",
                                     "covers: [public]")
        (self.mesh.folder / "strict.yaml").write_text(strict)
        site = self.mesh.sites["fra"]
        site.policy = ["strict.yaml"]
        self.mesh.start()
        self.assertEqual(403, self.mesh.call().status)
        self.assertEqual([], self.mesh.agents["fra"].seen)

    def test_policy_is_replaced_between_two_calls(self):
        self.start(("iad", "US", "Cloud"))
        label = {"herald-labels": "personal"}
        self.assertEqual(403, self.mesh.call(headers=label).status)
        new = self.mesh.folder / "policy.new"
        new.write_text(mesh.POLICY.replace("EEA: [DE, FR]",
                                           "EEA: [DE, FR, US]"))
        new.rename(self.mesh.folder / "policy.yaml")
        mesh.wait_for(
            lambda: self.mesh.call(headers=label).status == 200,
            "the call to become lawful")

    def test_broken_policy_keeps_the_last_good_one(self):
        self.start()
        (self.mesh.folder / "policy.yaml").write_text("kind: [")
        mesh.wait_for(lambda: self.mesh.planner.metric(
            "herald_policy_failures_total"), "the failure to be counted")
        self.assertEqual(200, self.mesh.call().status)

    def test_response_labels_are_judged_for_the_way_back(self):
        self.mesh.planner.site = self.mesh.facts("US", "Device")
        self.mesh.site("fra")
        self.mesh.agents["fra"].extra_headers = [("herald-labels", "personal")]
        self.mesh.start()
        reply = self.mesh.call()
        self.assertEqual(403, reply.status)
        self.assertTrue(reply.json()["type"].endswith("response-withheld"))


if __name__ == "__main__":
    unittest.main()
