# SPDX-License-Identifier: Apache-2.0
"""Where the example plays: certificates, configuration, three sidecars and two
agents in a folder of its own.

Nothing has a fixed port. Children end with us, even when we are killed."""

import difflib
import http.server
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from processes import die_with_parent, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
HERALD = os.environ.get("HERALD_BIN", f"{ROOT}/build/release/herald")
if not os.path.isabs(HERALD):
    HERALD = os.path.join(ROOT, HERALD)
LETTER = f"{ROOT}/examples/demo/documents/claim-letter.txt"
DOMAIN = "corp.example"
PATIENCE = 20.0  # seconds; a sanitizer build on a busy machine is slow

PEERS = {
    "us": "{country: US, tier: Cloud, operator: lakeside, "
          "operatorControl: [US], assurance: [dpf-certified]}",
    "sg": "{country: SG, tier: Cloud, operator: harbour, "
          "operatorControl: [SG], assurance: []}",
}
PLANNER = "{country: DE, tier: Device, operator: acme, operatorControl: [DE]}"


class StageFailed(Exception):
    """Something would not start; the text says what, and where its log is."""


class Summarizer(http.server.BaseHTTPRequestHandler):
    """An agent like any other: the first sentence of what it was sent."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def body(self):
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        out = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            out += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return out

    def do_POST(self):
        text = self.body().decode()
        self.server.seen += 1
        first = " ".join(text.split()).partition(". ")[0] + ".\n"
        self.send_response(200)
        self.send_header("content-length", str(len(first.encode())))
        self.end_headers()
        self.wfile.write(first.encode())


class Stage:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="herald-policy-")
        self.agents, self.sidecars, self.ports = {}, {}, {}

    # ---- the start ----

    def start(self, say):
        if not os.access(HERALD, os.X_OK):
            raise StageFailed(f"{HERALD} is not there; scripts/demo-policy "
                              "builds it")
        for name in ("current.yaml", "proposed.yaml", "proposed.test.yaml"):
            shutil.copy(f"{HERE}/{name}", self.folder)
        shutil.copy(LETTER, self.folder)
        self.put_policy("current.yaml")
        self.make_certificates()
        for name in ("planner", *PEERS):
            self.ports[name] = {"mesh": free_port(socket.SOCK_DGRAM),
                                "admin": free_port(), "calls": free_port()}
        for name in PEERS:
            self.start_agent(name)
        self.write("peers.yaml", self.peers())
        for name in ("planner", *PEERS):
            self.write(f"{name}.yaml", self.config(name))
            self.sidecars[name] = self.spawn(name)
        for name in self.sidecars:
            self.await_ready(name)
        say("three sidecars are up: planner (DE), summarizer-us (US, "
            "certified) and summarizer-sg (SG)")

    def start_agent(self, name):
        agent = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Summarizer)
        agent.seen = 0
        threading.Thread(target=agent.serve_forever, daemon=True).start()
        self.agents[name] = agent

    def make_certificates(self):
        for words in (("init", "pki", "--trust-domain", DOMAIN),
                      *(("issue", "pki", "--id",
                         f"spiffe://{DOMAIN}/agent/{agent}", "--out", name)
                        for agent, name in (("planner", "planner"),
                                            *(("summarizer", p)
                                              for p in PEERS)))):
            done = self.herald("certs", *words)
            if done.returncode != 0:
                raise StageFailed(f"herald certs {' '.join(words)}: "
                                  f"{done.stderr}")

    def config(self, name):
        ports = self.ports[name]
        text = f"""\
node: {{name: {self.peer_name(name)}, site: {PEERS.get(name, PLANNER)}}}
identity:
  {{certificate: pki/{name}.crt, key: pki/{name}.key, trust: pki/ca.crt}}
listen:
  agents: [{{address: 127.0.0.1:{ports['calls']}}}]
  mesh: 127.0.0.1:{ports['mesh']}
  admin: 127.0.0.1:{ports['admin']}
