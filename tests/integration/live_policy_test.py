# SPDX-License-Identifier: Apache-2.0
"""Policy changes while calls are under way: no call is lost, each answer is
that of one of the policies, and only a new Forbid ends what is in flight."""
import http.client
import threading
import time
import unittest

import mesh

SITES = (("fra", "DE", "FarEdge"), ("par", "FR", "NearEdge"))
PERSONAL = {"herald-labels": "personal"}


def permits(*countries):
    return mesh.POLICY.replace("EEA: [DE, FR]",
                               f"EEA: [{', '.join(countries)}]")


FORBID = mesh.POLICY + """  - id: never
    effect: Forbid
    where: {anyNode: {countries: {in: [DE]}}}
"""


class LivePolicyTest(mesh.MeshTest):
    def own_policy_for_sites(self, *sites):
        """The sites keep the policy they have; the planner's changes."""
        (self.mesh.folder / "sites.yaml").write_text(mesh.POLICY)
        for site in sites:
            self.mesh.site(*site).policy = ["sites.yaml"]
        self.mesh.start()

    def test_ten_changes_a_second_lose_no_call(self):
        self.own_policy_for_sites(*SITES)
        texts = [permits("DE"), permits("FR")]
        over, replies = threading.Event(), []

        def call():
            while not over.is_set():
                reply = self.mesh.call(headers=PERSONAL)
                replies.append((reply.status,
                                reply.headers.get("herald-peer")))

        callers = [threading.Thread(target=call) for _ in range(4)]
        for caller in callers:
            caller.start()
        for change in range(30):
            self.mesh.write("policy.yaml", texts[change % 2])
            over.wait(0.1)  # the rate of changes, not a synchronisation
        over.set()
        for caller in callers:
            caller.join()
        self.assertEqual({200}, {status for status, _ in replies})
        self.assertEqual({"fra", "par"}, {peer for _, peer in replies})
        self.assertGreater(len(replies), 100)
        self.assertGreater(
            self.mesh.planner.metric("herald_policy_loads_total"), 15)

    def test_half_a_file_changes_nothing_and_the_rest_of_it_does(self):
        self.start(*SITES)
        planner = self.mesh.planner
        before = planner.status()["hash"]
        path = self.mesh.folder / "policy.yaml"
        text = permits("FR")
        half = text.index("where: {process") + 12
        path.write_text(text[:half])
        mesh.wait_for(lambda: planner.ask("/readyz")[0] == 503,
                      "half a file to be told")
        self.assertEqual(before, planner.status()["hash"])
        self.assertIn("policy.yaml", planner.status()["refused"])
        self.assertEqual(1, planner.metric("herald_policy_refused"))
        self.assertEqual(200, self.mesh.call(headers=PERSONAL).status)
        with open(path, "a") as rest:
            rest.write(text[half:])
        mesh.wait_for(lambda: planner.status()["hash"] != before,
                      "the whole file to be in force")
        self.assertEqual(200, planner.ask("/readyz")[0])
        self.assertEqual(
            "par", self.mesh.call(headers=PERSONAL).headers["herald-peer"])

    def stream(self):
        """A stream of events, its first one read."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.mesh.planner.port, timeout=mesh.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", "/agents/summarizer/sse",
                           headers=PERSONAL)
        self.mesh.agents["fra"].tick.release()
        reply = connection.getresponse()
        self.assertEqual(b"data: 0\n", reply.readline())
        self.assertEqual(b"\n", reply.readline())
        return reply

    def test_a_new_forbid_cuts_a_stream_within_a_second(self):
        self.own_policy_for_sites(SITES[0])
        reply = self.stream()
        began = time.monotonic()
        self.mesh.write("policy.yaml", FORBID)
        with self.assertRaises((http.client.IncompleteRead, OSError)):
            reply.read()
        self.assertLess(time.monotonic() - began, 1.0)
        call = reply.headers["herald-call-id"]
        line = mesh.wait_for(
            lambda: [line for line in self.decisions(self.mesh.planner)
                     if line["call"] == call and
                     line.get("outcome") == "policy-changed"],
            "the cut to be recorded")[0]
        self.assertEqual(["test/never"], line["rules"])
        self.assertEqual(
            1, self.mesh.planner.metric("herald_policy_cut_total"))

    def test_the_callee_cuts_by_its_own_new_policy(self):
        self.own_policy_for_sites(SITES[0])
        reply = self.stream()
        self.mesh.write("sites.yaml", FORBID)
        with self.assertRaises((http.client.IncompleteRead, OSError)):
            reply.read()
        self.assertEqual(
            1, self.mesh.sites["fra"].metric("herald_policy_cut_total"))

    def test_before_the_head_the_reason_is_typed(self):
        self.own_policy_for_sites(SITES[0])
        replies = []
        caller = threading.Thread(target=lambda: replies.append(
            self.mesh.call("/agents/summarizer/slow", headers=PERSONAL)))
        caller.start()
        mesh.wait_for(lambda: self.mesh.agents["fra"].seen,
                      "the agent to have the request")
        self.mesh.write("policy.yaml", FORBID)
        caller.join(mesh.PATIENCE)
        self.assertEqual(403, replies[0].status)
        self.assertTrue(replies[0].json()["type"].endswith("policy-changed"))
        self.assertEqual(["test/never"], replies[0].json()["rules"])

    def test_finish_lets_a_stream_end(self):
        self.own_policy_for_sites(SITES[0])
        reply = self.stream()
        before = self.mesh.planner.status()["hash"]
        self.mesh.write("policy.yaml", FORBID + "    onChange: finish\n")
        mesh.wait_for(lambda: self.mesh.planner.status()["hash"] != before,
                      "the new policy to be in force")
        self.assertEqual(403, self.mesh.call(headers=PERSONAL).status)
        for _ in range(2):
            self.mesh.agents["fra"].tick.release()
        self.assertTrue(reply.read().endswith(b"data: 2\n\n"))


if __name__ == "__main__":
    unittest.main()
