# SPDX-License-Identifier: Apache-2.0
"""The demo's configuration files. They are what a user would write; the demo
only fills in ports."""

DOMAIN = "demo.example"

SITES = {
    "de": {"country": "DE", "tier": "FarEdge", "operator": "acme",
           "control": "DE", "delay_ms": 2},
    "fr": {"country": "FR", "tier": "NearEdge", "operator": "acme",
           "control": "FR", "delay_ms": 10},
    "us": {"country": "US", "tier": "Cloud", "operator": "bigcloud",
           "control": "US", "delay_ms": 45},
}

POLICY = """\
# Who may see which data. Public data and calls without a label may go
# anywhere; personal data only to sites in the EEA, and only for support.
apiVersion: herald.dev/v1alpha1
kind: JurisdictionSet
metadata: {name: demo-sets}
spec:
  source: "a demo's; ask your lawyers for yours"
  reviewBy: 2027-02-01
  sets:
    EU: [AT, BE, BG, HR, CY, CZ, DK, EE, FI, FR, DE, GR, HU, IE, IT, LV, LT,
         LU, MT, NL, PL, PT, RO, SK, SI, ES, SE]
    EEA: {union: [EU], plus: [IS, LI, "NO"]}
---
apiVersion: herald.dev/v1alpha1
kind: LabelSchema
metadata: {name: demo-labels}
spec:
  labels:
    personal: {controlled: true}
    public: {controlled: false}
    unlabelled: {controlled: true}
  purposes: [support]
---
apiVersion: herald.dev/v1alpha1
kind: ClusterRoutingPolicy
metadata: {name: everyday}
spec:
  mode: Enforce
  rules:
  - id: unlabelled-anywhere
    effect: Permit
    covers: [unlabelled]
    where: {}
---
apiVersion: herald.dev/v1alpha1
kind: ClusterRoutingPolicy
metadata: {name: gdpr}
spec:
  mode: Enforce
  rules:
  - id: eea-only
    effect: Permit
    covers: [personal]
    when: {purposes: [support]}
    where:
      process:
        countries: {in: [EEA]}
        operatorControl: {onlyIn: [EEA]}
    obligations: [{audit: digest}]
"""


def _node(name, site):
    return f"""\
node:
  name: {name}
  site: {{country: {site['country']}, tier: {site['tier']}, """ \
        f"""operator: {site['operator']}, operatorControl: [{site['control']}]}}
"""


def site(name, ports, agent_address):
    return _node(f"summarizer-{name}", SITES[name]) + f"""\
identity:
  certificate: pki/{name}.crt
  key: pki/{name}.key
  trust: pki/ca.crt
agents:
- name: summarizer
  address: {agent_address}
  protocol: http1
  skills: [summarize]
  idempotent: ["POST /summarize"]
listen:
  agents:
  - {{address: "unix:{name}.sock"}}
  mesh: 127.0.0.1:{ports['mesh']}
  admin: 127.0.0.1:{ports['admin']}
policy: [policy.yaml]
"""


def planner(ports):
    device = {"country": "DE", "tier": "Device", "operator": "acme",
              "control": "DE"}
    return _node("planner-0", device) + f"""\
identity:
  certificate: pki/planner.crt
  key: pki/planner.key
  trust: pki/ca.crt
listen:
  agents:
  - {{address: "unix:planner.sock"}}
  - {{address: 127.0.0.1:{ports['agents']}}}
  mesh: 127.0.0.1:{ports['mesh']}
  admin: 127.0.0.1:{ports['admin']}
discovery:
- file: peers.yaml
policy: [policy.yaml]
"""


def peers(links):
    """`links`: the relay's port for each site, that the planner sees."""
    text = "peers:\n"
    for name, site_facts in SITES.items():
        text += f"""\
- name: summarizer-{name}
  address: 127.0.0.1:{links[name]}
  identity: spiffe://{DOMAIN}/agent/summarizer
  site: {{country: {site_facts['country']}, tier: {site_facts['tier']}, """ \
            f"""operator: {site_facts['operator']}, """ \
            f"""operatorControl: [{site_facts['control']}]}}
  agents: [{{name: summarizer, skills: [summarize], tags: [text]}}]
"""
    return text
