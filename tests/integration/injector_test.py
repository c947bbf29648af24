# SPDX-License-Identifier: Apache-2.0
"""`herald injector` as a process: reviews over HTTPS as an API server sends
them, certificates and settings replaced while it runs, its end."""
import base64
import http.client
import json
import pathlib
import signal
import ssl
import subprocess
import tempfile
import unittest

import mesh

SETTINGS = """trustDomain: acme.example
listen: 127.0.0.1:{port}
certificate: tls.crt
key: tls.key
sidecar:
  image: {image}
  identity: {{secret: "herald-{{serviceAccount}}"}}
sites:
- namespaces: [claims]
  site: {{country: DE, tier: NearEdge, operator: acme, operatorControl: [DE]}}
"""

POD = {"apiVersion": "v1", "kind": "Pod",
       "metadata": {"name": "planner-0",
                    "annotations": {"herald.dev/agents": "planner=8080"}},
       "spec": {"serviceAccountName": "planner",
                "containers": [{"name": "agent", "image": "planner:1"}]}}


def review(kind, thing, operation="CREATE", group="", user=None):
    return {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
            "request": {"uid": "7", "operation": operation,
                        "namespace": "claims", "userInfo": user or {},
                        "kind": {"group": group, "version": "v1",
                                 "kind": kind},
                        "object": thing}}


def certificate(folder, name="tls", host="localhost"):
    """NAME.crt and NAME.key, each replaced at once."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "new.key",
         "-out", "new.crt", "-days", "3", "-subj", f"/CN={host}", "-addext",
         f"subjectAltName=DNS:{host},IP:127.0.0.1"],
        check=True, capture_output=True, cwd=folder)
    for suffix in ("key", "crt"):
        (folder / f"new.{suffix}").rename(folder / f"{name}.{suffix}")


class Injector:
    """One process, and how an API server speaks with it."""

    def __init__(self, folder, settings):
        self.folder, self.settings = folder, settings
        self.port = mesh.free_port()
        self.log = folder / "injector.log"
        self.process = None
        certificate(folder)

    def write(self, **values):
        new = self.folder / "injector.new"
        new.write_text(self.settings.format(port=self.port, **values))
        new.rename(self.folder / "injector.yaml")

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [mesh.HERALD, "injector", "--config",
                 str(self.folder / "injector.yaml")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        mesh.wait_for(self.ready, "the injector ready")

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError(self.log.read_text())
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def connect(self):
        context = ssl.create_default_context(cafile=self.folder / "tls.crt")
        return http.client.HTTPSConnection("127.0.0.1", self.port,
                                           timeout=mesh.PATIENCE,
                                           context=context)

    def ask(self, method, path, body=None):
        connection = self.connect()
        try:
            connection.request(method, path, body)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def review(self, path, asked):
        status, text = self.ask("POST", path, json.dumps(asked))
        if status != 200:
            raise AssertionError(f"{status}: {text}")
        return json.loads(text)["response"]

    def patch(self, pod):
        answer = self.review("/mutate?timeout=10s", review("Pod", pod))
        return json.loads(base64.b64decode(answer["patch"]))

    def image(self):
        return next(change["value"] for change in self.patch(POD)
                    if change["path"] == "/spec/initContainers")[0]["image"]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class InjectorTest(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="herald-injector-")
        self.addCleanup(made.cleanup)
        self.injector = Injector(pathlib.Path(made.name), SETTINGS)
        self.addCleanup(self.injector.stop)
        self.injector.write(image="herald:1")

    def start(self):
        self.injector.start()

    def test_a_pod_comes_back_with_a_sidecar(self):
        self.start()
        sidecar = next(change["value"] for change in self.injector.patch(POD)
                       if change["path"] == "/spec/initContainers")[0]
        self.assertEqual("Always", sidecar["restartPolicy"])
        config = {each["name"]: each.get("value")
                  for each in sidecar["env"]}["HERALD_CONFIG"]
        self.assertIn("country: DE", config)
        self.assertIn("127.0.0.1:8080", config)
        status, text = self.injector.ask("GET", "/metrics")
        self.assertEqual(200, status)
        self.assertIn('herald_injector_reviews_total{webhook="mutate",'
                      'result="injected"} 1', text)

    def test_an_agent_is_written_by_its_pod_alone(self):
        self.start()
        agent = {"metadata": {"name": "planner-0", "ownerReferences": [
            {"apiVersion": "v1", "kind": "Pod", "name": "planner-0",
             "uid": "42"}]},
            "spec": {"identity": "spiffe://acme.example/ns/claims/sa/planner"}}
        user = {"username": "system:serviceaccount:claims:planner", "extra": {
            "authentication.kubernetes.io/pod-name": ["planner-0"],
            "authentication.kubernetes.io/pod-uid": ["42"]}}
        self.assertTrue(self.injector.review("/validate", review(
            "Agent", agent, group="herald.dev", user=user))["allowed"])
        user["username"] = "mallory"
        answer = self.injector.review("/validate", review(
            "Agent", agent, group="herald.dev", user=user))
        self.assertFalse(answer["allowed"])
        self.assertIn("mallory", answer["status"]["message"])

    def test_a_renewed_certificate_is_used_without_a_restart(self):
        self.start()
        old = (self.injector.folder / "tls.crt").read_text()
        certificate(self.injector.folder)
        self.assertNotEqual(
            old, (self.injector.folder / "tls.crt").read_text())
        # Trusts the new one only.
        mesh.wait_for(self.injector.ready, "the new certificate")

    def test_a_broken_certificate_leaves_the_old_one_in_use(self):
        self.start()
        trust = (self.injector.folder / "tls.crt").read_text()
        (self.injector.folder / "tls.key").write_text("none")
        mesh.wait_for(lambda: "certificate_refused" in
                      self.injector.log.read_text(), "the refusal to be said")
        self.assertEqual(trust,
                         (self.injector.folder / "tls.crt").read_text())
        self.assertTrue(self.injector.ready())

    def test_settings_are_read_again_and_kept_when_they_are_broken(self):
        self.start()
        self.assertEqual("herald:1", self.injector.image())
        self.injector.write(image="herald:2")
        mesh.wait_for(lambda: self.injector.image() == "herald:2",
                      "the new image")
        self.injector.write(image="[]")
        mesh.wait_for(lambda: "settings_refused" in
                      self.injector.log.read_text(), "the refusal to be said")
        self.assertEqual("herald:2", self.injector.image())

    def test_what_is_no_review_is_400(self):
        self.start()
        for body in ("", "{}", "nonsense", "[" * 1000):
            self.assertEqual(400,
                             self.injector.ask("POST", "/mutate", body)[0])
        self.assertEqual(404, self.injector.ask("GET", "/config")[0])

    def test_it_ends_in_order_at_sigterm(self):
        self.start()
        self.injector.process.send_signal(signal.SIGTERM)
        self.assertEqual(0, self.injector.process.wait(mesh.PATIENCE))

    def test_without_a_certificate_it_says_what_it_needs(self):
        (self.injector.folder / "injector.yaml").write_text(
            "trustDomain: acme.example\n"
            "sidecar: {image: herald, identity: {secret: s}}\n")
        done = subprocess.run(
            [mesh.HERALD, "injector", "--config",
             self.injector.folder / "injector.yaml"],
            capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(2, done.returncode)
        self.assertIn("'certificate' and 'key'", done.stderr)


class InPodTest(unittest.TestCase):
    """A sidecar with what the injector gives it: a configuration in the
    environment, its name from the pod, a health listener, a shared socket."""

    def setUp(self):
        self.mesh = mesh.Mesh()
        self.addCleanup(self.mesh.stop)

    def test_it_runs_from_its_environment(self):
        folder = self.mesh.folder
        self.mesh.herald("certs", "issue", folder, "--id",
                         "spiffe://test.example/ns/claims/sa/planner",
                         "--out", "pod")
        admin, health, agents, port = (mesh.free_port() for _ in range(4))
        shared = folder / "shared"
        shared.mkdir()
        shared.chmod(0o777)
        config = f"""
