// SPDX-License-Identifier: Apache-2.0
//
// What is read and refused of floors, shadows, observed namespaces, overrides
// and annotations.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/load.h"
#include "policy/parse.h"

namespace herald::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Object(const std::string& kind, const std::string& metadata,
                   const std::string& spec) {
  return "---\napiVersion: herald.dev/v1alpha1\nkind: " + kind +
         "\nmetadata: {" + metadata + "}\nspec: {" + spec + "}\n";
}

const std::string kBase =
    Object("RoutingPolicy", "name: p, namespace: n",
           "rules: [{id: f, effect: Forbid}, "
           "{id: a, effect: Permit, covers: [x], where: {}}]");

constexpr char kWindow[] =
    "reason: r, from: 2026-11-21T02:50:00Z, until: 2026-11-21T05:00:00Z";

std::string Override(const std::string& spec) {
  return Object("Override", "name: o", spec);
}

Loaded LoadBoth(const std::string& text, Seal seal = Seal::kUnchecked) {
  return Load({{"p.yaml", kBase}, {"f.yaml", text, seal}});
}

std::string IssuesOf(const std::string& text) {
  Loaded loaded = LoadBoth(text);
  EXPECT_EQ(loaded.program == nullptr, HasErrors(loaded.issues));
  return Render(loaded.issues);
}

TEST(RolloutLoadTest, AnUncontrolledLabelMaySayWhoAssertsIt) {
  auto schema = [](const std::string& label) {
    return Object("LabelSchema", "name: s",
                  "labels: {x: {}, l: " + label + "}");
  };
  EXPECT_THAT(IssuesOf(schema("{controlled: false, mayAssert: [\"*/web\"]}")),
              IsEmpty());
  EXPECT_THAT(IssuesOf(schema("{mayAssert: [\"*/web\"]}")),
              HasSubstr("'mayAssert' is for labels with controlled: false"));
  EXPECT_THAT(IssuesOf(schema("{controlled: false, mayAssert: []}")),
              HasSubstr("'mayAssert' is an empty list"));
}

TEST(RolloutLoadTest, AFloorSelectsAndNamesDeclaredLabels) {
  auto floor = [](const std::string& one) {
    return Object("LabelSchema", "name: s",
                  "labels: {x: {}}, floors: [" + one + "]");
  };
  EXPECT_THAT(IssuesOf(floor("{skills: [s], labels: [x]}")), IsEmpty());
  EXPECT_THAT(IssuesOf(floor("{labels: [x]}")),
              HasSubstr("a floor needs callers, callees or skills"));
  EXPECT_THAT(IssuesOf(floor("{skills: [s]}")),
              HasSubstr("a floor needs 'labels'"));
  EXPECT_THAT(IssuesOf(floor("{skills: [s], labels: [y]}")),
              HasSubstr("'y' is no label of a LabelSchema"));
}

TEST(RolloutLoadTest, OnlyAShadowReplacesAndOnlyASibling) {
  auto shadow = [](const std::string& scope, const std::string& spec) {
    return Object("RoutingPolicy", "name: s" + scope, spec + ", rules: []");
  };
  EXPECT_THAT(IssuesOf(shadow(", namespace: n", "mode: Shadow, replaces: p")),
              IsEmpty());
  EXPECT_THAT(IssuesOf(shadow(", namespace: n", "replaces: p")),
              HasSubstr("only a Shadow policy can replace another"));
  EXPECT_THAT(IssuesOf(shadow("", "mode: Shadow, replaces: p")),
              HasSubstr("there is no enforced RoutingPolicy 'p' to replace"));
  EXPECT_THAT(
      IssuesOf(shadow(", namespace: n", "mode: Shadow, replaces: pp")),
      HasSubstr("no enforced RoutingPolicy 'pp' in namespace 'n' to replace; "
                "did you mean 'p'?"));
}

