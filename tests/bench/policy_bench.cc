// SPDX-License-Identifier: Apache-2.0
//
// What policy costs a call: one Inquiry and twenty paths, as the caller's side
// does it before it picks a peer. Rules, calls and sites are random but fixed
// by a seed, and calls alternate, so that nothing is learnt by heart. p50 and
// p99 are of single calls, the clock's own cost (see `clock`) included.
//
//   scripts/bench policy [--benchmark_filter=...]
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "core/base/random.h"
#include "policy/check.h"
#include "policy/compile.h"
#include "policy/evaluate.h"
#include "policy/inquiry.h"
#include "policy/load.h"
#include "policy/parse.h"
#include "policy/vocabulary.h"
#include "tests/bench/time_each.h"

namespace herald::policy {
namespace {

using bench::TimeEach;

using Words = std::vector<std::string>;

constexpr size_t kPaths = 20;
constexpr size_t kCalls = 256;

Words Numbered(const std::string& word, size_t count) {
  Words words;
  for (size_t i = 0; i < count; ++i) words.push_back(word + std::to_string(i));
  return words;
}

// A company of which the rules and the calls are.
class Company {
 public:
  // Agents and skills grow with the rules, as teams do.
  explicit Company(size_t rules)
      : agents_(Numbered("agent-", std::max<size_t>(5, rules / 20))),
        skills_(Numbered("skill/", std::max<size_t>(10, rules / 10))) {}

  std::string Policies(size_t rules, bool indexed) {
    std::string text =
        "apiVersion: herald.dev/v1alpha1\nkind: JurisdictionSet\n"
        "metadata: {name: j}\nspec:\n  sets:\n"
        "    EU: [DE, FR, NL, ES, IT, SE, PL, AT]\n"
        "    ADEQUATE: [CH, GB, JP, KR]\n    CONCERN: [CN, RU, KP, IR]\n"
        "    EEA: {union: [EU], plus: [IS, LI, \"NO\"]}\n---\n"
        "apiVersion: herald.dev/v1alpha1\nkind: ClusterRoutingPolicy\n"
        "metadata: {name: p}\nspec:\n  rules:\n";
    for (size_t i = 0; i < rules; ++i) text += Rule(i, indexed);
    return text;
  }

  Site RandomSite() {
    static const Words kCountries = {"DE", "FR", "NL", "CH", "US", "CN", "SG"};
    Site site;
    site.country = Country::Parse(Pick(kCountries));
    site.tier = static_cast<Tier>(random_.Below(4));
    site.operator_control.emplace();
    site.operator_control->push_back(*Country::Parse(Pick(kCountries)));
    site.assurance = {"iso-27001"};
    site.attestation = Attestation::kPlatform;
    return site;
  }

  // What a Call looks at.
  struct Texts {
    std::string caller, callee, skill, purpose;
    std::vector<std::string> labels;
    Call call() const {
      return {.caller = caller,
              .callee = callee,
              .caller_namespace = "team-1",
              .skill = skill,
              .labels = labels,
              .purpose = purpose};
    }
  };
  Texts RandomCall() {
    Texts texts;
    texts.caller =
        "spiffe://corp.example/ns/" + Pick(teams_) + "/sa/" + Pick(agents_);
    texts.callee = Pick(agents_);
    texts.skill = Pick(skills_);
    texts.purpose = Pick(purposes_);
    texts.labels = {Pick(labels_)};
    if (random_.Chance(0.4)) texts.labels.push_back(Pick(labels_));
    return texts;
  }

 private:
  const std::string& Pick(const Words& words) {
    return words[random_.Below(words.size())];
  }

  std::string Rule(size_t number, bool indexed) {
    std::string text = "  - {id: r" + std::to_string(number);
    double kind = random_.Unit();
    std::string label = Pick(labels_);
    std::string when;
    if (random_.Chance(0.6)) {
      when += "purposes: [" + Pick(purposes_) + ", " + Pick(purposes_) + "], ";
    }
    if (random_.Chance(0.3)) {
      when +=
          "callers: [\"spiffe://corp.example/ns/" + Pick(teams_) + "/*\"], ";
    }
    if (random_.Chance(0.4)) {
      when += indexed ? "callees: [" + Pick(agents_) + "], "
                      : "callees: [" + Pick(agents_) + ", \"agent-1*\"], ";
    }
    if (random_.Chance(0.3)) when += "skills: [" + Pick(skills_) + ", x], ";
    if (kind < 0.65) {
      return text + ", effect: Permit, covers: [" + label + "], when: {" +
             when + "}, where: {process: {countries: {in: [" +
             (random_.Chance(0.5) ? "EEA" : "EU, ADEQUATE") +
             "]}}, transit: {countries: {in: [EEA, ADEQUATE]}}}, obligations: "
             "[{audit: digest}]}\n";
    }
    when += "labels: {anyOf: [" + label + "]}";
    std::string where =
        kind < 0.8
            ? "{anyNode: {countries: {in: [CONCERN]}}}"
            : "{anyProcess: {operatorControl: {anyOf: [CONCERN]}, tiers: "
              "[Cloud]}}";
    return text + (kind < 0.9 ? ", effect: Forbid" : ", effect: Oblige") +
           ", when: {" + when + "}, where: " + where +
           (kind < 0.9 ? "" : ", obligations: [{audit: full}]") + "}\n";
  }

