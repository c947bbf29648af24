// SPDX-License-Identifier: Apache-2.0
//
// What floors, observed namespaces, overrides, replacing shadows and promises
// of retention mean for a verdict.
#include <memory>
#include <string>

#include "core/base/calendar.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/explain.h"
#include "policy/question_builder.h"
#include "policy/rules_text.h"

namespace herald::policy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Audit = Obligations::Audit;
using Retain = Discharge::Retain;

WallTime At(const char* text) { return *ParseRfc3339(text); }

std::string Object(const std::string& kind, const std::string& metadata,
                   const std::string& spec) {
  return "---\napiVersion: herald.dev/v1alpha1\nkind: " + kind +
         "\nmetadata: {" + metadata + "}\nspec: {" + spec + "}\n";
}

std::shared_ptr<const Program> Texts(const std::vector<std::string>& texts) {
  std::vector<SourceText> sources;
  for (const std::string& text : texts) sources.push_back({"f.yaml", text});
  Loaded loaded = Load(sources);
  EXPECT_NE(loaded.program, nullptr) << Render(loaded.issues);
  return loaded.program;
}

// --- floors

constexpr char kSchema[] =
    "  labels:\n"
    "    personal: {}\n"
    "    public: {controlled: false, mayAssert: [\"*/ns/web/*\"]}\n"
    "  floors:\n"
    "  - {skills: [triage], labels: [personal]}\n";

TEST(FloorTest, AnAgentCannotTalkALabelDown) {
  auto program = Rules(
      "  - {id: f, effect: Forbid, when: {labels: {anyOf: [personal]}}, where: "
      "{anyNode: {countries: {in: [US]}}}}\n"
      "  - {id: p, effect: Permit, covers: [personal], where: {}}\n",
      kSchema);
  Question call;
  call.Caller("spiffe://t/ns/web/sa/a").Label("public");
  EXPECT_TRUE(Question(call).Skill("chat").Peer("US").Ask(*program).permit);
  Decision triage = Question(call).Skill("triage").Peer("US").Ask(*program);
  EXPECT_EQ(triage.code, Code::kForbidden);
  EXPECT_TRUE(Question(call).Skill("triage").Peer("DE").Ask(*program).permit);
  // A skill that nobody knows may be triage.
  EXPECT_FALSE(Question(call).Peer("US").Ask(*program).permit);
}

TEST(FloorTest, AnUnassertedLabelLeavesTheCallUnlabelled) {
  auto program = Rules(
      "  - {id: p, effect: Permit, covers: [personal], where: {}}\n", kSchema);
  Question call;
  call.Skill("chat").Label("public").Peer("DE");
  EXPECT_TRUE(
      Question(call).Caller("spiffe://t/ns/web/x").Ask(*program).permit);
  Decision other = Question(call).Caller("spiffe://t/ns/pay/x").Ask(*program);
  EXPECT_EQ(other.code, Code::kNoPermit);
  EXPECT_THAT(other.unpermitted, ElementsAre("unlabelled"));
  EXPECT_FALSE(Question(call).Ask(*program).permit);
}

TEST(FloorTest, AnExplanationSaysWhereLabelsComeFrom) {
  auto program = Rules(
      "  - {id: p, effect: Permit, covers: [personal], where: {}}\n", kSchema);
  Question call;
  call.Skill("triage").Label("public").Peer("DE");
  std::string text = Render(Explain(*program, call.call(), call.path()));
  EXPECT_THAT(text, HasSubstr("labels: public (said), personal (by a floor), "
                              "unlabelled (its caller may not assert what it "
                              "says)"));
}

// --- observed namespaces

class ObserveTest : public ::testing::Test {
 protected:
  Question Call(const char* at) {
    Question call;
    call.Namespace("claims").Label("personal").At(At(at));
    return call;
  }
  std::shared_ptr<const Program> program_ = Texts(
      {Object("RoutingPolicy", "name: taking-in, namespace: claims",
              "enforcement: Observe, until: 2027-01-15") +
       Object("RoutingPolicy", "name: p, namespace: claims",
              "rules: [{id: eu, effect: Permit, covers: [personal], where: "
              "{process: {countries: {in: [DE]}}}, obligations: [{audit: "
              "full}]}, {id: own, effect: Forbid, where: {anyNode: {countries: "
              "{in: [CN]}}}}]") +
       Object("ClusterRoutingPolicy", "name: c",
              "rules: [{id: never, effect: Forbid, where: {anyNode: "
              "{countries: {in: [KP]}}}}]")});
};