TEST(RolloutLoadTest, ObserveIsForANamespaceAndEnds) {
  auto policy = [](const std::string& scope, const std::string& spec) {
    return Object("RoutingPolicy", "name: t" + scope, spec);
  };
  EXPECT_THAT(IssuesOf(policy(", namespace: n",
                              "enforcement: Observe, until: 2027-01-15")),
              IsEmpty());
  EXPECT_THAT(IssuesOf(policy(", namespace: n", "enforcement: Observe")),
              HasSubstr("enforcement: Observe needs 'until'"));
  EXPECT_THAT(IssuesOf(policy("", "enforcement: Observe, until: 2027-01-15")),
              HasSubstr("only a RoutingPolicy in a namespace can Observe"));
  EXPECT_THAT(
      IssuesOf(policy(", namespace: n",
                      "mode: Shadow, enforcement: Observe, until: 2027-01-15")),
      HasSubstr("a Shadow policy cannot Observe"));
  EXPECT_THAT(IssuesOf(policy(", namespace: n",
                              "enforcement: Observe, until: 2027-02-30")),
              HasSubstr("'until' must be a date or a time of RFC 3339"));
  EXPECT_THAT(IssuesOf(policy("", "rules: [], until: 2027-01-15")),
              HasSubstr("'until' is for enforcement: Observe"));
  EXPECT_THAT(IssuesOf(policy("", "enforcement: Enforce")),
              HasSubstr("needs 'rules'"));
}

TEST(RolloutLoadTest, ADateMeansItsLastMoment) {
  Loaded loaded = LoadBoth(Object("RoutingPolicy", "name: t, namespace: n",
                                  "enforcement: Observe, until: 2027-01-15"));
  ASSERT_NE(loaded.program, nullptr);
  // 2027-01-16T00:00:00Z is day 20,834.
  WallTime next_day{std::chrono::hours(24 * 20834)};
  const ProgramFacts& about = loaded.program->about();
  EXPECT_TRUE(about.Observes("n", next_day - Duration(1)));
  EXPECT_FALSE(about.Observes("n", next_day));
  EXPECT_FALSE(about.Observes("m", next_day - Duration(1)));
}

TEST(RolloutLoadTest, AnOverrideLastsAtMostFourHours) {
  auto window = [](const std::string& from, const std::string& until) {
    return Override("reason: r, from: " + from + ", until: " + until +
                    ", lifts: [p/f]");
  };
  EXPECT_THAT(IssuesOf(window("2026-11-21T01:00:00Z", "2026-11-21T05:00:00Z")),
              IsEmpty());
  EXPECT_THAT(IssuesOf(window("2026-11-21T01:00:00Z", "2026-11-21T05:00:01Z")),
              HasSubstr("an Override lasts at most 4 hours"));
  EXPECT_THAT(IssuesOf(window("2026-11-21T05:00:00Z", "2026-11-21T05:00:00Z")),
              HasSubstr("'until' is not after 'from'"));
  EXPECT_THAT(IssuesOf(window("2026-11-21", "2026-11-21T05:00:00Z")),
              HasSubstr("'from' must be a time of RFC 3339"));
}

TEST(RolloutLoadTest, AnOverrideLiftsForbidsAndPermits) {
  std::string window = std::string(kWindow) + ", ";
  EXPECT_THAT(IssuesOf(Override(kWindow)),
              HasSubstr("an Override needs 'lifts' or 'rules'"));
  EXPECT_THAT(IssuesOf(Override(window + "lifts: [p/g]")),
              HasSubstr("no enforced rule 'p/g'; did you mean 'p/f'?"));
  EXPECT_THAT(IssuesOf(Override(window + "lifts: [p/a]")),
              HasSubstr("'p/a' is no Forbid"));
  EXPECT_THAT(IssuesOf(Override(window + "rules: [{id: b, effect: Forbid}]")),
              HasSubstr("the rules of an Override are Permits"));
  EXPECT_THAT(
      IssuesOf(Override(window + "rules: [{id: b, covers: [x], where: {}}, "
                                 "{id: c, effect: Permit, covers: [x], "
                                 "where: {}}]")),
      IsEmpty());
  EXPECT_THAT(IssuesOf(Override("lifts: [p/f]")), HasSubstr("needs 'reason'"));
}

TEST(RolloutLoadTest, AnOverrideStandsAloneUnderANameOfItsOwn) {
  std::string override = Override(std::string(kWindow) + ", lifts: [p/f]");
  EXPECT_THAT(
      IssuesOf(override + Object("JurisdictionSet", "name: j", "sets: {}")),
      HasSubstr("a file with an Override holds nothing else"));
  EXPECT_THAT(IssuesOf(Object("Override", "name: p",
                              std::string(kWindow) + ", lifts: [p/f]")),
              HasSubstr("'p' is the name of another policy or Override"));
}