  Random random_{20261121};
  const Words agents_;
  const Words skills_;
  const Words labels_ = Numbered("label-", 20);
  const Words purposes_ = Numbered("purpose-", 8);
  const Words teams_ = Numbered("team-", 8);
};

// One program, and the calls and paths that it is asked about.
struct World {
  World(size_t rules, bool indexed) : company(rules) {
    text = company.Policies(rules, indexed);
    Loaded loaded = Load({{"bench.yaml", text}});
    if (loaded.program == nullptr) {
      std::fputs(Render(loaded.issues).c_str(), stderr);
      std::abort();
    }
    program = loaded.program;
    for (size_t i = 0; i < kCalls; ++i) calls.push_back(company.RandomCall());
    for (size_t i = 0; i < kPaths + 1; ++i)
      sites.push_back(company.RandomSite());
    for (const Site& site : sites) views.emplace_back(*program, site);
    for (size_t i = 0; i < kPaths; ++i) {
      // Every fourth behind a relay that sees no clear text.
      if (i % 4 == 0) nodes[i].push_back({true, false, &views[kPaths]});
      nodes[i].push_back({false, true, &views[i]});
    }
  }

  // How many of the paths are permitted.
  size_t Ask(size_t call) const {
    Call asked = calls[call % kCalls].call();
    Inquiry inquiry(*program, asked);
    size_t permitted = 0;
    for (size_t i = 0; i < kPaths; ++i) {
      permitted += inquiry.Ask({nodes[i], sites[i].country}).permitted();
    }
    return permitted;
  }

  Company company;
  std::string text;
  std::shared_ptr<const Program> program;
  std::vector<Company::Texts> calls;
  std::vector<Site> sites;
  std::vector<NodeView> views;
  std::vector<ViewedNode> nodes[kPaths];
};

void BM_clock(benchmark::State& state) {
  TimeEach(state, [](size_t) { return size_t{0}; });
}
BENCHMARK(BM_clock);

// A call with twenty candidates, of a program of so many rules.
void BM_call(benchmark::State& state) {
  World world(static_cast<size_t>(state.range(0)), true);
  state.counters["permitted"] =
      TimeEach(state, [&](size_t i) { return world.Ask(i); });
}
BENCHMARK(BM_call)->Arg(20)->Arg(100)->Arg(500)->Arg(1000);

// The same where no rule names a callee or skill that the index could use.
void BM_call_without_names(benchmark::State& state) {
  World world(static_cast<size_t>(state.range(0)), false);
  state.counters["permitted"] =
      TimeEach(state, [&](size_t i) { return world.Ask(i); });
}
BENCHMARK(BM_call_without_names)->Arg(100)->Arg(1000);

// The whole Decision of one path, with rules and obligations.
void BM_evaluate(benchmark::State& state) {
  World world(static_cast<size_t>(state.range(0)), true);
  TimeEach(state, [&](size_t i) {
    Node node{.site = &world.sites[i % kPaths]};
    Call call = world.calls[i % kCalls].call();
    Decision decision =
        Evaluate(*world.program, call, Path{{&node, 1}, node.site->country});
    return size_t{decision.allowed()};
  });
}
BENCHMARK(BM_evaluate)->Arg(100)->Arg(1000);

// A site seen for the first time.
void BM_view(benchmark::State& state) {
  World world(static_cast<size_t>(state.range(0)), true);
  TimeEach(state, [&](size_t i) {
    return NodeView(*world.program, world.sites[i % kPaths]).words().size();
  });
}
BENCHMARK(BM_view)->Arg(1000);

// Text to Program, reading included.
void BM_load(benchmark::State& state) {
  World world(static_cast<size_t>(state.range(0)), true);
  std::vector<SourceText> texts = {{"bench.yaml", world.text}};
  for (auto _ : state) benchmark::DoNotOptimize(Load(texts));
}
BENCHMARK(BM_load)->Arg(1000)->Unit(benchmark::kMillisecond);

// What was read to Program: names resolved, rules compiled and indexed.
void BM_compile(benchmark::State& state) {
  World world(static_cast<size_t>(state.range(0)), true);
  Files files;
  files.push_back(std::make_unique<yaml::Problems>("bench.yaml", world.text));
  PolicySet set;
  Parse(*files[0], 0, set);
  for (auto _ : state) {
    Vocabulary words = BuildVocabulary(set, files);
    Check(set, words, files);
    benchmark::DoNotOptimize(Compile(set, words, {}, {}));
  }
}
BENCHMARK(BM_compile)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace herald::policy

BENCHMARK_MAIN();
