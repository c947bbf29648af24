# SPDX-License-Identifier: Apache-2.0
"""A real Kubernetes control plane on loopback: etcd and kube-apiserver, keys
made on the spot, ports that nobody else uses. There is no controller manager,
scheduler or kubelet: tests write what those would.

    $KUBEBUILDER_ASSETS holds `kube-apiserver` and `etcd`, as envtest lays them.

    @kube.needed
    class MyTest(kube.KubeTest):       # self.kube is running
        def test_something(self):
            self.kube.create("/api/v1/namespaces", {...})
"""
import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import mesh
from authority import Authority, connect

ASSETS = os.environ.get("KUBEBUILDER_ASSETS", "")
START = 120.0  # seconds; an API server under load starts slowly
CRDS = pathlib.Path(__file__).resolve().parents[2] / "k8s" / "crds"
GROUP = "/apis/herald.dev/v1alpha1"
RBAC = "/apis/rbac.authorization.k8s.io/v1"

needed = unittest.skipUnless(
    ASSETS, "SKIPPED, NOTHING WAS TESTED: KUBEBUILDER_ASSETS names no folder "
    "with kube-apiserver and etcd")

# What a sidecar may do, as k8s/base grants it.
SIDECAR_RULES = [
    {"apiGroups": ["herald.dev"], "verbs": ["get", "list", "watch"],
     "resources": ["*"]},
    {"apiGroups": ["herald.dev"], "verbs": ["create", "patch"],
     "resources": ["agents", "agents/status"]},
    {"apiGroups": [""], "verbs": ["get"], "resources": ["nodes"]}]

# Runs a command that finds FOLDER where a pod has its account's files.
IN_POD = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
          '''at=/var/run/secrets/kubernetes.io/serviceaccount
mount -t tmpfs none "$(readlink -f /var/run)" && mkdir -p "${at%/*}" &&
ln -s "$1" "$at" && shift && exec "$@"''', "in-pod"]


