# SPDX-License-Identifier: Apache-2.0
"""The webhooks of k8s/base, called by a real API server, and every manifest of
k8s/ applied to it where it has the kind.

This server is older than native sidecars: it drops `restartPolicy` of an init
container and then refuses what only a native one may have. `OlderServer` takes
that away again, as a webhook that is asked after ours, and keeps what ours had
made of the pod. injector_test.py looks at the patch itself."""
import base64
import http.server
import json
import pathlib
import re
import ssl
import tempfile
import threading
import unittest

import injector_test
import kube
import manifests
import mesh
from authority import connect

PLURALS = {
    "Namespace": ("/api/v1", "namespaces", False),
    "ConfigMap": ("/api/v1", "configmaps", True),
    "Service": ("/api/v1", "services", True),
    "ServiceAccount": ("/api/v1", "serviceaccounts", True),
    "Deployment": ("/apis/apps/v1", "deployments", True),
    "ClusterRole": (kube.RBAC, "clusterroles", False),
    "Role": (kube.RBAC, "roles", True),
    "RoleBinding": (kube.RBAC, "rolebindings", True),
    "ClusterRoleBinding": (kube.RBAC, "clusterrolebindings", False),
    "NetworkPolicy": ("/apis/networking.k8s.io/v1", "networkpolicies", True),
    "MutatingWebhookConfiguration": (
        "/apis/admissionregistration.k8s.io/v1",
        "mutatingwebhookconfigurations", False),
    "ValidatingWebhookConfiguration": (
        "/apis/admissionregistration.k8s.io/v1",
        "validatingwebhookconfigurations", False),
    # policy/v1 came with 1.21; what we say in it, v1beta1 has too.
    "PodDisruptionBudget": ("/apis/policy/v1beta1", "poddisruptionbudgets",
                            True),
    "LabelSchema": (kube.GROUP, "labelschemas", False),
    "RoutingPolicy": (kube.GROUP, "routingpolicies", True),
}
CERTIFICATES = "/apis/cert-manager.io/v1"
MONITORING = "/apis/monitoring.coreos.com/v1"
# Kinds that operators bring (operators.yaml).
OPERATORS = {
    "Issuer": (CERTIFICATES, "issuers", True),
    "Certificate": (CERTIFICATES, "certificates", True),
    "PodMonitor": (MONITORING, "podmonitors", True),
    "PrometheusRule": (MONITORING, "prometheusrules", True),
}
# Of kustomize, and what the server has from its start.
ELSEWHERE = {"Kustomization", "CustomResourceDefinition"}
KUBECONFIG = """apiVersion: v1
kind: Config
clusters:
- name: test
  cluster: {{server: "{url}", certificate-authority: "{folder}/ca.crt"}}
users:
- name: admin
  user:
    client-certificate: "{folder}/admin.crt"
    client-key: "{folder}/admin.key"
contexts: [{{name: test, context: {{cluster: test, user: admin}}}}]
current-context: test
"""
WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def raw_documents(path):
    """As they stand, without a sidecar: (kind, name, namespace, text)."""
    for text in re.split(r"^---.*$", path.read_text(), flags=re.M):
        kind = re.search(r"^kind: *(\w+)", text, re.M)
        if kind is None or kind[1] in ELSEWHERE | OPERATORS.keys():
            continue
        head = text[text.index("metadata:"):]
        name = re.search(r"\bname: *([\w.-]+)", head)[1]
        space = re.search(r"\bnamespace: *([\w-]+)", head)
        yield kind[1], name, space[1] if space else None, text


def path_of(kind, name, space):
    group, plural, namespaced = {**PLURALS, **OPERATORS}[kind]
    inside = f"/namespaces/{space or 'default'}" if namespaced else ""
    return f"{group}{inside}/{plural}/{name}"


class OlderServer(http.server.BaseHTTPRequestHandler):
    """A mutating webhook of this test's own."""

    NATIVE = ("startupProbe", "livenessProbe", "readinessProbe", "lifecycle")

    def log_message(self, *args):
        pass

    def do_POST(self):
        request = json.loads(self.rfile.read(
            int(self.headers["content-length"])))["request"]
        self.server.seen.append(request["object"])
        patch = [{"op": "remove", "path": f"/spec/initContainers/{i}/{key}"}
                 for i, each in enumerate(
                     request["object"]["spec"].get("initContainers", []))
                 for key in self.NATIVE if key in each]
        answer = {"uid": request["uid"], "allowed": True}
        if patch:
            answer["patchType"] = "JSONPatch"
            answer["patch"] = base64.b64encode(
                json.dumps(patch).encode()).decode()
        reply = json.dumps({
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "response": answer}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    @classmethod
    def serve(cls, folder):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), cls)
        server.seen = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.05,),
                         daemon=True).start()
        return server


class ClusterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kube = kube.ControlPlane()
        cls.addClassCleanup(cls.kube.stop)
        cls.kube.start()


