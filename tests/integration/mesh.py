# SPDX-License-Identifier: Apache-2.0
"""A small mesh of real processes: sidecars from the built binary, agents in
Python, everything on loopback ports that nobody else uses.

    class MyTest(mesh.MeshTest):
        def test_something(self):
            self.mesh.site("fra", country="DE", tier="FarEdge")
            self.mesh.start()
            reply = self.mesh.call("/agents/summarizer/x")

Nothing sleeps for a fixed time: waits poll a condition and end in an error
that says which one did not come true.
"""
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from processes import free_port

HERALD = os.environ.get("HERALD_BIN", "build/dev/herald")
PATIENCE = 20.0  # seconds; a sanitizer build on a busy machine is slow

POLICY = """apiVersion: herald.dev/v1alpha1
kind: LabelSchema
metadata: {name: labels}
spec:
  labels:
    personal: {controlled: true}
    public: {controlled: false}
    unlabelled: {controlled: true}
  purposes: [support]
---
apiVersion: herald.dev/v1alpha1
kind: JurisdictionSet
metadata: {name: sets}
spec:
  source: test
  sets:
    EEA: [DE, FR]
---
apiVersion: herald.dev/v1alpha1
kind: ClusterRoutingPolicy
metadata: {name: test}
spec:
  rules:
  - id: unlabelled-anywhere
    effect: Permit
    covers: [unlabelled]
    where: {}
  - id: public-anywhere
    effect: Permit
    covers: [public]
    where: {}
  - id: personal-in-eea
    effect: Permit
    covers: [personal]
    where: {process: {countries: {in: [EEA]}}}
    obligations: [{audit: digest}]
"""


def wait_for(condition, what, seconds=PATIENCE):
    """The first true value of `condition()`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"did not come true in {seconds} s: {what}")
        time.sleep(0.01)


class SteadyCalls:
    """Calls one after the other on each of several threads, until the block
    ends. `call` makes one and gives its status."""

    def __init__(self, call, callers=1):
        self.call, self.statuses = call, []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run)
                        for _ in range(callers)]

    def run(self):
        while not self.over.is_set():
            self.statuses.append(self.call())

    def go_on(self, more=50):
        """Waits until so many more have ended."""
        count = len(self.statuses)
        wait_for(lambda: len(self.statuses) > count + more, "calls to flow")

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *why):
        self.over.set()
        for thread in self.threads:
            thread.join()


class Agent(http.server.BaseHTTPRequestHandler):
    """Answers with what it received, as JSON. Paths change its ways:
    /slow waits until the server's `release` is set, /status/N answers N,
    /sse sends three events, each when the server's `tick` is released."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def handle_one_request(self):
        with contextlib.suppress(ConnectionError):
            super().handle_one_request()

    def body(self):
        if "chunked" in self.headers.get("transfer-encoding", ""):
            out = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                if size == 0:
                    self.trailers = []
                    while (line := self.rfile.readline().strip()):
                        self.trailers.append(line.decode())
                    return out
                out += self.rfile.read(size)
                self.rfile.readline()
        length = int(self.headers.get("content-length", 0))
        data = self.rfile.read(length)
        if len(data) < length:  # cut short, as any server can tell
            raise ConnectionError
        return data

    def send_card(self):
        card = json.dumps(self.server.card or {}).encode()
        self.send_response(200 if self.server.card else 404)
        self.send_header("content-length", str(len(card)))
        self.end_headers()
        self.wfile.write(card)

    def serve(self):
        self.trailers = []
        data = self.body()
        if self.path == "/.well-known/agent-card.json":
            return self.send_card()  # its sidecar asks by itself
        self.server.seen.append((self.command, self.path))
        if self.path.startswith("/slow"):
            self.server.release.wait(PATIENCE)
        if self.path.startswith("/sse"):
            return self.events()
        status = 200
        if self.path.startswith("/status/"):
            status = int(self.path.split("/")[2])
        reply = json.dumps({
            "agent": self.server.agent_name, "method": self.command,
            "path": self.path, "headers": dict(self.headers.items()),
            "trailers": self.trailers,
            "body": data.decode("latin-1") if len(data) < 100000
            else len(data)}).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(reply)))
        for name, value in self.server.extra_headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply)

    def events(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for number in range(3):
            self.server.tick.acquire(timeout=PATIENCE)
            event = f"data: {number}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = serve


class AgentServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, name):
        super().__init__(("127.0.0.1", 0), Agent)
        self.agent_name = name
        self.seen = []
        self.card = None  # what /.well-known/agent-card.json says
        self.extra_headers = []
        self.release = threading.Event()
        self.tick = threading.Semaphore(0)
        threading.Thread(target=self.serve_forever, args=(0.05,),
                         daemon=True).start()

    def handle_error(self, request, client_address):
        pass

    def stop(self):
        self.release.set()
        self.shutdown()
        self.server_close()


