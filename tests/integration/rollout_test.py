# SPDX-License-Identifier: Apache-2.0
"""How a policy is tried, held, taken back and overridden, and how much of what
an agent says of its own call counts."""
import datetime
import json
import unittest

import mesh

PERSONAL = {"herald-labels": "personal"}
HEAD = "apiVersion: herald.dev/v1alpha1\n"

SHADOW = f"""---
{HEAD}kind: ClusterRoutingPolicy
metadata: {{name: tighter}}
spec:
  mode: Shadow
  rules:
  - id: not-there
    effect: Forbid
    where: {{anyNode: {{countries: {{in: [DE]}}}}}}
"""

REPLACES = f"""---
{HEAD}kind: ClusterRoutingPolicy
metadata: {{name: tighter}}
spec:
  mode: Shadow
  replaces: test
  rules:
  - id: personal-in-france
    effect: Permit
    covers: [personal]
    where: {{process: {{countries: {{in: [FR]}}}}}}
"""

FORBID_US = """  - id: never-there
    effect: Forbid
    when: {labels: {anyOf: [public]}}
    where: {anyNode: {countries: {in: [US]}}}
"""


def observe(until):
    return f"""---
{HEAD}kind: RoutingPolicy
metadata: {{name: taking-in, namespace: claims}}
spec: {{enforcement: Observe, until: {until}, rules: []}}
"""


def moment(minutes):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(minutes=minutes)).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


def override(start, end):
    return f"""{HEAD}kind: Override
metadata: {{name: inc-4711}}
spec:
  reason: "INC-4711: only the US is left"
  from: {moment(start)}
  until: {moment(end)}
  rules:
  - id: us
    covers: [personal]
    where: {{process: {{countries: {{in: [US]}}}}}}
"""


