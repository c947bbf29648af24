# SPDX-License-Identifier: Apache-2.0
"""The demo's world: certificates, configuration, and every process in it.

    planner -> its sidecar -> (QUIC through the relay's delays) -> a site's
    sidecar -> summarizer

Nothing has a fixed port, and nothing outlives the demo: agents and relay end
with their stdin, and the kernel ends the sidecars when this process goes.
"""

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

import config
from processes import die_with_parent, free_port

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
HERALD = os.environ.get("HERALD_BIN", f"{ROOT}/build/release/herald")
PROGRAMS = os.environ.get("HERALD_EXAMPLES", f"{ROOT}/build/release/examples")
DOCUMENTS = {"public": "harbour-notes.txt", "personal": "claim-letter.txt",
             "-": "pump-report.txt"}
SITES = config.SITES
PLANNERS = 4


class WorldFailed(Exception):
    """Something would not start; the text says what and where its log is."""


class Result:
    """One call, as its caller saw it."""

    def __init__(self, labels, fields):
        outcome, status, peer, ms, call_id, text = fields
        self.labels = labels
        self.outcome = outcome
        self.status = int(status)
        self.peer = peer
        self.ms = float(ms)
        self.call_id = call_id
        self.text = text
        self.ok = outcome == "ok"


class Planner:
    """A planner process: one call at a time."""

    def __init__(self, process):
        self.process = process
        self.lock = threading.Lock()

    def call(self, labels):
        purpose = "support" if labels == "personal" else "-"
        path = document(labels)
        with self.lock:
            self.process.stdin.write(f"{labels} {purpose} {path}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        if not line:
            raise WorldFailed("a planner has ended; see planner.log")
        return Result(labels, line.rstrip("\n").split("\t", 5))


def document(labels):
    return f"{ROOT}/examples/demo/documents/{DOCUMENTS[labels]}"


class World:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="herald-demo-")
        self.processes = []
        self.sites = {name: {} for name in SITES}
        self.planners = []
        self.ports = {}

    # ---- processes ----

    def spawn(self, name, command, **options):
        log = open(f"{self.folder}/{name}.log", "ab")
        try:
            process = subprocess.Popen(
                command, stderr=log, cwd=self.folder, text=True,
                preexec_fn=die_with_parent, **options)
        except OSError as error:
            raise WorldFailed(f"cannot run {command[0]}: {error.strerror}; "
                              "scripts/demo builds it") from error
        self.processes.append(process)
        return process

    def talk(self, name, command, **options):
        """A process we speak to by lines."""
        return self.spawn(name, command, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, **options)

    def herald(self, *words):
        done = subprocess.run([HERALD, *words], cwd=self.folder, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise WorldFailed(f"herald {' '.join(words)}: exit "
                              f"{done.returncode}\n{done.stderr}{done.stdout}")

    # ---- the start ----

    def start(self, say):
        for program in (HERALD, f"{PROGRAMS}/herald_demo_relay"):
            if not os.access(program, os.X_OK):
                raise WorldFailed(f"{program} is not there; scripts/demo "
                                  "builds it")
        say(f"working folder {self.folder}")
        self.make_certificates()
        for name in SITES:
            self.ports[name] = {"mesh": free_port(socket.SOCK_DGRAM),
                                "admin": free_port()}
        self.ports["planner"] = {"mesh": free_port(socket.SOCK_DGRAM),
                                 "admin": free_port(),
                                 "agents": free_port()}
        links = self.start_relay()
        self.write("policy.yaml", config.POLICY)
        self.write("peers.yaml", config.peers(links))
        for name in SITES:
            self.start_site(name, wait=False)
        self.write("planner.yaml", config.planner(self.ports["planner"]))
        self.sidecar("planner")
        for name in (*SITES, "planner"):
            self.await_ready(name)
        environment = dict(os.environ,
                           HERALD_SOCKET=f"{self.folder}/planner.sock")
        for _ in range(PLANNERS):
            self.planners.append(Planner(self.talk(
                "planner-agent", [f"{PROGRAMS}/herald_demo_planner"],
                env=environment)))
        say("4 sidecars, 3 summarizers and the planner are up; admin page "
            f"{self.admin_url()}")

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as out:
            out.write(text)

    def make_certificates(self):
        self.herald("certs", "init", "pki", "--trust-domain", config.DOMAIN)
        for name in (*SITES, "planner"):
            agent = "planner" if name == "planner" else "summarizer"
            self.herald("certs", "issue", "pki", "--id",
                        f"spiffe://{config.DOMAIN}/agent/{agent}",
                        "--out", name)

    def start_relay(self):
        """Gives {site: the relay's port for it}."""
        command = [f"{PROGRAMS}/herald_demo_relay"]
        for name, site in SITES.items():
            port = self.ports[name]["mesh"]
            command.append(f"{name}=127.0.0.1:{port}:{site['delay_ms']}")
        relay = self.talk("relay", command)
        links = {}
        for line in relay.stdout:
            words = line.split()
            if words[0] == "ready":
                return links
            links[words[1]] = int(words[2])
        raise WorldFailed(f"the relay has ended; see {self.folder}/relay.log")

    def start_site(self, name, wait=True):
        agent = self.talk(f"agent-{name}",
                          [f"{PROGRAMS}/herald_demo_summarizer",
                           "127.0.0.1:0"])
        line = agent.stdout.readline().split()
        if len(line) != 2:
            raise WorldFailed(f"the summarizer at {name} has ended; see "
                              f"{self.folder}/agent-{name}.log")
        self.sites[name] = {"agent": agent, "address": line[1]}
        self.write(f"{name}.yaml",
                   config.site(name, self.ports[name], line[1]))
        self.sites[name]["sidecar"] = self.sidecar(name)
        if wait:
            self.await_ready(name)

    def sidecar(self, name):
        return self.spawn(f"sidecar-{name}",
                          [HERALD, "sidecar", "--config", f"{name}.yaml"],
                          stdin=subprocess.DEVNULL,
                          stdout=open(f"{self.folder}/sidecar-{name}.log",
                                      "ab"))

    def await_ready(self, name):
        url = f"http://127.0.0.1:{self.ports[name]['admin']}/readyz"
        process = self.processes[-1] if name == "planner" else \
            self.sites[name]["sidecar"]
        end = time.monotonic() + 20
        while time.monotonic() < end and process.poll() is None:
            try:
                with urllib.request.urlopen(url, timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        log = f"{self.folder}/sidecar-{name}.log"
        with open(log, encoding="utf-8", errors="replace") as text:
            tail = "".join(text.readlines()[-12:])
        raise WorldFailed(f"the sidecar {name} is not ready; {log} ends:\n"
                          f"{tail}")

    # ---- what the phases do ----

    def slowness(self, name, ms):
        request = urllib.request.Request(
            f"http://{self.sites[name]['address']}/demo/slowness",
            data=str(ms).encode(), method="PUT")
        with urllib.request.urlopen(request, timeout=5):
            pass

    def kill_site(self, name):
        for part in ("sidecar", "agent"):
            self.sites[name][part].kill()
            self.sites[name][part].wait()

    def admin_url(self):
        return f"http://127.0.0.1:{self.ports['planner']['admin']}"

    def peer(self, name):
        """What the planner's sidecar knows of a peer; {} if nothing."""
        try:
            with urllib.request.urlopen(self.admin_url() + "/peers",
                                        timeout=2) as answer:
                peers = json.load(answer)
        except (OSError, ValueError):
            return {}
        return next((p for p in peers if p.get("name") == name), {})

    def agents_url(self):
        return f"http://127.0.0.1:{self.ports['planner']['agents']}"

    def try_line(self):
        return (f"curl --data-binary @{os.path.relpath(document('public'))} "
                f"-H 'herald-labels: public' "
                f"{self.agents_url()}/agents/summarizer/summarize")

    def curl(self, flag):
        """The same call by curl; None where there is no such curl."""
        if shutil.which("curl") is None:
            return None
        command = ["curl", "-sS", flag, "--max-time", "10", "-o", "curl.out",
                   "--data-binary", f"@{document('public')}",
                   "-H", "herald-agent: summarizer",
                   "-H", "herald-labels: public", "-D", "curl.head",
                   "-w", "%{http_code} %{time_total}",
                   self.agents_url() + "/summarize"]
        done = subprocess.run(command, cwd=self.folder, text=True,
                              capture_output=True, check=False)
        if done.returncode == 2 and "--http2" in flag:
            return None  # a curl built without HTTP/2
        if done.returncode != 0:
            return Result("public", ("failed", 0, "", 0, "",
                                     done.stderr.strip()))
        status, seconds = done.stdout.split()
        with open(f"{self.folder}/curl.head", encoding="latin-1") as head:
            fields = dict(line.strip().split(": ", 1) for line in head
                          if ": " in line)
        fields = {name.lower(): value for name, value in fields.items()}
        with open(f"{self.folder}/curl.out", encoding="utf-8") as body:
            text = " ".join(body.read().split())
        return Result("public", ("ok" if status == "200" else "failed", status,
                                 fields.get("herald-peer", ""),
                                 float(seconds) * 1000,
                                 fields.get("herald-call-id", ""), text))

    # ---- the end ----

    def stop(self):
        """Ends every process, kindly first; safe to call at any time."""
        for process in self.processes:
            if process.stdin is not None:
                try:
                    process.stdin.close()
                except OSError:
                    pass
            elif process.poll() is None:
                process.terminate()
        end = time.monotonic() + 5
        for process in self.processes:
            try:
                process.wait(max(0.05, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