identity: {{certificate: {folder}/pod.crt, key: {folder}/pod.key,
  trust: {folder}/ca.crt}}
listen:
  agents:
  - {{address: "127.0.0.1:{agents}"}}
  - {{address: "unix:{shared}/agents.sock", access: everybody}}
  health: 127.0.0.1:{health}
  admin: 127.0.0.1:{admin}
  mesh: 127.0.0.1:{port}
policy: [{folder}/policy.yaml]
"""
        process = subprocess.Popen(
            [mesh.HERALD, "sidecar"], cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env={"HERALD_CONFIG": config, "POD_NAME": "planner-0",
                 "POD_NAMESPACE": "claims"})
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def get(port, path):
            connection = http.client.HTTPConnection("127.0.0.1", port,
                                                    timeout=mesh.PATIENCE)
            try:
                connection.request("GET", path)
                return connection.getresponse().status
            except OSError:
                return 0
            finally:
                connection.close()
        mesh.wait_for(lambda: get(health, "/readyz") == 200, "readiness")
        self.assertEqual(200, get(health, "/livez"))
        self.assertEqual(200, get(health, "/metrics"))
        for path in ("/config", "/peers", "/policy/status", "/"):
            self.assertEqual(404, get(health, path), path)
            self.assertEqual(200, get(admin, path), path)
        self.assertEqual(0o666, (shared / "agents.sock").stat().st_mode &
                         0o777)

    def test_without_any_configuration_it_says_where_one_may_be(self):
        done = subprocess.run([mesh.HERALD, "sidecar"], env={}, timeout=60,
                              capture_output=True, text=True, check=False)
        self.assertEqual(2, done.returncode)
        self.assertIn("--config FILE", done.stderr)


if __name__ == "__main__":
    unittest.main()
