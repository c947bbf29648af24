// SPDX-License-Identifier: Apache-2.0
//
// A checker that cannot bite is a defect: each is shown a good journal, and
// the same with one thing wrong.
#include <gtest/gtest.h>

#include "tests/simulation/checkers/audit_complete.h"
#include "tests/simulation/checkers/converges_after_heal.h"
#include "tests/simulation/checkers/hedges_within_share.h"
#include "tests/simulation/checkers/no_starvation.h"
#include "tests/simulation/verdict.h"

namespace herald::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Time kStart{seconds(10)};

// One `personal` call from DE, done once in FR, told ok.
Journal Good() {
  Journal journal;
  journal.epochs = {{.allowed = {{"personal", {"DE", "FR"}}}}};
  journal.policies = {{"node-0", {{Time{}, 0}}}, {"node-1", {{Time{}, 0}}}};
  CallEntry call;
  call.labels = {"personal"};
  call.caller_node = "node-0";
  call.caller_country = "DE";
  call.began = kStart;
  call.endings = 1;
  call.outcome = "ok";
  call.ended = kStart + milliseconds(20);
  call.served_by = "node-1";
  call.effects = 1;
  DeliveryEntry delivery;
  delivery.node = "node-1";
  delivery.country = "FR";
  delivery.at = kStart + milliseconds(10);
  journal.deliveries = {delivery};
  DrainEntry drain;
  drain.node = "node-1";
  drain.began = kStart + seconds(1);
  drain.shut = kStart + milliseconds(1200);
  drain.ended = kStart + seconds(2);
  journal.drains = {drain};
  call.call_id = "one";
  journal.calls = {call};
  for (const char* node : {"node-0", "node-1"}) {
    const bool caller = node == call.caller_node;
    EvidenceEntry line = {.node = node,
                          .side = caller ? "caller" : "callee",
                          .call_id = "one",
                          .peer = "node-1",
                          .decision = true,
                          .permits = true};
    journal.evidence.push_back(line);
    line.decision = line.permits = false;
    journal.evidence.push_back(line);
  }
  journal.leftovers = {{"node-0", "calls of peers", 0}};
  journal.drain_grace = seconds(5);
  journal.end = kStart + seconds(20);
  return journal;
}

std::string BrokenIn(const Journal& journal) {
  Breaches breaches = CheckAll(journal);
  return breaches.size() == 1 ? breaches[0].promise
                              : std::to_string(breaches.size()) + " breaches";
}

TEST(CheckersTest, AGoodJournalBreaksNothing) {
  EXPECT_TRUE(CheckAll(Good()).empty());
}

TEST(CheckersTest, DataWhereNoPolicyPermitsIt) {
  Journal journal = Good();
  journal.deliveries[0].country = "US";
  EXPECT_EQ(BrokenIn(journal), "no_forwarding_without_permit");
}

TEST(CheckersTest, OneSidesPermitIsNotEnough) {
  Journal journal = Good();
  journal.epochs.push_back({});
  journal.policies["node-1"] = {{Time{}, 1}};
  EXPECT_EQ(BrokenIn(journal), "no_forwarding_without_permit");
  journal.policies["node-0"] = {{Time{}, 1}};
  journal.policies["node-1"] = {{Time{}, 0}};
  EXPECT_EQ(BrokenIn(journal), "no_forwarding_without_permit");
}

TEST(CheckersTest, ThePolicyOfTheMomentCounts) {
  Journal journal = Good();
  journal.epochs.push_back({});
  journal.policies["node-1"].push_back({kStart + milliseconds(9), 1});
  EXPECT_EQ(BrokenIn(journal), "no_forwarding_without_permit");
  journal.policies["node-1"].back().from = kStart + milliseconds(11);
  EXPECT_TRUE(CheckAll(journal).empty());
}