class RolloutTest(mesh.MeshTest):
    def herald(self, *argv, check=True):
        return self.mesh.herald(
            *argv, "--admin", f"127.0.0.1:{self.mesh.planner.admin}",
            check=check)

    def replace(self, text, name="policy.yaml"):
        before = self.mesh.planner.status()["hash"]
        self.mesh.write(name, text)
        mesh.wait_for(lambda: self.mesh.planner.status()["hash"] != before,
                      "the new policy to be in force")

    def line_of(self, reply, sidecar=None):
        call = reply.headers["herald-call-id"]
        return mesh.wait_for(
            lambda: [line for line in
                     self.decisions(sidecar or self.mesh.planner)
                     if line["call"] == call], "a decision line")[0]

    def permissive_sites(self, *sites):
        """The sites permit everything; what is tested is the planner's."""
        (self.mesh.folder / "sites.yaml").write_text(
            mesh.POLICY.replace("EEA: [DE, FR]", "EEA: [DE, FR, US]"))
        for site in sites:
            self.mesh.site(*site).policy = ["sites.yaml"]
        self.mesh.start()

    def test_a_shadow_policy_tells_and_does_not_apply(self):
        (self.mesh.folder / "policy.yaml").write_text(mesh.POLICY + SHADOW)
        self.start()
        reply = self.mesh.call()  # nothing audits it, but the shadow would deny
        self.assertEqual(200, reply.status)
        line = self.line_of(reply)
        self.assertEqual("Permit", line["verdict"])
        self.assertEqual({"verdict": "Deny", "rules": ["tighter/not-there"]},
                         line["shadow"])
        self.assertEqual(
            1, self.mesh.planner.metric("herald_policy_shadow_total"))
        self.assertEqual(
            1, self.mesh.planner.status()["counts"]["shadowWouldDeny"])
        told = self.herald("policy", "show").stdout
        self.assertIn("1 calls that the shadow would deny", told)
        self.assertIn("shadow    would be refused by tighter/not-there: 1",
                      told)

    def test_a_shadow_that_replaces_tries_a_tighter_permit(self):
        (self.mesh.folder / "policy.yaml").write_text(mesh.POLICY + REPLACES)
        self.start()
        reply = self.mesh.call(headers=PERSONAL)
        self.assertEqual(200, reply.status)
        self.assertEqual("Deny", self.line_of(reply)["shadow"]["verdict"])

    def test_an_observed_namespace_is_told_and_not_refused(self):
        self.mesh.planner.identity = "spiffe://test.example/ns/claims/sa/p"
        (self.mesh.folder / "policy.yaml").write_text(
            mesh.POLICY + FORBID_US + observe("2099-01-01"))
        self.start(("iad", "US", "Cloud"))
        reply = self.mesh.call(headers=PERSONAL)
        self.assertEqual(200, reply.status)
        for sidecar in (self.mesh.planner, self.mesh.sites["iad"]):
            line = self.line_of(reply, sidecar)
            self.assertTrue(line["observed"])
            self.assertEqual("no-permit", line["code"])
            self.assertTrue(line["failed"])
        self.assertTrue(self.mesh.planner.status()["observed"][0]["open"])
        self.assertEqual(
            1, self.mesh.planner.metric("herald_policy_observed_total"))
        self.assertIn("would be refused by test/personal-in-eea: 1",
                      self.herald("policy", "show").stdout)
        # A Forbid of the cluster is no matter of the namespace.
        forbidden = self.mesh.call(headers={"herald-labels": "public"})
        self.assertEqual(403, forbidden.status)
        # The window over, the refusal holds.
        self.replace(mesh.POLICY + FORBID_US + observe("2020-01-01"))
        self.assertEqual(403, self.mesh.call(headers=PERSONAL).status)

    def test_rollback_holds_until_the_files_change(self):
        self.permissive_sites(("fra", "DE", "FarEdge"))
        first = self.mesh.planner.status()["hash"]
        self.replace(mesh.POLICY.replace("EEA: [DE, FR]", "EEA: [FR]"))
        self.assertEqual(403, self.mesh.call(headers=PERSONAL).status)
        told = self.herald("policy", "rollback").stdout
        self.assertIn(first[:12], told)
        self.assertEqual(200, self.mesh.call(headers=PERSONAL).status)
        self.assertEqual("rollback", self.mesh.planner.status()["from"])
        self.assertEqual(
            1, self.mesh.planner.metric("herald_policy_rolled_back"))
        nothing = self.herald("policy", "rollback", check=False)
        self.assertEqual(2, nothing.returncode)
        self.assertIn("no earlier policy", nothing.stderr)
        unknown = self.herald("policy", "rollback", "--to", "0000",
                              check=False)
        self.assertEqual(2, unknown.returncode)
        self.replace(mesh.POLICY.replace("EEA: [DE, FR]", "EEA: [FR, US]"))
        self.assertEqual("files", self.mesh.planner.status()["from"])
        self.assertEqual(403, self.mesh.call(headers=PERSONAL).status)

    def test_a_policy_that_denies_too_much_is_held_until_annotated(self):
        self.permissive_sites(("fra", "DE", "FarEdge"))
        planner = self.mesh.planner
        for _ in range(25):
            self.mesh.call(headers=PERSONAL)
        strict = mesh.POLICY.replace("EEA: [DE, FR]", "EEA: [FR]")
        self.mesh.write("policy.yaml", strict)
        held = mesh.wait_for(lambda: planner.status()["held"], "the hold")
        self.assertEqual(25, held["newlyDenied"])
        self.assertIn("personal", held["examples"][0]["call"])
        self.assertEqual(1, planner.metric("herald_policy_held"))
        status, told = planner.ask("/readyz")
        self.assertEqual(200, status)
        self.assertIn("is held", told)
        self.assertEqual(200, self.mesh.call(headers=PERSONAL).status)
        self.assertIn("HELD", self.herald("policy", "show").stdout)
        self.assertIn("policy_held", planner.tail())
        tomorrow = moment(24 * 60)[:10]
        self.replace(strict.replace(
            "{name: test}", "{name: test, annotations: "
            f'{{herald.dev/may-newly-deny: "{tomorrow}"}}}}'))
        self.assertEqual(403, self.mesh.call(headers=PERSONAL).status)
        self.assertIsNone(planner.status()["held"])

    def start_with_signers(self):
        folder = self.mesh.folder
        self.mesh.herald("policy", "key", folder / "ops")
        (folder / "override.yaml").write_text("")
        self.mesh.planner.policy = ["policy.yaml", "override.yaml"]
        self.mesh.planner.extra = "policySigners: [ops.pub]\n"
        self.permissive_sites(("iad", "US", "Cloud"))

    def sign(self):
        self.mesh.herald("policy", "sign", self.mesh.folder / "override.yaml",
                         "--key", self.mesh.folder / "ops.key")

    def test_a_signed_override_lets_through_and_is_told(self):
        self.start_with_signers()
        self.assertEqual(403, self.mesh.call(headers=PERSONAL).status)
        self.mesh.write("override.yaml", override(-5, 60))
        mesh.wait_for(lambda: self.mesh.planner.status()["refused"],
                      "the unsigned one to be refused")
        self.assertIn("policySigners", self.mesh.planner.status()["refused"])
        self.assertEqual(403, self.mesh.call(headers=PERSONAL).status)
        self.sign()
        mesh.wait_for(lambda: self.mesh.planner.status()["overrides"],
                      "the signed one to be in force")
        reply = self.mesh.call(headers=PERSONAL)
        self.assertEqual(200, reply.status)
        line = self.line_of(reply)
        self.assertEqual("overridden", line["code"])
        self.assertEqual(["inc-4711"], line["overrides"])
        self.assertIn("OVERRIDE", self.herald("policy", "show").stdout)
        # A changed text is no longer what was signed.
        self.mesh.write("override.yaml", override(-5, 61))
        mesh.wait_for(lambda: self.mesh.planner.status()["refused"],
                      "the changed text to be refused")

    def test_an_override_whose_time_is_over_does_nothing(self):
        self.start_with_signers()
        self.mesh.write("override.yaml", override(-120, -60))
        self.sign()
        mesh.wait_for(lambda: self.mesh.planner.status()["overrides"],
                      "the override to be read")
        self.assertFalse(self.mesh.planner.status()["overrides"][0]["open"])
        self.assertEqual(403, self.mesh.call(headers=PERSONAL).status)

    def test_another_key_is_no_seal(self):
        self.start_with_signers()
        self.mesh.herald("policy", "key", self.mesh.folder / "mallory")
        (self.mesh.folder / "override.yaml").write_text(override(-5, 60))
        self.mesh.herald("policy", "sign", self.mesh.folder / "override.yaml",
                         "--key", self.mesh.folder / "mallory.key")
        mesh.wait_for(lambda: self.mesh.planner.status()["refused"],
                      "the other's seal to be refused")
        self.assertEqual(403, self.mesh.call(headers=PERSONAL).status)

    def test_floors_count_whatever_the_agent_says(self):
        floors = "  floors:\n  - {callees: [summarizer], labels: [personal]}\n"
        self.permissive_sites(("iad", "US", "Cloud"))
        self.assertEqual(200, self.mesh.call().status)
        self.replace(mesh.POLICY.replace("  purposes: [support]\n",
                                         "  purposes: [support]\n" + floors))
        reply = self.mesh.call(headers={"herald-labels": "public"})
        self.assertEqual(403, reply.status)
        self.assertIn("personal", self.line_of(reply)["labels"])

    def test_an_endorsement_counts_only_from_its_authority(self):
        def policy(authority):
            return mesh.POLICY.replace(
                "  purposes: [support]\n",
                "  purposes: [support]\n  endorsements:\n"
                f'    redacted: {{authorities: ["{authority}"]}}\n') + """\
  - id: only-redacted
    effect: Forbid
    where: {anyNode: {countries: {in: [DE]}}}
    unlessEndorsed: [redacted]
"""
        headers = {"herald-endorsements": "redacted"}
        (self.mesh.folder / "policy.yaml").write_text(
            policy("spiffe://test.example/agent/redactor"))
        self.start()
        reply = self.mesh.call(headers=headers)
        self.assertEqual(403, reply.status)
        self.assertEqual(["redacted"],
                         self.line_of(reply)["endorsementsDropped"])
        self.mesh.write("policy.yaml",
                        policy("spiffe://test.example/agent/planner"))
        mesh.wait_for(
            lambda: self.mesh.call(headers=headers).status == 200,
            "both sides to take the planner's word")

    def test_a_call_of_a_moment_ago_can_be_asked_about(self):
        self.permissive_sites(("iad", "US", "Cloud"))
        reply = self.mesh.call(headers=PERSONAL)
        told = self.herald("explain", reply.headers["herald-call-id"],
                           check=False)
        self.assertEqual(1, told.returncode, told.stderr)
        self.assertIn("test/personal-in-eea", told.stdout)

    def test_meters_count_over_restarts(self):
        metered = mesh.POLICY.replace("[{audit: digest}]",
                                      "[{meter: personal-calls}]")
        (self.mesh.folder / "policy.yaml").write_text(metered)
        self.start()
        planner = self.mesh.planner
        for _ in range(5):
            self.assertEqual(200, self.mesh.call(headers=PERSONAL).status)
        self.assertEqual(5, planner.status()["meters"]["personal-calls"])
        self.assertEqual(5, planner.metric("herald_policy_meter_total"))
        planner.process.terminate()
        planner.wait()
        planner.start()
        self.mesh.wait_up()
        self.assertEqual(5, planner.status()["meters"]["personal-calls"])
        self.assertEqual(200, self.mesh.call(headers=PERSONAL).status)
        planner.stop()  # killed: the count may be too high, never too low
        planner.start()
        self.assertGreaterEqual(
            planner.status()["meters"]["personal-calls"], 6)

    def test_only_this_machine_may_roll_back_and_no_web_page(self):
        self.permissive_sites(("fra", "DE", "FarEdge"))
        reply = self.mesh.call("/policy/rollback", "POST", b"{}",
                               {"origin": "https://evil.example"},
                               port=self.mesh.planner.admin)
        self.assertEqual(403, reply.status)
        self.assertIn("web pages", json.loads(reply.body)["detail"])


if __name__ == "__main__":
    unittest.main()