TEST_F(ObserveTest, AWouldBeRefusalIsPermittedAndSaysSo) {
  Decision decision = Call("2027-01-15T23:59:59Z").Peer("US").Ask(*program_);
  ASSERT_TRUE(decision.permit);
  EXPECT_TRUE(decision.observed);
  EXPECT_EQ(decision.code, Code::kNoPermit);
  EXPECT_THAT(decision.rules, ElementsAre("p/eu"));
  EXPECT_THAT(decision.unpermitted, ElementsAre("personal"));
  EXPECT_EQ(decision.permit->obligations().audit, Audit::kDigest);
}

TEST_F(ObserveTest, OnlyWhileItLastsAndOnlyTheNamespaceThatIsKnown) {
  EXPECT_FALSE(Call("2027-01-16T00:00:00Z").Peer("US").Ask(*program_).permit);
  Question timeless;
  timeless.Namespace("claims").Label("personal").Peer("US");
  EXPECT_FALSE(timeless.Ask(*program_).permit);
  Question other;
  other.Label("personal").Peer("US").At(At("2027-01-01T00:00:00Z"));
  EXPECT_FALSE(other.Ask(*program_).permit);
  EXPECT_FALSE(other.Namespace("pay").Ask(*program_).permit);
}

TEST_F(ObserveTest, ForbidsOfClusterPoliciesHold) {
  Question call = Call("2027-01-01T00:00:00Z");
  Decision own = Question(call).Peer("CN").Ask(*program_);
  EXPECT_TRUE(own.observed);
  EXPECT_EQ(own.code, Code::kForbidden);
  EXPECT_FALSE(own.cuts) << "it is not denied";
  Decision cluster = Question(call).Peer("KP").Ask(*program_);
  EXPECT_FALSE(cluster.permit);
  EXPECT_FALSE(cluster.observed);
  EXPECT_TRUE(cluster.cuts);
}

TEST_F(ObserveTest, WhatIsPermittedAnywayIsNotObserved) {
  Decision decision = Call("2027-01-01T00:00:00Z").Peer("DE").Ask(*program_);
  ASSERT_TRUE(decision.permit);
  EXPECT_FALSE(decision.observed);
  EXPECT_EQ(decision.obligations.audit, Audit::kFull);
}

TEST_F(ObserveTest, AStrangeLabelIsObservedButForAForbiddenOne) {
  auto program =
      Texts({Object("LabelSchema", "name: s", "labels: {personal: {}}") +
             Object("RoutingPolicy", "name: taking-in, namespace: claims",
                    "enforcement: Observe, until: 2027-01-15") +
             Object("ClusterRoutingPolicy", "name: c",
                    "rules: [{id: never, effect: Forbid, where: {anyNode: "
                    "{countries: {in: [KP]}}}}]")});
  Question call = Call("2027-01-01T00:00:00Z");
  call.Label("strange");
  Decision observed = Question(call).Peer("DE").Ask(*program);
  EXPECT_TRUE(observed.observed);
  EXPECT_EQ(observed.code, Code::kUnknownLabel);
  EXPECT_THAT(observed.reason, HasSubstr("'strange'"));
  Decision denied = Question(call).Peer("KP").Ask(*program);
  EXPECT_FALSE(denied.permit);
  EXPECT_EQ(denied.code, Code::kUnknownLabel);
  EXPECT_FALSE(call.Ask(*program).permit) << "an empty path is no verdict";
}

TEST_F(ObserveTest, TheExplanationStillSaysWhatFails) {
  Question call = Call("2027-01-01T00:00:00Z");
  call.Peer("US");
  Explanation explanation = Explain(*program_, call.call(), call.path());
  EXPECT_THAT(Render(explanation), HasSubstr("only observed"));
  EXPECT_THAT(FailedAtoms(*program_, call.call(), call.path()),
              Contains(HasSubstr("p/eu: where.process.countries.in [DE]")));
}

// --- overrides

class OverrideTest : public ::testing::Test {
 protected:
  static constexpr char kNow[] = "2026-11-21T03:00:00Z";
  static constexpr char kWindow[] =
      "reason: r, from: 2026-11-21T02:50:00Z, until: 2026-11-21T05:00:00Z, ";

