# SPDX-License-Identifier: Apache-2.0
"""Several ways to one peer: choice, failover and policy are by way."""
import json
import unittest

import mesh
import udp_relay

POLICY = """apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: ways}
spec:
  rules:
  - {id: open, effect: Permit, covers: [unlabelled], where: {}}
  - {id: at-home, effect: Permit, covers: [personal],
     where: {process: {countries: {in: [DE]}},
             transit: {countries: {in: [DE]}}}}
"""


class WaysTest(mesh.MeshTest):
    def setUp(self):
        super().setUp()
        site = self.mesh.site("fra")
        self.slice = self.relay(site.mesh_port)
        self.internet = self.relay(site.mesh_port, delay=0.02)
        self.mesh.peers_text = lambda: f"""peers:
- name: fra
  identity: spiffe://test.example/agent/summarizer
  site: {site.site}
  agents: [{{name: summarizer, skills: [summarize]}}]
  ways:
  - name: slice
    address: 127.0.0.1:{self.slice.port}
    dscp: 46
    transit: [{{country: DE}}]
  - name: internet
    address: 127.0.0.1:{self.internet.port}
    bind: 127.0.0.1
    transit: [{{country: US}}]
"""
        (self.mesh.folder / "policy.yaml").write_text(POLICY)
        self.mesh.start()
        mesh.wait_for(lambda: {"slice", "internet"} == set(self.up()),
                      "both ways up")

    def relay(self, to, delay=0.0):
        relay = udp_relay.Relay(to, delay)
        self.addCleanup(relay.stop)
        return relay

    def rows(self):
        return json.loads(self.mesh.planner.ask("/peers")[1])

    def up(self):
        return [row["way"] for row in self.rows() if row["state"] == "up"]

    def way_of(self, name):
        return next(row for row in self.rows() if row["way"] == name)

    def call(self, path="/agents/summarizer/", labels=None):
        headers = {"herald-labels": labels} if labels else {}
        return self.mesh.call(path, headers=headers)

    def test_calls_take_the_faster_way(self):
        before = self.slice.carried, self.internet.carried
        for _ in range(100):
            self.assertEqual(200, self.call().status)
        by_slice = self.slice.carried - before[0]
        by_internet = self.internet.carried - before[1]
        self.assertGreater(by_slice, 5 * by_internet)
        self.assertLess(self.way_of("slice")["rttMs"],
                        self.way_of("internet")["rttMs"])

    def test_no_call_is_lost_when_a_way_is_cut(self):
        with mesh.SteadyCalls(lambda: self.call().status) as calls:
            calls.go_on(20)
            self.slice.cut()
            calls.go_on(20)
            mesh.wait_for(lambda: self.up() == ["internet"],
                          "the way that was cut to be seen")
            self.slice.mend()
            mesh.wait_for(lambda: len(self.up()) == 2, "the way to be back")
        self.assertEqual({200}, set(calls.statuses))

    def test_data_goes_by_no_way_that_policy_forbids(self):
        self.assertEqual(200, self.call(labels="personal").status)
        self.slice.cut()
        mesh.wait_for(lambda: self.up() == ["internet"], "one way left")
        refused = self.call(labels="personal")
        self.assertEqual(403, refused.status)
        self.assertIn("where.transit.countries.in",
                      str(refused.json()["nearest"]))
        self.assertEqual(200, self.call().status)


if __name__ == "__main__":
    unittest.main(verbosity=0)
