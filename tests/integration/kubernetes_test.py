# SPDX-License-Identifier: Apache-2.0
"""Sidecars find each other through a real API server, and go on without it."""
import datetime
import json
import os
import time
import unittest

import kube
import mesh

PUBLISHED = "herald_kubernetes_published"
STALE = "herald_discovery_stale_seconds"
FLEET = int(os.environ.get("HERALD_TEST_AGENTS", "2000"))


@kube.needed
class KubernetesTest(kube.KubeTest):
    def agent_of(self, name):
        return self.kube.get(self.agents_path(name))

    def test_sidecars_find_each_other_and_say_how_they_are(self):
        self.site("fra")
        self.site("par", "FR", "NearEdge")
        self.start_all()
        reply = self.mesh.call("/agents/summarizer/x")
        self.assertEqual(200, reply.status)
        self.assertIn(reply.headers["herald-peer"], ("fra", "par"))
        fra = self.mesh.sites["fra"]
        mesh.wait_for(lambda: fra.metric(PUBLISHED), "fra to be published")
        agent = self.agent_of("fra")
        self.assertEqual(f"127.0.0.1:{fra.mesh_port}",
                         agent["spec"]["address"])
        self.assertEqual("DE", agent["spec"]["site"]["country"])
        self.assertEqual({"ready": True,
                          "policyHash": fra.status()["hash"]},
                         agent["status"])

    def test_agents_come_change_go_and_one_that_is_wrong_harms_no_other(self):
        self.mesh.planner.start()
        self.kube.create(self.agents_path(), self.agent("a"))
        self.wait_peers({"a"})
        wrong = self.agent("b")
        wrong["spec"]["address"] = "nowhere"
        self.kube.create(self.agents_path(), wrong)
        self.kube.create(self.agents_path(), self.agent("c"))
        self.wait_peers({"a", "c"})
        self.assertEqual(1, self.mesh.planner.metric(
            "herald_kubernetes_faulty_agents"))
        self.assertIn(f"Agent {self.space}/b",
                      self.mesh.planner.ask("/discovery")[1])
        self.kube.patch(self.agents_path("a"),
                        {"spec": {"address": "127.0.0.1:10"}})
        mesh.wait_for(lambda: self.mesh.planner.peers()["a"]["address"] ==
                      "127.0.0.1:10", "the new address")
        self.kube.patch(self.agents_path("c") + "/status",
                        {"status": {"ready": False}})
        self.wait_peers({"a"})
        self.kube.delete(self.agents_path("a"))
        self.wait_peers(set())

    def test_a_pod_needs_no_word_about_its_cluster(self):
        """Its account, its name, its node's place: all as the pod has them."""
        self.kube.create("/api/v1/nodes", {"metadata": {
            "name": "node-7", "labels": {
                "topology.kubernetes.io/region": "eu-central",
                "topology.kubernetes.io/zone": "eu-central-b"}}})
        fra = self.site("fra")
        self.put_in_pod(fra, "node-7")
        self.start_all()
        self.assertEqual(200, self.mesh.call().status)
        agent = self.agent_of("fra")
        self.assertEqual(
            [("Pod", "fra", fra.environment["POD_UID"])],
            [(owner["kind"], owner["name"], owner["uid"])
             for owner in agent["metadata"]["ownerReferences"]])
        self.assertEqual(("eu-central", "eu-central-b"),
                         (agent["spec"]["site"]["region"],
                          agent["spec"]["site"]["zone"]))

    def test_our_own_agent_is_put_back_when_somebody_deletes_it(self):
        self.site("fra")
        self.start_all()
        before = self.agent_of("fra")["metadata"]["uid"]
        self.kube.delete(self.agents_path("fra"))

        def is_back():
            status, text = self.kube.ask("GET", self.agents_path("fra"))
            return status == 200 and (
                json.loads(text)["metadata"]["uid"] != before)
        mesh.wait_for(is_back, "the Agent to be put back")
        self.wait_peers({"fra"})

    def test_who_drains_says_so_before_it_goes(self):
        self.site("fra")
        self.site("par")
        self.start_all()
        self.mesh.sites["fra"].signal(15)
        self.wait_peers({"par"})
        self.assertEqual(0, self.mesh.sites["fra"].wait())
        self.assertIs(False, self.agent_of("fra")["status"]["ready"])
        self.mesh.sites["fra"].start()
        self.wait_peers({"par", "fra"})

    def test_calls_go_on_while_the_api_server_is_away_and_after(self):
        self.site("fra")
        self.start_all()
        planner = self.mesh.planner
        with self.mesh.steady_calls() as calls:
            calls.go_on()
            self.kube.stop_api()
            mesh.wait_for(lambda: planner.metric(STALE) > 2,
                          "the source to be said stale")
            self.assertEqual({"fra"}, set(planner.peers()))
            calls.go_on(200)
            self.kube.start_api()
            self.kube.create(self.agents_path(), self.agent("new"))
            self.wait_peers({"fra", "new"}, seconds=60)
            mesh.wait_for(lambda: planner.metric(STALE) == 0,
                          "the source to be fresh")
            calls.go_on()
        self.assertEqual({200}, set(calls.statuses))

    def test_a_version_that_the_server_forgot_is_listed_again(self):
        self.mesh.planner.start()
        self.kube.create(self.agents_path(), self.agent("a"))
        self.wait_peers({"a"})
        lists = self.mesh.planner.metric("herald_kubernetes_lists_total")
        with self.kube.unseen():
            self.kube.delete(self.agents_path("a"))
            for name in ("b", "c"):
                self.kube.create(self.agents_path(), self.agent(name))
        self.wait_peers({"b", "c"}, seconds=60)
        # Nothing but 410 makes it list a second time.
        self.assertGreater(
            self.mesh.planner.metric("herald_kubernetes_lists_total"), lists)

    def test_a_right_that_is_taken_away_stops_no_call_and_may_come_back(self):
        self.site("fra")
        self.start_all()
        planner = self.mesh.planner
        self.revoke()
        self.kube.restart_api()  # a watch under way would live on
        mesh.wait_for(lambda: "forbidden" in planner.ask("/discovery")[1],
                      "the missing right to be told", 60)
        self.assertEqual(200, self.mesh.call().status)
        self.kube.create(self.agents_path(), self.agent("new"))
        self.grant()
        self.wait_peers({"fra", "new"}, seconds=60)

    def test_a_token_that_is_replaced_is_taken_up(self):
        planner = self.mesh.planner
        (self.mesh.folder / "token").write_text("no token of this cluster")
        with self.assertRaises(AssertionError):
            self.patient(planner, 3)
        self.assertIn("Unauthorized", planner.tail())
        self.mesh.write("token", self.kube.token(self.space, "sidecar"))
        mesh.wait_for(planner.ready, "the planner to be ready", 60)

    def patient(self, sidecar, seconds):
        patience, mesh.wait_for.__defaults__ = (
            mesh.wait_for.__defaults__, (seconds,))
        try:
            sidecar.start()
        finally:
            mesh.wait_for.__defaults__ = patience

    def fleet(self):
        for number in range(FLEET):
            agent = self.agent(f"a-{number}",
                               f"10.{number >> 16}.{number >> 8 & 255}."
                               f"{number & 255}:15443")
            agent["spec"]["agents"] = [{"name": f"agent-{number % 50}",
                                        "skills": ["summarize"]}]
            yield agent

    def test_a_fleet_is_known_within_seconds(self):
        """HERALD_TEST_AGENTS of them: 2,000; 20,000 on request."""
        planner = self.mesh.planner

        def known():
            return planner.metric("herald_kubernetes_agents") == FLEET
        planner.start()
        empty = planner.rss_mib()
        began = time.monotonic()
        self.kube.create_all(self.agents_path(), self.fleet())
        filled = time.monotonic() - began
        mesh.wait_for(known, f"{FLEET} peers", 60)
        watched = time.monotonic() - began - filled
        grown = planner.rss_mib() - empty
        planner.stop()
        began = time.monotonic()
        self.patient(planner, 120)
        mesh.wait_for(known, f"{FLEET} peers by list", 120)
        listed = time.monotonic() - began
        print(f"\n{FLEET} agents: filled in {filled:.1f} s, the last known "
              f"{watched:.2f} s later, {grown:.1f} MiB more memory; listed "
              f"anew {listed:.1f} s after a start, then "
              f"{planner.rss_mib():.1f} MiB in all")
        self.assertEqual(FLEET, len(planner.peers()))


