# SPDX-License-Identifier: Apache-2.0
"""What users' files and scripts rely on: the example files as they stand, and
exit codes of the command line."""
import json
import unittest

import mesh

PLANNER = """# planner.yaml: herald sidecar --config planner.yaml
node:
  name: planner-0
  namespace: claims
  site: {country: DE, tier: Device, operator: acme, operatorControl: [DE]}
identity: {certificate: planner-0.crt, key: planner-0.key, trust: ca.crt}
agents:
- name: planner
  address: 127.0.0.1:8080
  protocol: http1
  skills: [plan]
  idempotent: ["GET *", "POST /summarize"]
listen:
  agents:
  - {address: 127.0.0.1:15001}
  - {address: "unix:agents.sock"}
  - {address: 127.0.0.1:15101, agent: summarizer}
  mesh: 0.0.0.0:15443
  admin: 127.0.0.1:15000
discovery:
- file: peers.yaml
policy: [policy.yaml]
"""

PEERS = """peers:
- name: summarizer-fra
  address: 10.77.2.1:15443
  identity: spiffe://test.example/agent/summarizer
  site: {country: DE, tier: FarEdge, operator: acme, operatorControl: [DE], \
assurance: [], attestation: declared}
  agents: [{name: summarizer, skills: [summarize], tags: [text]}]
  via: gateway-fra
"""


class ContractsTest(mesh.MeshTest):
    def cli(self, *argv):
        return self.mesh.herald(*argv, check=False)

    def test_the_example_files_are_fine_as_they_stand(self):
        folder = self.mesh.folder
        (folder / "planner.yaml").write_text(PLANNER)
        (folder / "peers.yaml").write_text(PEERS)
        self.mesh.herald("certs", "issue", folder, "--id",
                         "spiffe://test.example/agent/planner", "--out",
                         "planner-0")
        checked = self.cli("config", "check", "--config",
                           folder / "planner.yaml")
        self.assertEqual(0, checked.returncode, checked.stderr)
        self.assertIn("1 peer", checked.stdout)

    def test_a_relay_that_nobody_knows_carries_what_needs_no_facts_of_it(self):
        self.start()
        peers = self.mesh.folder / "peers.yaml"
        peers.write_text(self.mesh.peers_text() + "  via: gateway-fra\n")
        mesh.wait_for(lambda: json.loads(self.mesh.planner.ask(
            "/discovery")[1])[0]["loads"] == 2, "the file read again")
        self.assertEqual(200, self.mesh.call().status)

    def test_arguments_that_no_request_can_hold_are_unusable(self):
        for argv in (["summarizer", "-p", "nopath"],
                     ["summarizer", "-X", "G ET"],
                     ["summarizer", "-X", "CONNECT"],
                     ["summarizer", "-H", "a: b\r\nc: d"],
                     ["summarizer", "-H", "a b: c"],
                     ["summarizer", "--label", "a\nb"],
                     ["sum marizer"]):
            with self.subTest(argv):
                said = self.cli("call", *argv, "--via", "127.0.0.1:1")
                self.assertEqual(2, said.returncode, said.stderr)
                self.assertIn("cannot be sent", said.stderr)

    def test_a_host_of_ones_own_reaches_the_agent(self):
        self.start()
        said = self.cli("call", "summarizer", "-H", "Host: shop.example",
                        "--via", f"127.0.0.1:{self.mesh.planner.port}")
        self.assertEqual(0, said.returncode, said.stderr)
        self.assertEqual("shop.example",
                         json.loads(said.stdout)["headers"]["host"])

    def test_fields_that_an_agent_forges_in_its_answer_are_counted(self):
        self.start()
        self.mesh.agents["fra"].extra_headers = [("herald-peer", "forged"),
                                                 ("herald-evil", "1")]
        reply = self.mesh.call()
        self.assertEqual("fra", reply.headers["herald-peer"])
        self.assertNotIn("herald-evil", reply.headers)
        self.assertEqual(2, self.mesh.sites["fra"].metric(
            "herald_stripped_headers_total"))

    def test_explaining_an_agent_that_nobody_serves_is_unusable_input(self):
        self.start()
        said = self.cli("policy", "explain", "--agent", "nobody", "--admin",
                        f"127.0.0.1:{self.mesh.planner.admin}")
        self.assertEqual(2, said.returncode, said.stdout)
        self.assertIn("no peer serves 'nobody'", said.stderr)


if __name__ == "__main__":
    unittest.main()