class Sidecar:
    """One `herald sidecar` process and its configuration."""

    def __init__(self, mesh, name, agent, site, agent_port):
        self.mesh, self.name, self.agent, self.site = mesh, name, agent, site
        self.agent_port = agent_port
        self.port = free_port()
        self.admin = free_port()
        self.mesh_port = free_port(socket.SOCK_DGRAM)
        self.idempotent = []
        self.identity = f"spiffe://test.example/agent/{agent}"
        self.card = "/.well-known/agent-card.json"
        self.extra = ""
        self.policy = ["policy.yaml"]
        self.discovery = "file: peers.yaml"
        self.listen = [f'{{address: "127.0.0.1:{self.port}"}}']
        self.command = [HERALD]  # or what runs it elsewhere
        self.environment = {}    # besides our own
        self.process = None
        self.log = mesh.folder / f"{name}.log"

    def write(self):
        folder = self.mesh.folder
        if not (folder / f"{self.name}.crt").exists():
            self.mesh.herald("certs", "issue", folder, "--id", self.identity,
                             "--out", self.name)
        (folder / f"{self.name}.yaml").write_text(f"""
node: {{name: {self.name}, site: {self.site}}}
identity: {{certificate: {self.name}.crt, key: {self.name}.key, trust: ca.crt}}
agents:
- name: {self.agent}
  address: 127.0.0.1:{self.agent_port}
  idempotent: {json.dumps(self.idempotent)}
  card: {self.card}
listen:
  agents: [{", ".join(self.listen)}]
  mesh: 127.0.0.1:{self.mesh_port}
  admin: 127.0.0.1:{self.admin}
discovery: [{{{self.discovery}}}]
policy: [{", ".join(self.policy)}]
{self.extra}""")

    def start(self):
        self.write()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.command, "sidecar", "--config",
                 str(self.mesh.folder / f"{self.name}.yaml")],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=log)
        wait_for(self.ready, f"{self.name} ready; its log:\n{self.tail()}")

    def tail(self):
        return self.log.read_text()[-2000:] if self.log.exists() else ""

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended with "
                                 f"{self.process.returncode}:\n{self.tail()}")
        try:
            return self.ask("/readyz")[0] == 200
        except OSError:
            return False

    def ask(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin,
                                                timeout=PATIENCE)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def peers(self):
        return {peer["name"]: peer for peer in json.loads(
            self.ask("/peers")[1])}

    def metric(self, name):
        total = 0.0
        for line in self.ask("/metrics")[1].splitlines():
            if line.split("{")[0].split(" ")[0] == name:
                total += float(line.rsplit(" ", 1)[1])
        return total

    def status(self):
        """What `herald policy show --json --texts` prints."""
        return json.loads(self.ask("/policy/status")[1])

    def rss_mib(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        return self.process.wait(PATIENCE)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.body = status, body
        self.headers = {k.lower(): v for k, v in headers}

    def json(self):
        return json.loads(self.body)


class Mesh:
    """The planner's sidecar (`self.planner`) and any number of sites that
    serve the summarizer."""

    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="herald-test-")
        self.folder = pathlib.Path(self.temporary.name)
        self.herald("certs", "init", self.folder, "--trust-domain",
                    "test.example")
        (self.folder / "policy.yaml").write_text(POLICY)
        self.agents, self.sites = {}, {}
        self.planner = Sidecar(self, "planner-0", "planner",
                               self.facts("DE", "Device"), 9)

    @staticmethod
    def facts(country, tier):
        return (f"{{country: {country}, tier: {tier}, operator: acme, "
                f"operatorControl: [{country}]}}")

    def herald(self, *argv, check=True, **kwargs):
        return subprocess.run([HERALD, *map(str, argv)], check=check,
                              capture_output=True, text=True,
                              timeout=60, **kwargs)

    def site(self, name, country="DE", tier="FarEdge"):
        agent = AgentServer(name)
        self.agents[name] = agent
        self.sites[name] = Sidecar(self, name, "summarizer",
                                   self.facts(country, tier),
                                   agent.server_address[1])
        return self.sites[name]

    def write(self, name, text):
        """Replaces a file at once, as a careful editor does."""
        new = self.folder / (name + ".new")
        new.write_text(text)
        new.rename(self.folder / name)

    def peers_text(self, sites=None):
        return "peers:\n" + "".join(f"""- name: {site.name}
  address: 127.0.0.1:{site.mesh_port}
  identity: spiffe://test.example/agent/summarizer
  site: {site.site}
  agents: [{{name: summarizer, skills: [summarize], tags: [text]}}]
""" for site in (self.sites.values() if sites is None else sites))

    def start(self):
        (self.folder / "peers.yaml").write_text(self.peers_text())
        for site in self.sites.values():
            site.start()
        self.planner.start()
        self.wait_up()

    def wait_up(self):
        wait_for(lambda: all(peer["state"] == "up"
                             for peer in self.planner.peers().values()),
                 "every peer up")

    def call(self, path="/agents/summarizer/", method="GET", body=None,
             headers=None, port=None):
        connection = http.client.HTTPConnection(
            "127.0.0.1", port or self.planner.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, reply.getheaders(), reply.read())
        finally:
            connection.close()

    def steady_calls(self, path="/agents/summarizer/pay", callers=1):
        """Posts to `path`, in a `with`; see SteadyCalls."""
        return SteadyCalls(lambda: self.call(path, "POST", b"1").status,
                           callers)

    def stop(self):
        self.planner.stop()
        for site in self.sites.values():
            site.stop()
        for agent in self.agents.values():
            agent.stop()
        self.temporary.cleanup()


class MeshTest(unittest.TestCase):
    def setUp(self):
        self.mesh = Mesh()
        self.addCleanup(self.mesh.stop)

    def start(self, *sites):
        """sites: (name, country, tier)"""
        for site in sites or (("fra", "DE", "FarEdge"),):
            self.mesh.site(*site)
        self.mesh.start()

    def decisions(self, sidecar):
        path = self.mesh.folder / f"{sidecar.name}.decisions.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text().splitlines()]