@kube.needed
class PolicyObjectsTest(kube.KubeTest):
    """Policies as objects: enforced, changed, wrong, and the server away."""

    def setUp(self):
        super().setUp()
        self.made = []
        self.addCleanup(self.forget)
        self.mesh.planner.policy = ["{kubernetes: {kubeconfig: kubeconfig}}"]

    def forget(self):
        for path in self.made:
            self.kube.ask("DELETE", path)

    def policies(self, text=mesh.POLICY):
        for document in text.split("---\n"):
            kind = document.split("kind: ")[1].split("\n")[0]
            name = document.split("name: ")[1].split("}")[0]
            plural = {"LabelSchema": "labelschemas",
                      "JurisdictionSet": "jurisdictionsets",
                      "ClusterRoutingPolicy": "clusterroutingpolicies"}[kind]
            path = f"{kube.GROUP}/{plural}/{name}"
            self.kube.apply(path, document)
            self.made.append(path)

    def call_with(self, labels):
        return self.mesh.call(headers={"herald-labels": labels}).status

    def test_a_set_of_objects_is_enforced_as_files_would_be(self):
        self.site("fra")
        self.site("nyc", "US", "Cloud")
        self.policies()
        self.start_all()
        reply = self.mesh.call(headers={"herald-labels": "personal"})
        self.assertEqual((200, "fra"),
                         (reply.status, reply.headers["herald-peer"]))
        shown = self.mesh.planner.status()
        self.assertEqual({"ClusterRoutingPolicy/test", "LabelSchema/labels",
                          "JurisdictionSet/sets"}, set(shown["files"]))

    def test_without_an_object_every_call_is_refused(self):
        self.site("fra")
        self.start_all()
        self.assertEqual(403, self.mesh.call().status)
        self.policies()
        mesh.wait_for(lambda: self.mesh.call().status == 200,
                      "the policy to come into force")

    def test_a_change_is_enforced_and_a_wrong_one_is_not(self):
        self.site("fra")
        self.policies()
        self.start_all()
        path = f"{kube.GROUP}/clusterroutingpolicies/test"
        self.assertEqual(200, self.call_with("personal"))
        spec = self.kube.get(path)["spec"]
        without = [r for r in spec["rules"] if r["id"] != "personal-in-eea"]
        # Without its word the new policy would be held, as files' would be.
        note = {"annotations": {"herald.dev/may-newly-deny": "2100-01-01"}}
        self.kube.patch(path, {"metadata": note, "spec": {"rules": without}})
        mesh.wait_for(lambda: self.call_with("personal") == 403,
                      "the rule to be gone")
        wrong = [*without, {"id": "a", "effect": "Permit", "covers": ["what"]}]
        hash_before = self.mesh.planner.status()["hash"]
        self.kube.patch(path, {"spec": {"rules": wrong}})
        refused = mesh.wait_for(
            lambda: self.mesh.planner.status()["refused"], "the refusal")
        self.assertIn("ClusterRoutingPolicy/test:", refused)
        self.assertIn("what", refused)
        self.assertEqual(hash_before, self.mesh.planner.status()["hash"])

    def test_an_override_counts_when_its_seal_does(self):
        nyc = self.site("nyc", "US", "Cloud")
        nyc.policy = self.mesh.planner.policy  # both sides must permit
        self.policies()
        for sidecar in (nyc, self.mesh.planner):
            sidecar.extra = "policySigners: [ops.pub]\n"
        folder = self.mesh.folder
        self.mesh.herald("policy", "key", folder / "ops")
        self.start_all()
        self.assertEqual(403, self.call_with("personal"))
        now = datetime.datetime.now(datetime.timezone.utc)

        def moment(minutes):
            at = now + datetime.timedelta(minutes=minutes)
            return at.strftime("%Y-%m-%dT%H:%M:%SZ")
        (folder / "night.yaml").write_text(f"""
apiVersion: herald.dev/v1alpha1
kind: Override
metadata: {{name: night, namespace: {self.space}}}
spec:
  reason: "the lake is dry"
  from: {moment(-5)}
  until: {moment(60)}
  rules:
  - id: us
    covers: [personal]
    where: {{process: {{countries: {{in: [US]}}}}}}
""")
        path = f"{kube.GROUP}/namespaces/{self.space}/overrides/night"
        self.made.append(path)
        self.kube.apply(path, (folder / "night.yaml").read_text())
        refused = mesh.wait_for(
            lambda: self.mesh.planner.status()["refused"], "the refusal")
        self.assertIn("bears no signature", refused)
        sealed = self.mesh.herald("policy", "sign", folder / "night.yaml",
                                  "--key", folder / "ops.key", "--object")
        self.kube.apply(path, sealed.stdout)
        mesh.wait_for(lambda: self.call_with("personal") == 200,
                      "the Override to be in force")

    def test_the_policy_in_force_outlives_the_server(self):
        self.site("fra")
        self.policies()
        self.start_all()
        self.kube.stop_api()
        try:
            mesh.wait_for(lambda: self.mesh.planner.metric(STALE) > 1,
                          "the server to be missed")
            self.assertEqual(200, self.mesh.call().status)
        finally:
            self.kube.start_api()


if __name__ == "__main__":
    unittest.main()