class Refused(Exception):
    """The API server said no."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body[:500]}")
        self.status, self.body = status, body


class ControlPlane:
    """etcd and one API server; `start` returns when it is ready."""

    def __init__(self, *flags):
        self.flags = flags
        self.temporary = tempfile.TemporaryDirectory(prefix="herald-kube-")
        self.folder = pathlib.Path(self.temporary.name)
        self.port, self.etcd_port, self.etcd_peers = (
            mesh.free_port() for _ in range(3))
        self.url = f"https://127.0.0.1:{self.port}"
        self.etcd = self.api = None

    # --- keys

    def make_authority(self):
        authority = Authority(self.folder, "test-cluster")
        self.issue = authority.issue
        authority.issue("apiserver", "/CN=kube-apiserver", "serverAuth",
                        "DNS:localhost,DNS:kubernetes.default.svc,"
                        "IP:127.0.0.1")
        authority.issue("admin", "/O=system:masters/CN=admin")
        authority.openssl("genrsa", "-out", "sa.key", 2048)
        authority.openssl("rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub")

    # --- processes

    def run(self, program, *argv):
        with open(self.folder / f"{program}.log", "ab") as log:
            return subprocess.Popen(
                [pathlib.Path(ASSETS) / program, *argv],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        self.make_authority()
        client = f"http://127.0.0.1:{self.etcd_port}"
        peer = f"http://127.0.0.1:{self.etcd_peers}"
        self.etcd = self.run(
            "etcd", "--name", "test", "--data-dir", self.folder / "etcd.data",
            "--unsafe-no-fsync", "--listen-client-urls", client,
            "--advertise-client-urls", client, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster",
            f"test={peer}")
        self.start_api()
        for path in sorted(CRDS.glob("*.yaml")):
            self.define(path.read_text())

    def start_api(self):
        key = self.folder / "sa.key"
        self.api = self.run(
            "kube-apiserver", "--etcd-servers",
            f"http://127.0.0.1:{self.etcd_port}", "--bind-address",
            "127.0.0.1", "--advertise-address", "127.0.0.1",
            "--secure-port", str(self.port), "--endpoint-reconciler-type",
            "none", "--service-cluster-ip-range", "10.0.0.0/24",
            "--allow-privileged", "--authorization-mode", "RBAC",
            "--disable-admission-plugins", "ServiceAccount",
            "--client-ca-file", self.folder / "ca.crt", "--tls-cert-file",
            self.folder / "apiserver.crt", "--tls-private-key-file",
            self.folder / "apiserver.key", "--service-account-issuer",
            "https://kubernetes.default.svc", "--api-audiences",
            "https://kubernetes.default.svc", "--service-account-key-file",
            self.folder / "sa.pub", "--service-account-signing-key-file", key,
            "--cert-dir", self.folder, *self.flags)
        mesh.wait_for(self.ready, f"an API server; its log is in "
                      f"{self.folder}", START)

    def ready(self):
        for process in (self.etcd, self.api):
            if process.poll() is not None:
                raise AssertionError("the control plane ended:\n" +
                                     self.tail("kube-apiserver"))
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def tail(self, program):
        return (self.folder / f"{program}.log").read_text()[-2000:]

    def stop_api(self):
        """Watches break, and connections are refused."""
        self.api.kill()
        self.api.wait()

    def restart_api(self):
        self.stop_api()
        self.start_api()

    @contextlib.contextmanager
    def unseen(self):
        """What is done meanwhile nobody is told: the server is away, and this
        is another one. As the first comes back it knows no version of before:
        whoever resumes from one is answered with 410."""
        self.stop_api()
        usual, self.port = self.port, mesh.free_port()
        try:
            self.start_api()
            yield
        finally:
            self.stop_api()
            self.port = usual
            self.start_api()

    def stop(self):
        for process in (self.api, self.etcd):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        self.temporary.cleanup()

    # --- requests, as the administrator

    def connect(self):
        return connect(self.folder, self.port, "admin", mesh.PATIENCE)

    def ask(self, method, path, body=None, kind="application/json",
            accept="application/json"):
        connection = self.connect()
        try:
            connection.request(method, path, body,
                               {"content-type": kind, "accept": accept})
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def call(self, method, path, body=None, kind="application/json",
             accept="application/json"):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        status, text = self.ask(method, path, body, kind, accept)
        if status >= 300:
            raise Refused(status, text)
        return json.loads(text) if text else None

    def get(self, path):
        return self.call("GET", path)

    def create(self, path, body):
        return self.call("POST", path, body)

    def create_all(self, path, bodies):
        """Many, on one connection."""
        connection = self.connect()
        try:
            for body in bodies:
                connection.request("POST", path, json.dumps(body),
                                   {"content-type": "application/json"})
                reply = connection.getresponse()
                text = reply.read().decode()
                if reply.status >= 300:
                    raise Refused(reply.status, text)
        finally:
            connection.close()

    def create_yaml(self, path, text):
        return self.call("POST", path, text, "application/yaml")

    def patch(self, path, body):
        return self.call("PATCH", path, body, "application/merge-patch+json")

    def apply(self, path, body):
        """Server-side, as the test; `body` is an object or YAML."""
        return self.call("PATCH", path + "?fieldManager=test&force=true",
                         body, "application/apply-patch+yaml")

    def delete(self, path):
        return self.call("DELETE", path)

    # --- what a cluster has

    def define(self, text):
        """A CustomResourceDefinition; returns when its kind can be used."""
        made = self.create_yaml(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", text)
        names, spec = made["spec"]["names"], made["spec"]
        path = (f"/apis/{spec['group']}/{spec['versions'][0]['name']}/"
                f"{names['plural']}")
        mesh.wait_for(lambda: self.ask("GET", path)[0] == 200,
                      f"{names['plural']} to be served", START)

    def namespace(self, name):
        self.create("/api/v1/namespaces", {"metadata": {"name": name}})

    def role(self, name, rules):
        self.create(f"{RBAC}/clusterroles",
                    {"metadata": {"name": name}, "rules": rules})

    def bind(self, name, role, subject):
        """`subject`: namespace and name of a service account."""
        self.create(f"{RBAC}/clusterrolebindings", {
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io",
                        "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount",
                          "namespace": subject[0], "name": subject[1]}]})

    def unbind(self, name):
        self.delete(f"{RBAC}/clusterrolebindings/{name}")

    def account(self, namespace, name):
        self.create(f"/api/v1/namespaces/{namespace}/serviceaccounts",
                    {"metadata": {"name": name}})

    def token(self, namespace, name, seconds=3600):
        made = self.create(
            f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
             "spec": {"expirationSeconds": seconds}})
        return made["status"]["token"]

    def kubeconfig(self, path, namespace, token_file):
        """A kubeconfig at `path` that shows the token in `token_file`."""
        pathlib.Path(path).write_text(f"""apiVersion: v1
