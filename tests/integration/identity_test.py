# SPDX-License-Identifier: Apache-2.0
"""Between real processes: who may not speak in the mesh is refused."""
import unittest

import mesh


class IdentityTest(mesh.MeshTest):
    def refused(self):
        """Starts all but does not wait for the peers: they must not come up."""
        (self.mesh.folder / "peers.yaml").write_text(self.mesh.peers_text())
        for site in self.mesh.sites.values():
            site.start()
        self.mesh.planner.start()
        mesh.wait_for(
            lambda: self.mesh.planner.peers()["fra"]["state"] == "down",
            "the handshake to be refused")
        self.assertEqual(503, self.mesh.call(method="POST").status)
        self.assertEqual([], self.mesh.agents["fra"].seen)

    def test_peer_with_another_agents_name_is_refused(self):
        self.mesh.site("fra").identity = "spiffe://test.example/agent/other"
        self.refused()

    def test_peer_of_another_trust_domain_is_refused(self):
        self.mesh.site("fra")
        foreign = self.mesh.folder / "foreign"
        self.mesh.herald("certs", "init", foreign, "--trust-domain",
                         "evil.example")
        self.mesh.herald("certs", "issue", foreign, "--id",
                         "spiffe://evil.example/agent/summarizer",
                         "--out", "fra")
        for end in ("crt", "key"):
            (foreign / f"fra.{end}").rename(self.mesh.folder / f"fra.{end}")
        site = self.mesh.sites["fra"]
        write = site.write

        def with_foreign_trust():
            write()
            path = self.mesh.folder / "fra.yaml"
            path.write_text(path.read_text().replace(
                "trust: ca.crt", "trust: foreign/ca.crt"))
        site.write = with_foreign_trust
        self.refused()


if __name__ == "__main__":
    unittest.main()
