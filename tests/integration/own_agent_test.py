# SPDX-License-Identifier: Apache-2.0
"""Two agents of one sidecar call each other: what the sidecar does for calls of
peers it does for these, and a drain of peers does not touch them."""
import unittest

import mesh


class OwnAgentTest(mesh.MeshTest):
    def setUp(self):
        super().setUp()
        self.agent = mesh.AgentServer("planner")
        self.addCleanup(self.agent.stop)
        self.mesh.planner.agent_port = self.agent.server_address[1]
        self.start()

    def plan(self, **headers):
        return self.mesh.call("/agents/planner/plan", "POST", b"where to?",
                              headers)

    def test_a_repetition_of_a_keyed_call_is_answered_from_memory(self):
        replies = [self.plan(**{"idempotency-key": "trip-1"})
                   for _ in range(3)]
        self.assertEqual([200] * 3, [reply.status for reply in replies])
        self.assertEqual(1, len({reply.body for reply in replies}))
        self.assertEqual([("POST", "/plan")], self.agent.seen)

    def test_both_sides_are_on_record(self):
        reply = self.plan(**{"herald-labels": "personal"})
        self.assertEqual("planner-0", reply.headers["herald-peer"])
        sent = {name.lower(): value
                for name, value in reply.json()["headers"].items()}
        self.assertEqual("spiffe://test.example/agent/planner",
                         sent["herald-caller"])
        self.assertEqual("personal", sent["herald-labels"])

        def sides():
            return sorted(line["side"]
                          for line in self.decisions(self.mesh.planner))
        mesh.wait_for(lambda: len(sides()) == 4, "four lines")
        self.assertEqual(["callee"] * 2 + ["caller"] * 2, sides())

    def test_a_drain_lets_our_own_agents_go_on(self):
        self.mesh.herald("drain", "--admin",
                         f"127.0.0.1:{self.mesh.planner.admin}")
        self.assertEqual([200] * 3, [self.plan().status for _ in range(3)])


if __name__ == "__main__":
    unittest.main()