policy: [policy.yaml]
decisionLog: {{file: {name}.decisions.jsonl}}
"""
        if name == "planner":
            return text + "discovery: [{file: peers.yaml}]\n"
        port = self.agents[name].server_address[1]
        return text + (f"agents: [{{name: summarizer, "
                       f"address: 127.0.0.1:{port}}}]\n")

    def peers(self):
        return "peers:\n" + "".join(f"""\
- name: {self.peer_name(name)}
  address: 127.0.0.1:{self.ports[name]['mesh']}
  identity: spiffe://{DOMAIN}/agent/summarizer
  site: {site}
  agents: [{{name: summarizer}}]
""" for name, site in PEERS.items())

    @staticmethod
    def peer_name(name):
        return f"summarizer-{name}" if name in PEERS else name

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as out:
            out.write(text)

    def spawn(self, name):
        with open(f"{self.folder}/{name}.log", "ab") as log:
            return subprocess.Popen(
                [HERALD, "sidecar", "--config", f"{name}.yaml"],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, preexec_fn=die_with_parent)

    def await_ready(self, name):
        self.wait(lambda: self.sidecars[name].poll() is not None or
                  self.get(name, "/readyz") is not None,
                  f"the sidecar {name} to be ready")
        if self.sidecars[name].poll() is None:
            return
        with open(f"{self.folder}/{name}.log", encoding="utf-8") as log:
            raise StageFailed(f"the sidecar {name} has ended:\n" +
                              "".join(log.readlines()[-12:]))

    # ---- what the acts do ----

    def herald(self, *words):
        environment = dict(
            os.environ, HERALD_SOCKET="127.0.0.1:"
            f"{self.ports['planner']['calls'] if self.ports else 0}")
        return subprocess.run([HERALD, *words], cwd=self.folder, text=True,
                              capture_output=True, check=False, timeout=60,
                              env=environment, preexec_fn=die_with_parent)

    def put_policy(self, name):
        shutil.copy(f"{self.folder}/{name}", f"{self.folder}/policy.new")
        os.replace(f"{self.folder}/policy.new", f"{self.folder}/policy.yaml")

    def text_diff(self, old, new):
        """The added and removed lines, without the essays on top."""
        texts = []
        for name in (old, new):
            with open(f"{self.folder}/{name}", encoding="utf-8") as text:
                texts.append([line.rstrip("\n") for line in text
                              if not line.startswith("#")])
        return [line for line in difflib.unified_diff(
            *texts, old, new, n=1, lineterm="") if not line.startswith("@@")]

    def admin(self, name):
        return f"127.0.0.1:{self.ports[name]['admin']}"

    def policy_hash(self, name):
        """What `herald policy show` says; asked often, so directly."""
        return json.loads(self.get(name, "/policy/status") or "{}").get("hash")

    def await_new_policy(self, old):
        return [self.wait(
            lambda n=name: next((h for h in [self.policy_hash(n)]
                                 if h and h != old), None),
            f"the new policy at {name}") for name in self.sidecars]

    def seen(self, name):
        return self.agents[name].seen

    def requests_seen(self):
        return sum(agent.seen for agent in self.agents.values())

    def get(self, name, path):
        url = f"http://{self.admin(name)}{path}"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return answer.read()
        except (urllib.error.URLError, OSError):
            return None

    def wait(self, condition, what):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.02)
        raise StageFailed(f"waited {PATIENCE:.0f} s for {what}; see "
                          f"{self.folder}")

    # ---- the end ----

    def stop(self):
        """Ends every process, kindly first; safe to call at any time."""
        for process in self.sidecars.values():
            process.terminate()
        for process in self.sidecars.values():
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for agent in self.agents.values():
            agent.shutdown()
            agent.server_close()

    def clean(self):
        shutil.rmtree(self.folder, ignore_errors=True)