kind: Config
clusters:
- name: test
  cluster:
    server: "{self.url}"
    certificate-authority: "{self.folder}/ca.crt"
users:
- name: account
  user: {{tokenFile: "{token_file}"}}
contexts:
- name: test
  context: {{cluster: test, user: account, namespace: {namespace}}}
current-context: test
""")


class KubeTest(mesh.MeshTest):
    """One control plane for all tests of a class, a namespace for each, and a
    mesh whose sidecars find each other in it."""

    @classmethod
    def setUpClass(cls):
        cls.kube = ControlPlane()
        cls.addClassCleanup(cls.kube.stop)
        cls.kube.start()
        cls.kube.role("herald-sidecar", SIDECAR_RULES)

    def setUp(self):
        super().setUp()
        self.space = self.id().rsplit(".", 1)[1].replace("_", "-")[:40]
        self.space = self.space.strip("-")
        self.kube.namespace(self.space)
        self.kube.account(self.space, "sidecar")
        self.grant()
        (self.mesh.folder / "token").write_text(
            self.kube.token(self.space, "sidecar"))
        self.kube.kubeconfig(self.mesh.folder / "kubeconfig", self.space,
                             "token")
        self.use_cluster(self.mesh.planner)

    def grant(self):
        self.kube.bind(self.space, "herald-sidecar", (self.space, "sidecar"))

    def revoke(self):
        self.kube.unbind(self.space)

    def use_cluster(self, sidecar, more="publish: true"):
        sidecar.discovery = (
            "kubernetes: {kubeconfig: kubeconfig, namespaces: "
            f"[{self.space}], {more}}}")

    def put_in_pod(self, sidecar, node):
        """It sees what it would in a pod of that node: the environment that
        injection gives, the cluster's service, its account's files."""
        account = self.mesh.folder / f"{sidecar.name}.account"
        account.mkdir()
        (account / "ca.crt").write_text(
            (self.kube.folder / "ca.crt").read_text())
        (account / "namespace").write_text(self.space)
        (account / "token").write_text(self.kube.token(self.space, "sidecar"))
        pod = self.kube.create(f"/api/v1/namespaces/{self.space}/pods", {
            "metadata": {"name": sidecar.name},
            "spec": {"nodeName": node, "containers": [
                {"name": "agent", "image": "example.invalid/agent"}]}})
        sidecar.environment = {
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": str(self.kube.port),
            "POD_NAME": sidecar.name, "POD_NAMESPACE": self.space,
            "POD_UID": pod["metadata"]["uid"], "POD_IP": "127.0.0.1",
            "NODE_NAME": node}
        sidecar.command = [*IN_POD, str(account), *sidecar.command]
        sidecar.discovery = f"kubernetes: {{namespaces: [{self.space}]}}"

    def site(self, name, country="DE", tier="FarEdge"):
        site = self.mesh.site(name, country, tier)
        self.use_cluster(site)
        return site

    def agents_path(self, name=""):
        path = f"{GROUP}/namespaces/{self.space}/agents"
        return f"{path}/{name}" if name else path

    def agent(self, name, address="127.0.0.1:9", **more):
        """An Agent that nobody runs."""
        return {"apiVersion": "herald.dev/v1alpha1", "kind": "Agent",
                "metadata": {"name": name, "namespace": self.space},
                "spec": {"address": address,
                         "identity": "spiffe://test.example/agent/summarizer",
                         "site": {"country": "DE", "operatorControl": ["DE"]},
                         "agents": [{"name": "summarizer"}], **more}}

    def start_all(self):
        for site in self.mesh.sites.values():
            site.start()
        self.mesh.planner.start()
        self.wait_peers(set(self.mesh.sites))
        self.mesh.wait_up()

    def wait_peers(self, names, sidecar=None, seconds=mesh.PATIENCE):
        sidecar = sidecar or self.mesh.planner
        mesh.wait_for(lambda: set(sidecar.peers()) == names,
                      f"peers {sorted(names)} of {sidecar.name}; "
                      f"it knows {sorted(sidecar.peers())}", seconds)