@kube.needed
class ApplyTest(ClusterTest):
    def test_every_manifest_is_taken_by_the_server(self):
        # Namespaces first, webhooks last: nobody answers them here.
        found = [each for path in manifests.files()
                 if path.parent != manifests.K8S / "crds"
                 and path.name[:3] != "ca-" for each in raw_documents(path)]
        found.sort(key=lambda each: (each[0] in WEBHOOKS,
                                     each[0] != "Namespace"))
        self.assertGreater(len(found), 20)
        for kind, name, space, text in found:
            with self.subTest(kind=kind, name=name):
                self.kube.apply(path_of(kind, name, space), text.replace(
                    "apiVersion: policy/v1\n",
                    "apiVersion: policy/v1beta1\n"))

    def test_what_operators_are_told_is_what_they_know(self):
        told = pathlib.Path(__file__).with_name("operators.yaml").read_text()
        for text in told.split("\n---\n"):
            self.kube.define(text)
        found = [each for path in manifests.files()
                 for each in manifests.objects(path)
                 if each["kind"] in OPERATORS]
        self.assertEqual(OPERATORS.keys(), {each["kind"] for each in found})
        for each in found:
            kind, name = each["kind"], each["metadata"]["name"]
            with self.subTest(kind=kind, name=name):
                each["metadata"].pop("namespace", None)
                kept = self.kube.apply(path_of(kind, name, "default"),
                                       json.dumps(each))
                self.assertEqual(each["spec"], kept["spec"])


