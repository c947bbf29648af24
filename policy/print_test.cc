// SPDX-License-Identifier: Apache-2.0
#include "policy/print.h"

#include <string>

#include "gtest/gtest.h"
#include "policy/load.h"

namespace herald::policy {
namespace {

// Every key of the language, as it is printed.
constexpr char kCanonical[] = R"(apiVersion: herald.dev/v1alpha1
kind: JurisdictionSet
metadata: {name: j}
spec:
  source: "legal team, 2026-11-01: \"all\" of it"
  reviewBy: 2027-02-01
  sets:
    EU: [DE, FR, "NO"]
    EEA: {union: [EU], plus: [IS]}
    WIDE: {union: [EU, EEA]}
    NONE: []
---
apiVersion: herald.dev/v1alpha1
kind: LabelSchema
metadata: {name: s}
spec:
  labels:
    personal: {}
    health: {implies: [personal]}
    public: {controlled: false, mayAssert: ["spiffe://t/ns/web/*"]}
    "yes": {}
  floors:
  - {callers: ["spiffe://t/*"], callees: [x], skills: ["llm/*"], labels: [health]}
  endorsements:
    tokenised: {authorities: ["spiffe://t/ns/pay/sa/a"]}
    nobody: {authorities: []}
  purposes: [support, triage]
---
apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: p, namespace: claims, labels: {team: x}, annotations: {herald.dev/may-newly-deny: "2026-12-01", note: ""}}
spec:
  rules:
  - id: a
    effect: Permit
    covers: [personal, "yes"]
    when: {callers: ["*"], callees: [x], skills: [triage], purposes: [support], legalBasis: [consent], endorsements: {anyOf: [tokenised], allOf: [tokenised]}}
    where:
      process: {countries: {in: [EEA, US]}, operatorControl: {onlyIn: [EEA], notOnlyIn: [US], anyOf: [DE]}, tiers: [Device, FarEdge, NearEdge, Cloud], assurance: {allOf: [pci-dss-4]}, attestation: {min: platform}}
      transit: {countries: {in: [EEA]}}
      crypto: {endToEnd: true, keysHeldIn: {in: [EEA]}}
    obligations: [{audit: full}, {encrypt: endToEnd}, {retain: 36h}, {meter: a}, {meter: b}, {redact: r}, {notify: n}]
  - id: anywhere
    effect: Permit
    covers: [health]
    where: {}
  - id: f
    effect: Forbid
    when: {labels: {anyOf: [personal], allOf: [health]}}
    where:
      anyNode: {countries: {in: [US]}}
      anyProcess: {tiers: [Cloud]}
    unlessEndorsed: [tokenised]
    onChange: finish
  - id: o
    effect: Oblige
    obligations: [{audit: digest}]
  - id: v
    effect: Prefer
    when: {skills: [triage]}
    prefer: {tiers: [{tier: FarEdge, handicap: 0s}, {tier: Cloud, handicap: 80ms}], maxRtt: 120ms, maxPredictedTtfb: 2s, affinity: {key: contextId, bonus: 150ms, idle: 10m}, cost: {ceilingPerGiB: 0.09, msPerCent: 2}, near: {country: "NO", operator: acme, bonus: 20ms}, weights: [{peers: ["gpt-*", azure], weight: 90}, {peers: ["mistral-*"], weight: 10}]}
---
apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: taking-in, namespace: claims}
spec:
  enforcement: Observe
  until: 2027-01-15
  rules: []
---
apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: tried, namespace: claims}
spec:
  mode: Shadow
  replaces: p
  rules: []
---
apiVersion: herald.dev/v1alpha1
kind: ClusterRoutingPolicy
metadata: {name: c}
spec:
  rules: []
)";

constexpr char kOverride[] = R"(apiVersion: herald.dev/v1alpha1
kind: Override
metadata: {name: inc-4711, namespace: claims}
spec:
  reason: "INC-4711: Frankfurt is down"
  from: 2026-11-21T02:50:00Z
  until: 2026-11-21T05:00:00Z
  lifts: [p/f]
  rules:
  - id: paris
    effect: Permit
    covers: [personal]
    where:
      process: {countries: {in: [FR]}}
)";

TEST(PrintTest, CanonicalTextPrintsAsItself) {
  Reading reading = Read({{"p.yaml", kCanonical}});
  ASSERT_FALSE(HasErrors(reading.issues)) << Render(reading.issues);
  EXPECT_EQ(Print(reading.set), kCanonical);
}

TEST(PrintTest, AnOverrideIsATextOfItsOwn) {
  Reading reading = Read({{"p.yaml", kCanonical}, {"o.yaml", kOverride}});
  ASSERT_FALSE(HasErrors(reading.issues)) << Render(reading.issues);
  EXPECT_EQ(Print(reading.set), kCanonical);
  ASSERT_EQ(reading.set.overrides.size(), 1u);
  EXPECT_EQ(Print(reading.set.overrides[0]), kOverride);
}

TEST(PrintTest, WhatAReaderCouldMistakeIsQuoted) {
  for (const char* plain : {"a", "pci-dss-4", "a.b_c/d", "EEA", "Nope"}) {
    EXPECT_EQ(QuoteYaml(plain), plain);
  }
  for (const char* trap : {"NO", "yes", "on", "null", "1", "1e3", "0x1", "",
                           "2027-02-01", "a b", "a:b", "#", "*", "-", "~"}) {
    EXPECT_EQ(QuoteYaml(trap), "\"" + std::string(trap) + "\"");
  }
  EXPECT_EQ(QuoteYaml("a\"b\\c\nd\te\x01"), R"("a\"b\\c\nd\te\x01")");
}

}  // namespace
}  // namespace herald::policy
