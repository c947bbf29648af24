// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a policy: they compile or they give issues, and what compiles
// answers every question, as the definition does; printed, it reads back as the
// same. Half-written files come this way in production.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "policy/evaluate.h"
#include "policy/explain.h"
#include "policy/fixture.h"
#include "policy/load.h"
#include "policy/print.h"
#include "policy/reference/evaluate.h"

namespace policy = herald::policy;

namespace {

// The definition tries all ways in which a `*` can match.
bool FewStars(const std::string& text) {
  return std::count(text.begin(), text.end(), '*') < 8;
}

// A call that many policies speak of, by way of a relay that reads along.
void AskBoth(const policy::Program& program, const policy::PolicySet& set) {
  herald::Site sites[2];
  sites[0].country = herald::Country::Parse("US");
  sites[1].country = herald::Country::Parse("DE");
  sites[1].tier = herald::Tier::kFarEdge;
  policy::Node nodes[2] = {{.relay = true, .site = &sites[0]},
                           {.site = &sites[1]}};
  policy::Path path{.nodes = nodes};
  std::vector<std::string> labels = {"personal"};
  policy::Call call{.callee = "summarizer",
                    .skill = "summarize",
                    .labels = labels,
                    .at = herald::WallTime(std::chrono::hours(24 * 20778))};
  policy::Decision decision = policy::Evaluate(program, call, path);
  HERALD_CHECK(
      decision.allowed() ==
          policy::reference::Evaluate(set, {}, call, path, false).permit,
      "the evaluator is the definition");
}

void PrintAndReadBack(const policy::PolicySet& set) {
  policy::PolicySet plain = set;
  plain.overrides.clear();
  std::string printed = policy::Print(plain);
  policy::Reading again = policy::Read({{"printed.yaml", printed}});
  HERALD_CHECK(!HasErrors(again.issues), "what is printed can be read");
  HERALD_CHECK(policy::Print(again.set) == printed, "and says the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  std::string text(reinterpret_cast<const char*>(bytes), size);
  policy::Loaded loaded = policy::Load({{"fuzz.yaml", text}});
  HERALD_CHECK((loaded.program == nullptr) == HasErrors(loaded.issues),
               "a program when and only when there are no errors");
  if (loaded.program != nullptr) {
    herald::Site site;
    site.country = herald::Country::Parse("DE");
    policy::Node node{.site = &site};
    policy::Path path{.nodes = {&node, 1}};
    policy::Call call{.callee = "summarizer", .skill = "summarize"};
    policy::Decision decision = policy::Evaluate(*loaded.program, call, path);
    HERALD_CHECK(decision.allowed() ==
                     policy::FailedAtoms(*loaded.program, call, path).empty(),
                 "the explanation agrees with the verdict");
    policy::Reading reading = policy::Read({{"fuzz.yaml", text}});
    if (FewStars(text)) AskBoth(*loaded.program, reading.set);
    PrintAndReadBack(reading.set);
  }
  policy::RunFixture({"fuzz.yaml", text}, [&](const std::string&) {
    return herald::StatusOr<std::string>(text);
  });
  return 0;
}
