// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a policy: they compile or they give issues, and what compiles
// answers every question. Half-written files come this way in production.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "policy/evaluate.h"
#include "policy/explain.h"
#include "policy/fixture.h"
#include "policy/load.h"

namespace policy = herald::policy;

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
  }
  policy::RunFixture({"fuzz.yaml", text}, [&](const std::string&) {
    return herald::StatusOr<std::string>(text);
  });
  return 0;
}
