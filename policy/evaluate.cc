// SPDX-License-Identifier: Apache-2.0
#include "policy/evaluate.h"

namespace herald::policy {

const std::string_view kMinimalPolicy = R"(apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: start}
spec:
  rules:
  - id: unlabelled-calls
    effect: Permit
    covers: [unlabelled]
    where: {}
)";

Decision Evaluate(const Program& program, const Call& call, const Path& path) {
  Decision decision = Judge(program, call, path, Extent::kEnforced, nullptr);
  if (decision.verdict == Verdict::kPermit) {
    decision.permit = Permit(decision.obligations);
  }
  return decision;
}

Decision EvaluateShadow(const Program& program, const Call& call,
                        const Path& path) {
  return Judge(program, call, path, Extent::kWithShadow, nullptr);
}

}  // namespace herald::policy
