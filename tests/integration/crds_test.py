# SPDX-License-Identifier: Apache-2.0
"""The kinds of k8s/crds, in a real API server: every policy of the book is
taken, what cannot be is refused, and people see columns."""
import pathlib
import re
import subprocess
import unittest

import kube

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = sorted((ROOT / "tests" / "cases" / "policy").glob("*.yaml"))
CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
PLURALS = {"RoutingPolicy": "routingpolicies",
           "ClusterRoutingPolicy": "clusterroutingpolicies",
           "LabelSchema": "labelschemas",
           "JurisdictionSet": "jurisdictionsets", "Override": "overrides"}


# Kubernetes' own YAML takes these for booleans, and our reader does not.
TRAP = re.compile(r"[\[ ,:](y|n)[\],}\n]")


def documents(text):
    """Those of our kinds, each with its kind, name and namespace."""
    for document in re.split(r"^---.*$", text, flags=re.M):
        kind = re.search(r"^kind: *(\w+)", document, re.M)
        if kind and kind[1] in PLURALS and not TRAP.search(document):
            name = re.search(r"\bname: *([\w.-]+)", document)[1]
            space = re.search(r"\bnamespace: *([a-z0-9-]+)[,}\n]", document)
            yield document, kind[1], name, space[1] if space else None


@kube.needed
class CrdsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kube = kube.ControlPlane()
        cls.addClassCleanup(cls.kube.stop)
        cls.kube.start()
        cls.spaces = set()

    def path(self, kind, space):
        inside = ""
        if kind in ("RoutingPolicy", "Override"):
            space = space or "default"
            inside = f"/namespaces/{space}"
            if space not in self.spaces | {"default"}:
                self.kube.namespace(space)
                self.spaces.add(space)
        return f"{kube.GROUP}{inside}/{PLURALS[kind]}"

    def test_they_are_as_their_script_writes_them(self):
        subprocess.run([ROOT / "scripts" / "crds", "--check"], check=True)

    def test_the_server_finds_nothing_wrong_with_them(self):
        for crd in self.kube.get(CRD)["items"]:
            conditions = {c["type"]: c["status"]
                          for c in crd["status"]["conditions"]}
            self.assertEqual({"NamesAccepted": "True", "Established": "True"},
                             conditions, crd["metadata"]["name"])

    def test_policies_of_the_book_and_of_the_cases_are_taken(self):
        taken = 0
        for case in CASES:
            for text, kind, name, space in documents(case.read_text()):
                path = self.path(kind, space)
                with self.subTest(case=case.name, kind=kind, name=name):
                    self.kube.create_yaml(path, text)
                    self.kube.delete(f"{path}/{name.lower()}")
                    taken += 1
        self.assertGreater(taken, 20)

    def refused(self, path, body):
        with self.assertRaises(kube.Refused) as caught:
            self.kube.create(path, body)
        self.assertEqual(422, caught.exception.status)
        return caught.exception.body

    def test_what_cannot_be_is_refused_with_its_place(self):
        def policy(**rule):
            return {"apiVersion": "herald.dev/v1alpha1",
                    "kind": "ClusterRoutingPolicy",
                    "metadata": {"name": "x"},
                    "spec": {"rules": [{"id": "a", **rule}]}}
        path = self.path("ClusterRoutingPolicy", None)
        self.assertIn("spec.rules.effect",
                      self.refused(path, policy(effect="Allow")))
        self.assertIn("spec.rules.obligations.retain", self.refused(
            path, policy(effect="Permit", obligations=[{"retain": "soon"}])))
        agent = {"apiVersion": "herald.dev/v1alpha1", "kind": "Agent",
                 "metadata": {"name": "x"},
                 "spec": {"address": "10.0.0.1:1", "identity": "planner"}}
        agents = f"{kube.GROUP}/namespaces/default/agents"
        self.assertIn("spec.identity", self.refused(agents, agent))
        agent["spec"] = {"identity": "spiffe://a.b/c",
                         "site": {"attestation": "hardware"}}
        self.assertIn("attestation", self.refused(agents, agent))

    def test_a_misspelt_key_of_a_rule_stays_for_the_compiler_to_see(self):
        path = self.path("ClusterRoutingPolicy", None)
        made = self.kube.create(path, {
            "apiVersion": "herald.dev/v1alpha1",
            "kind": "ClusterRoutingPolicy", "metadata": {"name": "misspelt"},
            "spec": {"rules": [{"id": "a", "effect": "Permit",
                                "covers": ["x"], "wher": {"process": {}}}]}})
        self.assertIn("wher", made["spec"]["rules"][0])
        self.assertEqual("Enforce", made["spec"]["mode"])
        self.kube.delete(f"{path}/misspelt")

    def test_people_see_columns(self):
        space = "/namespaces/default"
        self.kube.create(f"{kube.GROUP}{space}/agents", {
            "apiVersion": "herald.dev/v1alpha1", "kind": "Agent",
            "metadata": {"name": "planner-0"},
            "spec": {"address": "10.0.0.7:15443",
                     "identity": "spiffe://acme.example/a",
                     "site": {"country": "DE"},
                     "agents": [{"name": "planner"}]}})
        shown = self.kube.call(
            "GET", f"{kube.GROUP}{space}/agents",
            accept="application/json;as=Table;v=v1;g=meta.k8s.io")
        columns = [c["name"] for c in shown["columnDefinitions"]]
        row = dict(zip(columns, shown["rows"][0]["cells"]))
        self.assertEqual("planner", row["Agents"])
        self.assertEqual("10.0.0.7:15443", row["Address"])
        self.assertEqual("DE", row["Country"])

    def test_short_names_are_known(self):
        known = {r["name"]: r.get("shortNames") for r in self.kube.get(
            kube.GROUP)["resources"]}
        self.assertEqual(["hag"], known["agents"])
        self.assertEqual(["hrp"], known["routingpolicies"])


if __name__ == "__main__":
    unittest.main()