  static std::vector<std::string> Policies() {
    return {
        Object("RoutingPolicy", "name: p",
               "rules: [{id: eu, effect: Permit, covers: [personal], where: "
               "{process: {countries: {in: [DE]}}}}, {id: eu-only, effect: "
               "Forbid, where: {anyNode: {countries: {in: [FR, US]}}}}]"),
        Object("Override", "name: inc",
               std::string(kWindow) +
                   "lifts: [p/eu-only], rules: [{id: paris, covers: "
                   "[personal], where: {process: {countries: {in: [FR]}}}}]")};
  }
  Question Call(const char* at, const char* country) {
    Question call;
    call.Label("personal").Peer(country).At(At(at));
    return call;
  }
  std::shared_ptr<const Program> program_ = Texts(Policies());
};

TEST_F(OverrideTest, WhatItMakesPossibleNamesItAndIsRecorded) {
  Decision decision = Call(kNow, "FR").Ask(*program_);
  ASSERT_TRUE(decision.permit);
  EXPECT_EQ(decision.code, Code::kOverridden);
  EXPECT_THAT(decision.overrides, ElementsAre("inc"));
  EXPECT_THAT(decision.rules, ElementsAre("inc/paris"));
  EXPECT_EQ(decision.permit->obligations().audit, Audit::kDigest);
}

TEST_F(OverrideTest, ItHoldsFromItsFirstMomentToItsLast) {
  EXPECT_TRUE(Call("2026-11-21T02:50:00Z", "FR").Ask(*program_).permit);
  EXPECT_TRUE(Call("2026-11-21T05:00:00Z", "FR").Ask(*program_).permit);
  EXPECT_FALSE(
      Call("2026-11-21T02:49:59.999999999Z", "FR").Ask(*program_).permit);
  EXPECT_FALSE(
      Call("2026-11-21T05:00:00.000000001Z", "FR").Ask(*program_).permit);
  Question timeless;
  timeless.Label("personal").Peer("FR");
  EXPECT_FALSE(timeless.Ask(*program_).permit);
}

TEST_F(OverrideTest, ItPermitsNoMoreThanItSays) {
  Decision us = Call(kNow, "US").Ask(*program_);
  EXPECT_FALSE(us.permit);
  EXPECT_EQ(us.code, Code::kNoPermit);
  EXPECT_THAT(us.overrides, IsEmpty());
}

TEST_F(OverrideTest, WhatIsPermittedAnywayDoesNotNameIt) {
  Decision de = Call(kNow, "DE").Ask(*program_);
  EXPECT_EQ(de.code, Code::kPermitted);
  EXPECT_THAT(de.overrides, IsEmpty());
  EXPECT_EQ(de.obligations.audit, Audit::kNone);
}

TEST_F(OverrideTest, OneOfANamespaceIsForItsCallers) {
  std::vector<std::string> texts = Policies();
  texts[1] = Object("Override", "name: inc, namespace: claims",
                    std::string(kWindow) +
                        "lifts: [p/eu-only], rules: [{id: paris, covers: "
                        "[personal], where: {}}]");
  auto program = Texts(texts);
  EXPECT_TRUE(Call(kNow, "FR").Namespace("claims").Ask(*program).permit);
  EXPECT_FALSE(Call(kNow, "FR").Namespace("pay").Ask(*program).permit);
}

TEST_F(OverrideTest, AShadowDoesNotKnowIt) {
  std::vector<std::string> texts = Policies();
  texts[0] += Object("RoutingPolicy", "name: s", "mode: Shadow, rules: []");
  auto program = Texts(texts);
  Question call = Call(kNow, "FR");
  EXPECT_TRUE(call.Ask(*program).permit);
  EXPECT_EQ(EvaluateShadow(*program, call.call(), call.path()).code,
            Code::kForbidden);
}

TEST_F(OverrideTest, TheExplanationShowsWhatIsLifted) {
  Question call = Call(kNow, "FR");
  std::string text = Render(Explain(*program_, call.call(), call.path()));
  EXPECT_THAT(text, HasSubstr("by the Override inc"));
  EXPECT_THAT(text, HasSubstr("Forbid p/eu-only (lifted by inc): does not"));
}

TEST_F(OverrideTest, AloneItIsNoPolicy) {
  auto program = Texts({Object(
      "Override", "name: o",
      std::string(kWindow) + "rules: [{id: a, covers: [x], where: {}}]")});
  Question call;
  call.Label("x").Peer("DE").At(At(kNow));
  EXPECT_EQ(call.Ask(*program).code, Code::kNoPolicy);
}

