// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a PolicyTest: its cases run or it gives issues, and what is read
// of it is written and read back equal.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "policy/case_text.h"
#include "policy/fixture.h"
#include "policy/fixture_file.h"

namespace policy = herald::policy;

namespace {

constexpr char kPolicies[] =
    "apiVersion: herald.dev/v1alpha1\nkind: RoutingPolicy\n"
    "metadata: {name: p}\nspec:\n  rules:\n"
    "  - {id: a, effect: Permit, covers: [personal, unlabelled],\n"
    "     where: {process: {countries: {in: [DE, FR]}}},\n"
    "     obligations: [{audit: digest}]}\n"
    "  - {id: b, effect: Forbid, where: {anyNode: {tiers: [Cloud]}}}\n";

// The cases of a text that is in order.
std::vector<policy::TestCase> CasesOf(const std::string& text, bool& good) {
  herald::yaml::Problems problems("fuzz.yaml", text);
  std::vector<policy::TestCase> cases;
  for (policy::TestFile& file : policy::ParseTests(problems)) {
    for (policy::TestCase& one : file.cases) cases.push_back(std::move(one));
  }
  good = !problems.has_errors();
  return cases;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  std::string text(reinterpret_cast<const char*>(bytes), size);
  policy::FixtureResult result =
      policy::RunFixture({"fuzz.yaml", text}, [](const std::string&) {
        return herald::StatusOr<std::string>(kPolicies);
      });
  bool good = false;
  std::vector<policy::TestCase> cases = CasesOf(text, good);
  HERALD_CHECK(good || HasErrors(result.issues),
               "what cannot be read is not run");
  if (!good) return 0;
  for (const policy::TestCase& one : cases) {
    std::string written = policy::CaseText(one, {"p.yaml"});
    bool again = false;
    std::vector<policy::TestCase> back = CasesOf(written, again);
    HERALD_CHECK(again && back.size() == 1, "what is written can be read");
    HERALD_CHECK(policy::CaseText(back[0], {"p.yaml"}) == written,
                 "and says the same");
  }
  return 0;
}
