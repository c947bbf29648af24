# SPDX-License-Identifier: Apache-2.0
"""What lies in k8s/ can be read, holds together, and says what is true of the
binary: settings, metrics, policies, ports, paths."""
import json
import re
import shutil
import subprocess
import tempfile
import unittest

import manifests
import mesh

ROOT = manifests.K8S.parent
POD = "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a}]}\n"


class ManifestsTest(unittest.TestCase):
    def find(self, kind, name=None):
        found = [each for path in manifests.files()
                 for each in manifests.objects(path) if each["kind"] == kind
                 and (name is None or each["metadata"]["name"] == name)]
        self.assertTrue(found, f"{kind} {name}")
        return found

    def herald(self, *argv, **kwargs):
        return subprocess.run([mesh.HERALD, *map(str, argv)], check=False,
                              capture_output=True, text=True, timeout=60,
                              **kwargs)

    def test_every_file_is_objects_with_a_kind_and_a_name(self):
        for path in manifests.files():
            with self.subTest(path=path):
                self.assertIn("SPDX-License-Identifier", path.read_text())
                for each in manifests.objects(path):
                    self.assertTrue(each["apiVersion"])
                    self.assertTrue(each["metadata"]["name"])

    def test_every_settings_file_is_one_that_injects(self):
        found = manifests.settings()
        self.assertGreaterEqual(len(found), 4)
        for path, text in found.items():
            with self.subTest(path=path), \
                    tempfile.NamedTemporaryFile("w") as file:
                file.write(text)
                file.flush()
                done = self.herald("inject", "-f", "-", "--settings",
                                   file.name, input=POD)
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertIn("name: HERALD_CONFIG", done.stdout)

    def test_the_example_policies_compile(self):
        done = self.herald("policy", "check",
                           manifests.K8S / "examples/policy.yaml")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_the_demo_agents_get_a_sidecar(self):
        for name in ("planner", "summarizer"):
            deployment, = self.find("Deployment", name)
            spec = deployment["spec"]["template"]["spec"]
            self.assertEqual("herald", spec["initContainers"][0]["name"])

    def test_the_webhooks_ask_where_the_injector_answers(self):
        service, = self.find("Service", "herald-injector")
        injector, = self.find("Deployment", "herald-injector")
        container, = injector["spec"]["template"]["spec"]["containers"]
        ports = {port["name"]: port["containerPort"]
                 for port in container["ports"]}
        self.assertEqual(8443, ports[service["spec"]["ports"][0]
                                     ["targetPort"]])
        paths = set()
        for kind in ("MutatingWebhookConfiguration",
                     "ValidatingWebhookConfiguration"):
            for each in self.find(kind):
                for webhook in each.get("webhooks", []):
                    asked = webhook["clientConfig"]["service"]
                    self.assertEqual(service["metadata"]["name"],
                                     asked["name"])
                    paths.add(asked["path"])
        self.assertEqual({"/mutate", "/validate"}, paths)

    def test_the_directory_answers_where_its_service_sends(self):
        service, = self.find("Service", "herald-directory")
        directory, = self.find("Deployment", "herald-directory")
        container, = directory["spec"]["template"]["spec"]["containers"]
        ports = {port["name"]: port["containerPort"]
                 for port in container["ports"]}
        self.assertEqual(8443, ports[service["spec"]["ports"][0]
                                     ["targetPort"]])
        # It knows the arguments, and misses but the pod.
        done = self.herald(*container["args"])
        self.assertIn("this is no pod", done.stderr)

    def test_ours_may_run_where_pods_are_restricted(self):
        for name in ("herald-injector", "herald-directory"):
            with self.subTest(name=name):
                self.check_restricted(name)

    def check_restricted(self, name):
        deployment, = self.find("Deployment", name)
        pod = deployment["spec"]["template"]["spec"]
        container, = pod["containers"]
        self.assertTrue(pod["securityContext"]["runAsNonRoot"])
        self.assertEqual({"type": "RuntimeDefault"},
                         pod["securityContext"]["seccompProfile"])
        self.assertEqual(["ALL"],
                         container["securityContext"]["capabilities"]["drop"])
        self.assertFalse(
            container["securityContext"]["allowPrivilegeEscalation"])

    def test_the_network_policy_opens_the_sidecars_ports_and_no_others(self):
        policy, = self.find("NetworkPolicy", "mesh-only")
        opened = {port["port"] for rule in policy["spec"]["ingress"]
                  for port in rule["ports"]}
        deployment, = self.find("Deployment", "planner")
        sidecar = deployment["spec"]["template"]["spec"]["initContainers"][0]
        self.assertEqual({port["containerPort"] for port in sidecar["ports"]},
                         opened)


class MonitoringTest(unittest.TestCase):
    def metrics(self):
        """Names that the sources give to metrics."""
        names = set()
        for folder in ("core", "discovery", "policy", "sidecar"):
            for path in (ROOT / folder).rglob("*.cc"):
                if not path.name.endswith("_test.cc"):
                    names.update(re.findall(r'"(herald_[a-z_]+)"',
                                            path.read_text()))
        return names

    def asked(self, text):
        words = re.findall(r"\b(herald_[a-z_]+)\b", text)
        return {word.removesuffix("_bucket") for word in words}

    def test_rules_and_dashboard_ask_for_metrics_that_exist(self):
        rules = (manifests.K8S / "monitoring/rules.yaml").read_text()
        text = "\n".join(re.findall(r"expr: \|?\s*(.*(?:\n {10}.*)*)", rules))
        dashboard = json.loads(
            (manifests.K8S / "monitoring/dashboard.json").read_text())
        asked = self.asked(text)
        self.assertGreater(len(asked), 5)
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                asked |= self.asked(target["expr"])
        self.assertEqual(set(), asked - self.metrics())


@unittest.skipUnless(shutil.which("kubectl"),
                     "SKIPPED: no kubectl to build the kustomizations with")
class KustomizeTest(unittest.TestCase):
    def test_every_kustomization_builds(self):
        folders = {path.parent for path in manifests.K8S.rglob(
            "kustomization.yaml")}
        self.assertGreaterEqual(len(folders), 7)
        for folder in sorted(folders):
            with self.subTest(folder=folder):
                done = subprocess.run(
                    ["kubectl", "kustomize", str(folder)], check=False,
                    capture_output=True, text=True, timeout=60)
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertTrue(manifests.documents(done.stdout))

    def test_an_overlay_says_its_own_settings(self):
        built = subprocess.run(
            ["kubectl", "kustomize",
             str(manifests.K8S / "overlays/cert-manager")],
            capture_output=True, text=True, check=True, timeout=60).stdout
        maps = [each for each in manifests.documents(built)
                if each["kind"] == "ConfigMap"]
        self.assertEqual(1, len(maps))
        self.assertIn("spiffe.csi.cert-manager.io",
                      maps[0]["data"]["injector.yaml"])


if __name__ == "__main__":
    unittest.main()
