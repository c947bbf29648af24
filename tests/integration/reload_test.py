# SPDX-License-Identifier: Apache-2.0
"""The peers file is read again however it is replaced."""
import unittest

import mesh


class ReloadTest(mesh.MeshTest):
    def prepare(self):
        self.mesh.site("fra")
        self.mesh.site("par", "FR", "NearEdge")
        self.mesh.start()

    def test_replaced_file_changes_the_peers(self):
        self.prepare()
        new = self.mesh.folder / "peers.new"
        new.write_text(self.mesh.peers_text([self.mesh.sites["par"]]))
        new.rename(self.mesh.folder / "peers.yaml")
        mesh.wait_for(lambda: set(self.mesh.planner.peers()) == {"par"},
                      "fra to be gone")
        self.assertEqual("par", self.mesh.call().headers["herald-peer"])

    def test_kubernetes_symlink_swap_is_seen(self):
        self.mesh.site("fra")
        self.mesh.site("par", "FR", "NearEdge")
        folder = self.mesh.folder / "mounted"
        for version, sites in (("v1", ["fra"]), ("v2", ["par"])):
            (folder / version).mkdir(parents=True)
            (folder / version / "peers.yaml").write_text(self.mesh.peers_text(
                [self.mesh.sites[name] for name in sites]))
        (folder / "..data").symlink_to("v1")
        (folder / "peers.yaml").symlink_to("..data/peers.yaml")
        planner = self.mesh.planner
        write = planner.write

        def mounted():
            write()
            path = self.mesh.folder / "planner-0.yaml"
            path.write_text(path.read_text().replace(
                "file: peers.yaml", "file: mounted/peers.yaml"))
        planner.write = mounted
        self.mesh.start()
        self.assertEqual({"fra"}, set(planner.peers()))
        (folder / "..new").symlink_to("v2")
        (folder / "..new").rename(folder / "..data")
        mesh.wait_for(lambda: set(planner.peers()) == {"par"},
                      "the swapped file to be read")

    def test_broken_file_keeps_the_last_good_one_and_says_so(self):
        self.prepare()
        (self.mesh.folder / "peers.yaml").write_text(
            "peers:\n- name: x\n  adress: 1\n")
        mesh.wait_for(lambda: self.mesh.planner.metric(
            "herald_discovery_failures_total"), "the failure to be counted")
        self.assertEqual({"fra", "par"}, set(self.mesh.planner.peers()))
        self.assertEqual(200, self.mesh.call().status)
        self.assertIn("adress", self.mesh.planner.tail())
        told = self.mesh.herald(
            "peers", "--admin", f"127.0.0.1:{self.mesh.planner.admin}",
            check=False)
        self.assertIn("adress", told.stdout + told.stderr)


if __name__ == "__main__":
    unittest.main()
