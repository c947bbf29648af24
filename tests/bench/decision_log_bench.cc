// SPDX-License-Identifier: Apache-2.0
//
// What the decision log costs a call with `audit: digest` on the loop's thread:
// its two lines (decision and outcome) rendered, kept among the recent ones,
// gathered and handed to the writer's thread at the end of a turn, which a real
// loop turns. One call a turn is the worst case: under load a turn has several.
// The writer writes a real file meanwhile. Run: decision_log_bench [CALLS]
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/net/asio_loop.h"
#include "core/net/doorbell.h"
#include "sidecar/audit/decision_log.h"
#include "sidecar/audit/recent_lines.h"
#include "sidecar/call/record.h"
#include "tests/support/temporary_folder.h"

namespace herald {
namespace {

using Clock = std::chrono::steady_clock;

// What this thread has computed, other processes' turns on the core left out.
double ComputedMicros() {
  timespec spent = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) * 1e6 +
         static_cast<double>(spent.tv_nsec) / 1e3;
}

// A call as most are: a label, a purpose, a relay and a peer with their facts.
struct Sample {
  Sample() {
    call.id = "AAAAAAAAAAAAAAAAAAAAAA";
    call.caller = "spiffe://corp.example/ns/claims/sa/triage";
    call.caller_namespace = "claims";
    call.agent = "summarizer";
    call.skill = "summarize";
    call.labels = {"personal"};
    call.purpose = "claims-handling";
    site.country = Country::Parse("DE");
    site.tier = Tier::kFarEdge;
    site.operator_name = "acme";
    site.operator_control = {*Country::Parse("DE")};
    site.attestation = Attestation::kDeclared;
    decision.verdict = policy::Verdict::kPermit;
    decision.code = policy::Code::kPermitted;
    decision.rules = {"p1-gdpr/eea-processing"};
    decision.obligations.audit = policy::Obligations::Audit::kDigest;
  }
  void Write(audit::DecisionSink& sink, WallTime now) const {
    policy::Node path[] = {{.relay = true, .terminates = false, .site = &site},
                           {.site = &site}};
    sink.Write(call::RenderDecision({.at = now,
                                     .side = "caller",
                                     .node = "triage-0",
                                     .call = &call,
                                     .peer = "summarizer-fra",
                                     .path = path,
                                     .decision = &decision,
                                     .policy_hash = hash}));
    sink.Write(call::RenderOutcome({.at = now,
                                    .side = "caller",
                                    .node = "triage-0",
                                    .call_id = call.id,
                                    .peer = "summarizer-fra",
                                    .outcome = "ok",
                                    .status = 200,
                                    .bytes_out = 1234,
                                    .bytes_in = 4321,
                                    .took = std::chrono::milliseconds(3)}));
  }
  call::CallFacts call;
  Site site;
  policy::Decision decision;
  const std::string hash = std::string(64, 'a');
};

// Microseconds a turn: each turn timed on its own, and what the thread computed
// for all of them, by their number.
struct Measured {
  std::vector<double> turns;
  double computed = 0;
};
template <typename Fn>
Measured Turns(net::AsioLoop& loop, int count, Fn fn) {
  Measured measured;
  std::vector<double>& out = measured.turns;
  out.reserve(static_cast<size_t>(count));
  const double before = ComputedMicros();
  for (int i = 0; i < count; ++i) {
    const auto began = Clock::now();
    fn();
    loop.RunTurn(Duration::zero());
    out.push_back(
        std::chrono::duration<double, std::micro>(Clock::now() - began)
            .count());
  }
  measured.computed = (ComputedMicros() - before) / count;
  std::sort(out.begin(), out.end());
  return measured;
}

void Print(const char* what, const Measured& measured) {
  const std::vector<double>& turns = measured.turns;
  std::printf("%-10s computed %.2f us, p50 %.2f us, p99 %.2f us\n", what,
              measured.computed, turns[turns.size() / 2],
              turns[turns.size() * 99 / 100]);
}

int Run(int calls) {
  test::TemporaryFolder folder;
  net::AsioLoop loop;
  audit::DecisionLog* there = nullptr;
  net::Doorbell bell(loop, [&] { there->Collect(); });
  audit::DecisionLog log(loop, [&] { bell.Ring(); });
  there = &log;
  if (!log.Open({.file = {.path = folder / "log.jsonl"}}).ok()) return 3;
  audit::RecentLines recent(log);
  const Sample sample;
  auto without = Turns(loop, calls, [] {});
  auto with = Turns(loop, calls, [&] { sample.Write(recent, loop.WallNow()); });
  Print("bare turn", without);
  Print("with log", with);
  const size_t middle = static_cast<size_t>(calls) / 2;
  std::printf("added      computed %.2f us, p50 %.2f us; lost %llu lines\n",
              with.computed - without.computed,
              with.turns[middle] - without.turns[middle],
              static_cast<unsigned long long>(log.lost()));
  return 0;
}

}  // namespace
}  // namespace herald

int main(int argc, char** argv) {
  return herald::Run(argc > 1 ? std::max(std::atoi(argv[1]), 100) : 200'000);
}