TEST(CheckersTest, LabelsThatAnAnswerAddsAreJudgedForTheWayBack) {
  Journal journal = Good();
  journal.calls[0].returned_labels = {"health"};
  EXPECT_EQ(BrokenIn(journal), "no_forwarding_without_permit");
  journal.calls[0].returned_labels = {"personal"};
  EXPECT_TRUE(CheckAll(journal).empty());
}

TEST(CheckersTest, ACallThatNeverEnds) {
  Journal journal = Good();
  journal.calls[0].endings = 0;
  journal.calls[0].outcome.clear();
  EXPECT_EQ(BrokenIn(journal), "no_lost_or_doubled_call");
}

TEST(CheckersTest, ACallThatEndsTwice) {
  Journal journal = Good();
  journal.calls[0].endings = 2;
  EXPECT_EQ(BrokenIn(journal), "no_lost_or_doubled_call");
}

TEST(CheckersTest, AnEffectThatIsDoubled) {
  Journal journal = Good();
  journal.calls[0].effects = 2;
  EXPECT_EQ(BrokenIn(journal), "no_lost_or_doubled_call");
  journal.calls[0].idempotent = true;
  EXPECT_TRUE(CheckAll(journal).empty());
}

TEST(CheckersTest, AnOkForNothing) {
  Journal journal = Good();
  journal.calls[0].effects = 0;
  EXPECT_EQ(BrokenIn(journal), "no_lost_or_doubled_call");
}

TEST(CheckersTest, ADenialOfWhatWasDone) {
  for (const char* outcome : {"denied", "no-peer", "unknown-agent"}) {
    Journal journal = Good();
    journal.calls[0].outcome = outcome;
    journal.evidence[2].permits = false;  // somebody refused it
    EXPECT_EQ(BrokenIn(journal), "no_lost_or_doubled_call") << outcome;
  }
  Journal journal = Good();
  journal.calls[0].outcome = "outcome-unknown";
  EXPECT_TRUE(CheckAll(journal).empty());
}

TEST(CheckersTest, BytesThatWereAltered) {
  Journal journal = Good();
  journal.calls[0].corrupt = true;
  EXPECT_EQ(BrokenIn(journal), "no_lost_or_doubled_call");
  journal = Good();
  journal.deliveries[0].corrupt = true;
  EXPECT_EQ(BrokenIn(journal), "no_lost_or_doubled_call");
}

TEST(CheckersTest, ADrainThatTakesTooLong) {
  Journal journal = Good();
  journal.drains[0].ended = kStart + seconds(7);
  EXPECT_EQ(BrokenIn(journal), "drains_within_the_grace");
  journal.drains[0].ended.reset();
  EXPECT_EQ(BrokenIn(journal), "drains_within_the_grace");
  journal.drains[0].killed = true;
  EXPECT_TRUE(CheckAll(journal).empty());
}

TEST(CheckersTest, ADrainThatCutsWhatSomebodyWaitsFor) {
  Journal journal = Good();
  journal.drains[0].cut = 1;
  EXPECT_EQ(BrokenIn(journal), "drains_within_the_grace");
}

TEST(CheckersTest, ANewCallDuringADrain) {
  Journal journal = Good();
  journal.deliveries[0].at = kStart + milliseconds(1500);
  EXPECT_TRUE(CheckAll(journal).empty());  // it may have waited for its turn
  journal.calls[0].began = kStart + milliseconds(1300);
  EXPECT_EQ(BrokenIn(journal), "drains_within_the_grace");
}

TEST(CheckersTest, RetriesBeyondTheirBudget) {
  Journal journal = Good();
  journal.calls[0].idempotent = true;
  // 3 times again within ten seconds is what a node with one call may cost.
  journal.deliveries.resize(4, journal.deliveries[0]);
  EXPECT_TRUE(CheckAll(journal).empty());
  journal.deliveries.push_back(journal.deliveries[0]);
  EXPECT_EQ(BrokenIn(journal), "retries_within_budget");
}

