# SPDX-License-Identifier: Apache-2.0
"""Certificates that come from a SPIFFE Workload API, with real sidecars."""
import os
import subprocess
import unittest

import mesh

SERVER = os.environ.get("HERALD_WORKLOAD_SERVER",
                        "build/dev/tests/support/workload_server")


class WorkloadIdentityTest(mesh.MeshTest):
    def by_workload_api(self, *sidecars):
        """Their configurations name a socket, and no file of a certificate."""
        for sidecar in sidecars:
            def write(sidecar=sidecar, before=sidecar.write):
                before()
                path = self.mesh.folder / f"{sidecar.name}.yaml"
                path.write_text(path.read_text().replace(
                    f"{{certificate: {sidecar.name}.crt, "
                    f"key: {sidecar.name}.key, trust: ca.crt}}",
                    f'{{workloadApi: "unix:{self.socket(sidecar)}"}}'))
            sidecar.write = write

    def socket(self, sidecar):
        return self.mesh.folder / f"{sidecar.name}.sock"

    def serve(self, *sidecars):
        for sidecar in sidecars:
            if not (self.mesh.folder / f"{sidecar.name}.crt").exists():
                self.issue(sidecar, sidecar.name)
            folder = self.mesh.folder
            process = subprocess.Popen(
                [SERVER, self.socket(sidecar), folder / f"{sidecar.name}.crt",
                 folder / f"{sidecar.name}.key", folder / "ca.crt"])
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)

    def issue(self, sidecar, name):
        self.mesh.herald("certs", "issue", self.mesh.folder, "--id",
                         sidecar.identity, "--out", name)

    def renew(self, sidecar):
        self.issue(sidecar, "next")
        for end in ("key", "crt"):
            (self.mesh.folder / f"next.{end}").rename(
                self.mesh.folder / f"{sidecar.name}.{end}")

    def start_mesh(self):
        fra, planner = self.mesh.site("fra"), self.mesh.planner
        self.by_workload_api(fra, planner)
        self.serve(fra, planner)
        self.mesh.start()
        return fra, planner

    def test_a_sidecar_waits_for_its_first_identity(self):
        fra, planner = self.mesh.site("fra"), self.mesh.planner
        self.by_workload_api(planner)
        ready = planner.ready
        planner.ready = lambda: planner.process.poll() is None and self.alive()
        (self.mesh.folder / "peers.yaml").write_text(self.mesh.peers_text())
        fra.start()
        planner.start()
        status, why = planner.ask("/readyz")
        self.assertEqual(503, status)
        self.assertIn("waiting for an identity", why)
        with self.assertRaises(OSError):
            self.mesh.call()
        mesh.wait_for(lambda: "identity_awaited" in planner.tail(),
                      "the log to say what it waits for")
        self.serve(planner)
        planner.ready = ready
        mesh.wait_for(planner.ready, "the planner to be ready")
        self.mesh.wait_up()
        self.assertEqual(200, self.mesh.call().status)

    def alive(self):
        try:
            return self.mesh.planner.ask("/livez")[0] == 200
        except OSError:
            return False

    def test_svids_rotate_under_load_without_a_failed_call(self):
        fra, planner = self.start_mesh()
        with self.mesh.steady_calls(callers=4) as calls:
            calls.go_on()
            for sidecar in (fra, planner):
                connects = planner.metric("herald_peer_connects_total")
                self.renew(sidecar)
                mesh.wait_for(
                    lambda: sidecar.metric("herald_identity_renewals_total")
                    == 1, f"{sidecar.name} to use its new SVID")
                mesh.wait_for(
                    lambda: planner.metric("herald_peer_connects_total")
                    > connects, "the connection to be made anew")
            calls.go_on()
        self.assertEqual({200}, set(calls.statuses))
        print(f"\n{len(calls.statuses)} calls over two rotations, none failed")

    def test_a_withdrawn_identity_ends_what_rests_on_it(self):
        fra, planner = self.start_mesh()
        self.assertEqual(200, self.mesh.call().status)
        (self.mesh.folder / "planner-0.crt").unlink()
        mesh.wait_for(lambda: planner.peers()["fra"]["state"] == "down",
                      "the connection to end")
        status, why = planner.ask("/readyz")
        self.assertEqual(503, status)
        self.assertIn("our identity is withdrawn", why)
        self.assertEqual(503, self.mesh.call(method="POST").status)
        self.renew(planner)
        mesh.wait_for(lambda: planner.peers()["fra"]["state"] == "up",
                      "the planner to be somebody again")
        self.assertEqual(200, planner.ask("/readyz")[0])
        self.assertEqual(200, self.mesh.call().status)

    def test_a_bundle_is_certificate_and_key_in_one_file(self):
        fra, planner = self.mesh.site("fra"), self.mesh.planner
        self.issue(planner, planner.name)
        folder = self.mesh.folder
        (folder / "planner.pem").write_text(
            (folder / "planner-0.key").read_text()
            + (folder / "planner-0.crt").read_text())
        (folder / "planner.pem").chmod(0o600)
        write = planner.write

        def with_bundle():
            write()
            path = folder / "planner-0.yaml"
            path.write_text(path.read_text().replace(
                "{certificate: planner-0.crt, key: planner-0.key, "
                "trust: ca.crt}",
                "{bundle: planner.pem, trust: ca.crt}"))
        planner.write = with_bundle
        self.mesh.start()
        self.assertEqual(200, self.mesh.call().status)


if __name__ == "__main__":
    unittest.main()
