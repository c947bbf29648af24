# SPDX-License-Identifier: Apache-2.0
"""Certificates and trust are replaced under load, and no call is cut."""
import unittest

import mesh


class RenewalTest(mesh.MeshTest):
    def own_trust(self, *sidecars):
        """Each of them reads a trust file of its own, NAME-ca.crt."""
        for sidecar in sidecars:
            self.trust(sidecar, self.mesh.folder / "ca.crt")

            def write(sidecar=sidecar, before=sidecar.write):
                before()
                path = self.mesh.folder / f"{sidecar.name}.yaml"
                path.write_text(path.read_text().replace(
                    "trust: ca.crt", f"trust: {sidecar.name}-ca.crt"))
            sidecar.write = write

    def trust(self, sidecar, *authorities):
        self.mesh.write(f"{sidecar.name}-ca.crt",
                        "".join(path.read_text() for path in authorities))

    def renew(self, sidecar, authority=None):
        """As an issuer's agent does it: two files, one after the other."""
        folder = authority or self.mesh.folder
        self.mesh.herald("certs", "issue", folder, "--id", sidecar.identity,
                         "--out", "next")
        for end in ("key", "crt"):
            (folder / f"next.{end}").rename(
                self.mesh.folder / f"{sidecar.name}.{end}")

    def renewals(self, sidecar):
        return sidecar.metric("herald_identity_renewals_total")

    def test_certificates_are_renewed_under_load_without_a_failed_call(self):
        self.start(("fra", "DE", "FarEdge"))
        fra, planner = self.mesh.sites["fra"], self.mesh.planner
        with self.mesh.steady_calls(callers=4) as calls:
            calls.go_on()
            for sidecar in (fra, planner):
                connects = planner.metric("herald_peer_connects_total")
                self.renew(sidecar)
                mesh.wait_for(lambda: self.renewals(sidecar) == 1,
                              f"{sidecar.name} to use its new certificate")
                mesh.wait_for(
                    lambda: planner.metric("herald_peer_connects_total")
                    > connects, "the connection to be made anew")
            calls.go_on()
        statuses = calls.statuses
        self.assertEqual({200}, set(statuses))
        self.assertEqual(len(statuses), len(self.mesh.agents["fra"].seen))
        print(f"\n{len(statuses)} calls over two renewals, none failed")

    def test_files_that_cannot_be_used_keep_the_old_ones_and_are_said(self):
        self.start()
        fra = self.mesh.sites["fra"]
        self.mesh.write("fra.crt", "nonsense")
        mesh.wait_for(lambda: self.renewals(fra) == 1, "the file to be refused")
        self.assertIn("identity_refused", fra.tail())
        self.assertIn("is not a PEM certificate", fra.tail())
        self.assertEqual(200, fra.ask("/readyz")[0])
        self.assertEqual(200, self.mesh.call().status)

    def test_who_is_trusted_no_more_is_cut_off_until_it_is_again(self):
        fra, planner = self.mesh.site("fra"), self.mesh.planner
        self.own_trust(fra, planner)
        self.mesh.start()
        old = self.mesh.folder / "ca.crt"
        other = self.mesh.folder / "other"
        self.mesh.herald("certs", "init", other, "--trust-domain",
                         "test.example")
        self.assertEqual(200, self.mesh.call().status)

        self.trust(planner, old, other / "ca.crt")  # more trust changes nothing
        mesh.wait_for(lambda: self.renewals(planner) == 1, "both to be trusted")
        self.renew(planner, other)
        self.trust(fra, old, other / "ca.crt")
        mesh.wait_for(lambda: self.renewals(planner) == 2,
                      "the planner to be of the other authority")
        mesh.wait_for(lambda: self.renewals(fra) == 1, "fra to trust both")
        self.assertEqual(200, self.mesh.call().status)

        self.trust(planner, other / "ca.crt")  # fra is still of the old one
        mesh.wait_for(lambda: planner.peers()["fra"]["state"] == "down",
                      "fra to be cut off")
        self.assertEqual(503, self.mesh.call(method="POST").status)
        self.renew(fra, other)
        mesh.wait_for(lambda: planner.peers()["fra"]["state"] == "up",
                      "fra to be trusted again")
        self.assertEqual(200, self.mesh.call().status)


if __name__ == "__main__":
    unittest.main()
