# SPDX-License-Identifier: Apache-2.0
"""Sidecars find each other in a real etcd, whatever happens to it."""
import unittest

import etcd
import mesh


class RegistrationTest(etcd.EtcdTest):
    def test_sidecars_find_each_other(self):
        self.cluster()
        self.start_in_etcd(("fra", "par"))
        self.assertEqual({"/herald/peers/fra", "/herald/peers/par",
                          "/herald/peers/planner-0"}, self.etcd.keys())
        self.assertEqual(200, self.mesh.call().status)
        peer = self.mesh.planner.peers()["fra"]
        self.assertEqual("spiffe://test.example/agent/summarizer",
                         peer["identity"])
        self.assertIn("etcd", peer["source"])

    def test_a_killed_sidecar_goes_with_its_lease(self):
        self.cluster()
        self.start_in_etcd(("fra", "par"))
        self.mesh.sites["fra"].signal(9)
        self.wait_for_peers({"par"}, 30)
        self.assertNotIn("/herald/peers/fra", self.etcd.keys())
        self.assertEqual("par", self.mesh.call().headers["herald-peer"])

    def test_one_that_leaves_takes_its_key_along(self):
        self.cluster()
        self.start_in_etcd(("fra", "par"))
        self.mesh.sites["fra"].signal(15)
        self.mesh.sites["fra"].wait()
        self.assertNotIn("/herald/peers/fra", self.etcd.keys())
        self.wait_for_peers({"par"})

    def test_a_key_that_somebody_deletes_comes_back(self):
        self.cluster()
        self.start_in_etcd()
        self.etcd.delete("/herald/peers/fra")
        mesh.wait_for(lambda: "/herald/peers/fra" in self.etcd.keys(),
                      "the key to be back")
        self.wait_for_peers({"fra"})

    def test_a_wrong_value_harms_no_other(self):
        self.cluster()
        self.start_in_etcd()
        self.etcd.put("/herald/peers/odd", "{\"address\": \"nowhere\"}")
        mesh.wait_for(
            lambda: "peers/odd" in self.mesh.planner.ask("/discovery")[1],
            "the wrong value to be told")
        self.assertEqual(200, self.mesh.call().status)
        self.etcd.put("/herald/peers/odd", (
            '{"address": "127.0.0.1:9", "identity": "spiffe://test.example/x",'
            ' "agents": [{"name": "odd"}], "newKey": 1}'))
        self.wait_for_peers({"fra", "odd"})


class TroubleTest(etcd.EtcdTest):
    def test_calls_go_on_while_etcd_is_away_and_it_is_found_again(self):
        self.cluster()
        self.start_in_etcd()
        self.etcd.members[0].kill()
        mesh.wait_for(lambda: self.mesh.planner.metric(
            "herald_discovery_stale_seconds") > 0, "the source to be stale")
        with self.mesh.steady_calls() as calls:
            calls.go_on()
        self.assertEqual({200}, set(calls.statuses))
        self.assertTrue(self.mesh.planner.peers()["fra"]["stale"])
        self.etcd.members[0].start()
        mesh.wait_for(lambda: self.mesh.planner.metric(
            "herald_discovery_stale_seconds") == 0, "the source to be well",
            90)
        mesh.wait_for(lambda: "/herald/peers/fra" in self.etcd.keys(),
                      "fra to be registered", 90)
        self.wait_for_peers({"fra"}, 60)

    def test_compaction_while_away_is_read_anew(self):
        self.cluster()
        self.start_in_etcd()
        planner = self.mesh.planner
        planner.signal(19)  # stopped: what is sent to it waits in the kernel
        self.etcd.members[0].kill()  # and from now on nothing is
        self.etcd.members[0].start()
        mesh.wait_for(self.etcd.members[0].healthy, "etcd to be back",
                      etcd.START)
        for number in range(20):
            self.etcd.put("/herald/peers/ghost", (
                '{"address": "127.0.0.1:9", "identity": '
                f'"spiffe://test.example/x{number}"}}'))
        self.etcd.delete("/herald/peers/ghost")
        self.etcd.compact()
        planner.signal(18)
        mesh.wait_for(lambda: planner.metric("herald_etcd_reads_total") >= 2,
                      "all to be read anew", 60)
        self.wait_for_peers({"fra"}, 60)
        mesh.wait_for(lambda: self.mesh.call().status == 200, "a call")

    def test_a_member_of_three_may_be_lost(self):
        self.cluster(members=3)
        self.start_in_etcd()
        for member in self.etcd.members:
            member.kill()
            self.etcd.put("/herald/peers/late", (
                '{"address": "127.0.0.1:9", '
                '"identity": "spiffe://test.example/x", '
                '"agents": [{"name": "late"}]}'))
            self.wait_for_peers({"fra", "late"}, 60)
            self.etcd.delete("/herald/peers/late")
            self.wait_for_peers({"fra"}, 60)
            member.start()
            mesh.wait_for(member.healthy, "the member to be back", etcd.START)


class AccessTest(etcd.EtcdTest):
    def test_login_with_the_right_password(self):
        self.cluster()
        self.etcd.demand_login("herald", "secret")
        (self.mesh.folder / "password").write_text("secret\n")
        self.start_in_etcd(user="herald", passwordFile="password")
        self.assertEqual(200, self.mesh.call().status)

    def test_a_wrong_password_is_told_and_may_be_corrected(self):
        self.cluster()
        self.etcd.demand_login("herald", "secret")
        (self.mesh.folder / "password").write_text("guess\n")
        site = self.mesh.site("fra")
        site.discovery = self.entry(user="herald", passwordFile="password")
        site.ready = lambda: site.process.poll() is None
        site.start()
        mesh.wait_for(lambda: "authentication failed" in site.tail(),
                      "the wrong password to be told")
        (self.mesh.folder / "password").write_text("secret\n")
        mesh.wait_for(lambda: "/herald/peers/fra" in self.etcd.keys(),
                      "fra to be registered", 60)

    def test_tls_with_a_client_certificate(self):
        self.cluster(tls=True)
        keys = {name: self.etcd.folder / file for name, file in (
            ("trust", "ca.crt"), ("certificate", "client.crt"),
            ("key", "client.key"))}
        self.start_in_etcd(**keys)
        self.assertEqual(200, self.mesh.call().status)

    def test_a_server_of_another_authority_is_not_believed(self):
        self.cluster(tls=True)
        site = self.mesh.site("fra")
        site.discovery = self.entry(trust="ca.crt")  # the mesh's own
        site.ready = lambda: site.process.poll() is None
        site.start()
        mesh.wait_for(lambda: "discovery_" in site.tail(),
                      "the refusal to be told")
        self.assertEqual(set(), self.etcd.keys())


if __name__ == "__main__":
    unittest.main()