TEST(CheckersTest, HedgesBeyondTheirShare) {
  Journal journal = Good();
  journal.undisturbed = true;
  journal.calls[0].idempotent = true;
  EXPECT_TRUE(CheckAll(journal).empty());
  journal.deliveries.push_back(journal.deliveries[0]);
  EXPECT_EQ(BrokenIn(journal), "hedges_within_share");
  journal.calls.resize(50, journal.calls[0]);
  for (size_t i = 1; i < 50; ++i) {
    journal.calls[i].number = i;
    journal.calls[i].labels.clear();  // and so without a record
  }
  EXPECT_TRUE(CheckAll(journal).empty());
  journal.undisturbed = false;
  journal.calls.resize(1);
  EXPECT_TRUE(CheckAll(journal).empty());
}

TEST(CheckersTest, AHedgeOfACallThatMayNotBeRepeated) {
  Journal journal = Good();
  journal.undisturbed = true;
  journal.calls.resize(50, journal.calls[0]);
  for (size_t i = 1; i < 50; ++i) journal.calls[i].number = i;
  journal.deliveries.push_back(journal.deliveries[0]);
  EXPECT_EQ(HedgesWithinShare(journal).size(), 1u);
}

TEST(CheckersTest, WhatIsLeftBehind) {
  Journal journal = Good();
  journal.leftovers[0].count = 1;
  EXPECT_EQ(BrokenIn(journal), "bounded_memory");
}

TEST(CheckersTest, AProofThatFailsAfterTheHealing) {
  Journal journal = Good();
  journal.calls[0].proof = true;
  EXPECT_TRUE(ConvergesAfterHeal(journal).empty());
  journal.calls[0].outcome = "no-peer";
  EXPECT_EQ(ConvergesAfterHeal(journal).size(), 1u);
  journal.calls[0].proof = false;  // before it, that may be
  EXPECT_TRUE(ConvergesAfterHeal(journal).empty());
}

// Twelve calls of one caller, `gap` apart, all turned away.
Journal TurnedAway(Duration gap) {
  Journal journal = Good();
  const CallEntry first = journal.calls[0];
  journal.calls.clear();
  for (int i = 0; i < 12; ++i) {
    journal.calls.push_back(first);
    journal.calls.back().began = kStart + i * gap;
    journal.calls.back().outcome = "overloaded";
  }
  return journal;
}

TEST(CheckersTest, AMeekCallerThatIsTurnedAwayAllTheTime) {
  Journal journal = TurnedAway(seconds(1));
  EXPECT_EQ(NoStarvation(journal).size(), 1u);
  journal.calls[6].outcome = "ok";
  EXPECT_TRUE(NoStarvation(journal).empty());
}

TEST(CheckersTest, AFloodMayBeTurnedAway) {
  EXPECT_TRUE(NoStarvation(TurnedAway(milliseconds(10))).empty());
}

TEST(CheckersTest, ALineThatIsMissingFromEitherLog) {
  for (size_t missing = 0; missing < 4; ++missing) {
    Journal journal = Good();
    journal.evidence.erase(journal.evidence.begin() +
                           static_cast<ptrdiff_t>(missing));
    const Breaches breaches = AuditComplete(journal);
    EXPECT_FALSE(breaches.empty()) << missing;
  }
}

TEST(CheckersTest, AnOutcomeThatItsNodeDidNotLiveToWrite) {
  Journal journal = Good();
  journal.evidence.pop_back();
  EXPECT_EQ(BrokenIn(journal), "audit_complete");
  journal.stops = {{"node-1", kStart + milliseconds(21)}};
  EXPECT_TRUE(AuditComplete(journal).empty());
}

TEST(CheckersTest, ARefusalThatNobodyWroteDown) {
  Journal journal = Good();
  journal.calls[0].outcome = "denied";
  journal.calls[0].effects = 0;
  journal.deliveries.clear();
  EXPECT_EQ(BrokenIn(journal), "audit_complete");
  journal.evidence[2].permits = false;  // the callee's
  EXPECT_TRUE(CheckAll(journal).empty());
}

}  // namespace
}  // namespace herald::simulation