TEST(RolloutLoadTest, AnOverrideWithABadSealIsAnError) {
  std::string override = Override(std::string(kWindow) + ", lifts: [p/f]");
  EXPECT_NE(LoadBoth(override, Seal::kGood).program, nullptr);
  EXPECT_NE(LoadBoth(override, Seal::kUnchecked).program, nullptr);
  Loaded bad = LoadBoth(override, Seal::kBad);
  EXPECT_EQ(bad.program, nullptr);
  EXPECT_THAT(Render(bad.issues),
              HasSubstr("bears no signature of a key in policySigners"));
  // What is no Override needs no seal.
  EXPECT_NE(Load({{"p.yaml", kBase, Seal::kBad}}).program, nullptr);
}

TEST(RolloutLoadTest, OnChangeIsForForbids) {
  auto policy = [](const std::string& rule) {
    return Object("RoutingPolicy", "name: q", "rules: [{id: a, " + rule + "}]");
  };
  EXPECT_THAT(IssuesOf(policy("effect: Forbid, onChange: finish")), IsEmpty());
  EXPECT_THAT(IssuesOf(policy("effect: Forbid, onChange: stop")),
              HasSubstr("'onChange' must be one of cut, finish"));
  EXPECT_THAT(IssuesOf(policy("effect: Permit, covers: [x], where: {}, "
                              "onChange: cut")),
              HasSubstr("unknown key 'onChange'"));
}

TEST(RolloutLoadTest, AMisspeltAnnotationOfOursIsAnError) {
  auto policy = [](const std::string& annotations) {
    return Object(
        "RoutingPolicy",
        "name: q, annotations: {" + annotations + "}, labels: {team: \"\"}",
        "rules: []");
  };
  EXPECT_THAT(IssuesOf(policy("example.org/ticket: INC-1")), IsEmpty());
  EXPECT_THAT(IssuesOf(policy("herald.dev/may-newly-denny: 2026-12-01")),
              HasSubstr("unknown annotation 'herald.dev/may-newly-denny'"));
  EXPECT_THAT(IssuesOf(policy("herald.dev/may-newly-deny: soon")),
              HasSubstr("'herald.dev/may-newly-deny' must be a date"));
}

TEST(RolloutLoadTest, AProgramTellsWhatItIsMadeOf) {
  Loaded loaded = Load(
      {{"p.yaml", kBase + Object("JurisdictionSet", "name: j",
                                 "reviewBy: 2027-02-01, sets: {}")},
       {"q.yaml",
        Object("ClusterRoutingPolicy",
               "name: q, annotations: {herald.dev/may-newly-deny: 2026-12-01}",
               "rules: []")},
       {"o.yaml", Override(std::string(kWindow) + ", lifts: [p/f]")}});
  ASSERT_NE(loaded.program, nullptr) << Render(loaded.issues);
  const ProgramFacts& about = loaded.program->about();
  EXPECT_THAT(about.files, ElementsAre("p.yaml", "q.yaml", "o.yaml"));
  ASSERT_EQ(about.objects.size(), 4u);
  EXPECT_EQ(about.objects[1].kind, "ClusterRoutingPolicy");
  EXPECT_EQ(about.objects[1].file, "q.yaml");
  ASSERT_EQ(about.reviews.size(), 1u);
  EXPECT_EQ(about.reviews[0].by, "2027-02-01");
  ASSERT_EQ(about.overrides.size(), 1u);
  EXPECT_THAT(about.overrides[0].lifts, ElementsAre("p/f"));
  EXPECT_EQ(about.hash.size(), 64u);
  EXPECT_EQ(about.short_hash().size(), 12u);
  // 2026-12-02T00:00:00Z is day 20,789.
  WallTime next_day{std::chrono::hours(24 * 20789)};
  EXPECT_TRUE(about.MayNewlyDeny(next_day - Duration(1)));
  EXPECT_FALSE(about.MayNewlyDeny(next_day));
}

}  // namespace
}  // namespace herald::policy