// --- replacing shadows

TEST(ReplacesTest, AShadowIsJudgedWithoutWhatItReplaces) {
  auto program = Texts(
      {Object("RoutingPolicy", "name: p",
              "rules: [{id: wide, effect: Permit, covers: [a], where: {}}]") +
       Object("RoutingPolicy", "name: q",
              "mode: Shadow, replaces: p, rules: [{id: narrow, effect: Permit, "
              "covers: [a], where: {process: {countries: {in: [DE]}}}}]")});
  auto verdicts = [&](const char* country) {
    Question call;
    call.Label("a").Peer(country);
    bool now = call.Ask(*program).verdict == Verdict::kPermit;
    bool then = EvaluateShadow(*program, call.call(), call.path()).verdict ==
                Verdict::kPermit;
    return std::pair(now, then);
  };
  EXPECT_EQ(verdicts("DE"), std::pair(true, true));
  EXPECT_EQ(verdicts("US"), std::pair(true, false));
}

// --- retain

constexpr char kRetain[] =
    "  - {id: a, effect: Permit, covers: [a], where: {}, obligations: "
    "[{retain: 1h}]}\n"
    "  - {id: b, effect: Permit, covers: [b], where: {}}\n"
    "  - {id: o, effect: Oblige, when: {labels: {anyOf: [b]}}, obligations: "
    "[{retain: 1h}]}\n";

Decision AskRetaining(const Program& program, const char* label,
                      std::optional<Duration> promise) {
  Question call;
  call.Label(label).Peer("DE").site().retention = promise;
  return call.Ask(program);
}

TEST(RetainTest, ThePromiseOfThePeerMeetsIt) {
  auto program = Rules(kRetain, "", Discharge{.retain = Retain::kByPromise});
  using std::chrono::hours;
  for (const char* label : {"a", "b"}) {
    EXPECT_TRUE(AskRetaining(*program, label, hours(1)).permit) << label;
    EXPECT_FALSE(AskRetaining(*program, label, hours(2)).permit) << label;
    EXPECT_FALSE(AskRetaining(*program, label, std::nullopt).permit) << label;
  }
}

TEST(RetainTest, AnObligationThatCannotBeMetIsNamed) {
  auto program = Rules(kRetain, "", Discharge{.retain = Retain::kByPromise});
  Decision decision = AskRetaining(*program, "b", std::chrono::hours(2));
  EXPECT_EQ(decision.code, Code::kUnmetObligation);
  EXPECT_THAT(decision.reason,
              HasSubstr("/o demands obligations.retain: 1h at most"));
}

TEST(RetainTest, WhoCannotAskForPromisesMeetsNone) {
  auto program = Rules(kRetain);
  EXPECT_FALSE(AskRetaining(*program, "a", Duration::zero()).permit);
  EXPECT_FALSE(AskRetaining(*program, "b", Duration::zero()).permit);
  auto always = Rules(kRetain, "", Discharge{.retain = Retain::kAlways});
  EXPECT_TRUE(AskRetaining(*always, "a", std::nullopt).permit);
}

TEST(RetainTest, TheExplanationShowsThePromise) {
  auto program = Rules(kRetain, "", Discharge{.retain = Retain::kByPromise});
  Question call;
  call.Label("a").Peer("DE").site().retention = std::chrono::hours(2);
  EXPECT_THAT(FailedAtoms(*program, call.call(), call.path()),
              ElementsAre("p/a: obligations.retain 1h at most, found 2h at the "
                          "peer"));
}

// --- onChange

TEST(CutsTest, AForbidThatFinishesDoesNotCut) {
  auto program = Rules(
      "  - {id: a, effect: Forbid, onChange: finish, when: {labels: {anyOf: "
      "[a]}}}\n"
      "  - {id: b, effect: Forbid, when: {labels: {anyOf: [b]}}}\n");
  EXPECT_FALSE(Question().Label("a").Peer("DE").Ask(*program).cuts);
  EXPECT_TRUE(Question().Label("b").Peer("DE").Ask(*program).cuts);
  EXPECT_FALSE(Question().Label("c").Peer("DE").Ask(*program).cuts);
}

}  // namespace
}  // namespace herald::policy
