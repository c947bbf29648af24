// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/admission.h"

#include <utility>

#include "sidecar/injector/agent_guard.h"
#include "sidecar/injector/injection.h"
#include "sidecar/injector/policy_review.h"

namespace herald::injector {
namespace {

constexpr char kGroup[] = "herald.dev";

bool Writes(const AdmissionRequest& request) {
  return request.operation == "CREATE" || request.operation == "UPDATE";
}

AdmissionAnswer Deny(std::string message) {
  return {.allowed = false, .message = std::move(message)};
}

}  // namespace

AdmissionAnswer Mutate(const AdmissionRequest& request,
                       const Settings& settings) {
  if (request.operation != "CREATE" || request.kind != "Pod" ||
      !request.group.empty() || !request.subresource.empty()) {
    return {};
  }
  Injection injection =
      Inject(request.object, request.kubernetes_namespace, settings);
  switch (injection.verdict) {
    case Injection::Verdict::kInject:
      return {.patch = std::move(injection.patch)};
    case Injection::Verdict::kLeave:
      if (injection.wished) return {};
      return {
          .warnings = {"herald: no sidecar for this pod: " + injection.why}};
    case Injection::Verdict::kRefuse:
      break;
  }
  return Deny("herald: " + injection.at + ": " + injection.why);
}

AdmissionAnswer Validate(const AdmissionRequest& request,
                         const Settings& settings) {
  if (request.group != kGroup || !Writes(request)) return {};
  if (request.kind == "Agent") {
    const std::string why = WhyNotAgent(request, settings);
    return why.empty() ? AdmissionAnswer{} : Deny("herald: " + why);
  }
  if (!IsPolicyKind(request.kind) || !request.subresource.empty()) return {};
  const Issues issues = FaultsOfPolicy(request.object);
  if (HasErrors(issues) && settings.policies.refuse) {
    return Deny("herald: this does not compile:\n" + Render(issues));
  }
  AdmissionAnswer answer;
  for (const Issue& issue : issues) answer.warnings.push_back(Render(issue));
  return answer;
}

}  // namespace herald::injector