@kube.needed
class WebhookTest(ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = tempfile.TemporaryDirectory(prefix="herald-injector-")
        cls.addClassCleanup(made.cleanup)
        cls.injector = injector_test.Injector(
            pathlib.Path(made.name),
            injector_test.SETTINGS + "kubeconfig: kubeconfig\n")
        cls.kube.namespace("herald-system")
        (cls.injector.folder / "kubeconfig").write_text(KUBECONFIG.format(
            url=cls.kube.url, folder=cls.kube.folder))
        cls.addClassCleanup(cls.injector.stop)
        cls.injector.write(image="herald:1")
        cls.injector.start()
        cls.kube.create("/api/v1/namespaces", {"metadata": {
            "name": "claims", "labels": {"herald.dev/inject": "true"}}})
        cls.kube.role("herald-sidecar", kube.SIDECAR_RULES)
        cls.kube.account("claims", "planner")
        cls.kube.bind("sidecars", "herald-sidecar", ("claims", "planner"))
        cls.register()
        # A webhook is known to the server some moments after it was written.
        mesh.wait_for(lambda: cls.dry_run("claims"), "the webhook to be asked")

    @classmethod
    def register(cls):
        """The webhooks of k8s/base, but for where they are: no service here
        has an address."""
        trust = (cls.injector.folder / "tls.crt").read_bytes()
        cls.older = OlderServer.serve(cls.injector.folder)
        cls.addClassCleanup(cls.older.server_close)
        cls.addClassCleanup(cls.older.shutdown)
        for each in manifests.objects(manifests.K8S / "base/webhooks.yaml"):
            for webhook in each["webhooks"]:
                asked = webhook["clientConfig"].pop("service")
                webhook["clientConfig"] = {
                    "url": f"https://127.0.0.1:{cls.injector.port}"
                           f"{asked['path']}",
                    "caBundle": base64.b64encode(trust).decode()}
            group, plural, _ = PLURALS[each["kind"]]
            if each["kind"] == "MutatingWebhookConfiguration":
                # Configurations are asked in order of their names.
                after = json.loads(json.dumps(each))
                after["metadata"]["name"] = "older-server"
                after["webhooks"][0]["clientConfig"]["url"] = (
                    f"https://127.0.0.1:{cls.older.server_address[1]}/")
                cls.kube.create(f"{group}/{plural}", after)
            cls.kube.create(f"{group}/{plural}", each)

    @staticmethod
    def pod(**metadata):
        pod = json.loads(json.dumps(injector_test.POD))
        pod["metadata"].update(metadata)
        return pod

    @classmethod
    def dry_run(cls, space):
        made = cls.kube.create(
            f"/api/v1/namespaces/{space}/pods?dryRun=All", cls.pod())
        return "initContainers" in made["spec"]

    def create(self, pod, space="claims"):
        return self.kube.create(f"/api/v1/namespaces/{space}/pods", pod)

    def as_pod(self, token, agent):
        """Creates an Agent with that token; gives status and answer."""
        connection = connect(self.kube.folder, self.kube.port,
                             timeout=mesh.PATIENCE)
        try:
            connection.request(
                "POST", f"{kube.GROUP}/namespaces/claims/agents",
                json.dumps(agent), {"content-type": "application/json",
                                    "authorization": f"Bearer {token}"})
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def test_a_pod_that_is_created_comes_back_injected(self):
        made = self.create(self.pod(name="injected"))
        seen = self.older.seen[-1]["spec"]["initContainers"][0]
        self.assertEqual({"path": "/readyz", "port": 15002, "scheme": "HTTP"},
                         seen["readinessProbe"]["httpGet"])
        self.assertEqual(["/herald", "drain"],
                         seen["lifecycle"]["preStop"]["exec"]["command"])
        sidecar = made["spec"]["initContainers"][0]
        self.assertEqual("herald", sidecar["name"])
        self.assertEqual("herald:1", sidecar["image"])
        self.assertEqual("true", made["metadata"]["annotations"]
                         ["herald.dev/injected"])
        agent = made["spec"]["containers"][0]
        self.assertEqual(
            {"HERALD_SOCKET": "unix:/run/herald/agents.sock",
             "HERALD_AGENTS_ADDRESS": "127.0.0.1:15001"},
            {each["name"]: each["value"] for each in agent["env"]})
        self.assertLessEqual(
            {"herald-socket", "herald-state", "herald-token",
             "herald-identity"},
            {volume["name"] for volume in made["spec"]["volumes"]})

    def test_other_namespaces_are_not_touched(self):
        self.kube.namespace("other")
        made = self.create(self.pod(name="plain"), "other")
        self.assertNotIn("initContainers", made["spec"])

    def test_an_annotation_that_cannot_be_read_refuses_the_pod(self):
        with self.assertRaises(kube.Refused) as raised:
            self.create(self.pod(name="wrong", annotations={
                "herald.dev/agents": "planner"}))
        self.assertIn("is not NAME=PORT", raised.exception.body)

    def test_an_agent_is_written_with_its_own_pods_token_only(self):
        pod = self.create(self.pod(name="owner"))
        token = self.kube.create(
            "/api/v1/namespaces/claims/serviceaccounts/planner/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
             "spec": {"expirationSeconds": 3600, "boundObjectRef": {
                 "apiVersion": "v1", "kind": "Pod", "name": "owner",
                 "uid": pod["metadata"]["uid"]}}})["status"]["token"]
        agent = {
            "apiVersion": "herald.dev/v1alpha1", "kind": "Agent",
            "metadata": {"name": "owner", "ownerReferences": [
                {"apiVersion": "v1", "kind": "Pod", "name": "owner",
                 "uid": pod["metadata"]["uid"]}]},
            "spec": {"address": "10.0.0.7:15443", "agents": [
                {"name": "planner"}],
                "identity": "spiffe://acme.example/ns/claims/sa/planner"}}
        other = json.loads(json.dumps(agent))
        other["metadata"]["name"] = "somebody"
        status, text = self.as_pod(token, other)
        self.assertEqual(403, status, text)
        self.assertIn("may write Agent owner, not 'somebody'", text)
        thief = json.loads(json.dumps(agent))
        thief["spec"]["identity"] = "spiffe://acme.example/ns/claims/sa/boss"
        self.assertEqual(403, self.as_pod(token, thief)[0])
        unbound = self.kube.token("claims", "planner")
        status, text = self.as_pod(unbound, agent)
        self.assertEqual(403, status, text)
        self.assertIn("bound to no pod", text)
        status, text = self.as_pod(token, agent)
        self.assertEqual(201, status, text)

    def test_a_policy_with_an_error_is_refused_with_its_line(self):
        with self.assertRaises(kube.Refused) as raised:
            self.kube.create(
                f"{kube.GROUP}/namespaces/claims/routingpolicies",
                {"apiVersion": "herald.dev/v1alpha1", "kind": "RoutingPolicy",
                 "metadata": {"name": "wrong"}, "spec": {"rules": [
                     # What the schema cannot tell.
                     {"id": "a", "effect": "Permit", "covers": ["personal"],
                      "when": {"labels": {"anyOf": ["personal"]}},
                      "where": {}}]}})
        self.assertRegex(raised.exception.body,
                         r"RoutingPolicy/claims/wrong:\d+:\d+: error: a "
                         "Permit does not test labels")

    def test_whether_a_policy_compiles_stands_in_its_status(self):
        path = f"{kube.GROUP}/namespaces/claims/routingpolicies"
        self.kube.create(path, {
            "apiVersion": "herald.dev/v1alpha1", "kind": "RoutingPolicy",
            "metadata": {"name": "far"}, "spec": {"rules": [
                {"id": "a", "effect": "Permit", "covers": ["unlabelled"],
                 "where": {"process": {"countries": {"in": ["ATLANTIS"]}}}}]}})

        def condition():
            status = self.kube.get(f"{path}/far").get("status", {})
            return {each["type"]: each for each in status.get(
                "conditions", [])}.get("Compiled")
        mesh.wait_for(condition, "a status", 60)
        self.assertEqual("False", condition()["status"])
        self.assertIn("ATLANTIS", condition()["message"])

    def test_while_no_injector_answers_only_labelled_namespaces_wait(self):
        self.injector.stop()
        try:
            with self.assertRaises(kube.Refused):
                self.create(self.pod(name="waits"))
            self.create(self.pod(name="out", labels={
                "herald.dev/inject": "false"}))
            if self.kube.ask("GET", "/api/v1/namespaces/free")[0] == 404:
                self.kube.namespace("free")
            self.create(self.pod(name="free"), "free")
        finally:
            self.injector.start()


if __name__ == "__main__":
    unittest.main()
