// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a review of the API server, and any JSON as a pod. Besides not
// crashing: an answer is a review again, a patch fits the pod that it was made
// for, a pod that has been injected is left alone, and what is printed as YAML
// reads back as it was.
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "core/yaml/parse.h"
#include "sidecar/injector/admission.h"
#include "sidecar/injector/injection.h"
#include "sidecar/injector/json_patch.h"
#include "sidecar/injector/manifest.h"

namespace {

using herald::injector::Injection;

void CheckPod(const herald::json::Value& pod,
              const herald::injector::Settings& settings) {
  const Injection injection = herald::injector::Inject(pod, "claims", settings);
  if (injection.verdict != Injection::Verdict::kInject) {
    HERALD_CHECK(injection.patch.empty() && !injection.why.empty(),
                 "who is left alone hears why");
    return;
  }
  herald::json::Value injected = pod;
  HERALD_CHECK(herald::injector::Apply(injection.patch, injected).ok(),
               "a patch fits its pod");
  const Injection again =
      herald::injector::Inject(injected, "claims", settings);
  HERALD_CHECK(again.verdict == Injection::Verdict::kLeave && again.wished,
               "injection is done once");
}

// Numbers with a fraction may be printed in another way, so texts are compared.
void CheckYaml(const herald::json::Value& value) {
  const std::string text = herald::injector::ToYaml(value);
  herald::yaml::Problems problems("manifest", text);
  auto root = herald::yaml::ParseOne(problems);
  if (!root) return;  // too large, too deep, a doubled key, bytes of no text
  HERALD_CHECK(
      problems.has_errors() ||
          herald::injector::ToYaml(herald::injector::ToJson(*root)) == text,
      "what is printed is read back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const herald::injector::Settings settings = [] {
    auto made = herald::injector::DefaultSettings("herald:1");
    made.trust_domain = "acme.example";
    return made;
  }();
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  if (auto request = herald::injector::ReadReview(text); request.ok()) {
    for (const auto& answer :
         {herald::injector::Mutate(*request, settings),
          herald::injector::Validate(*request, settings)}) {
      HERALD_CHECK(herald::json::Parse(
                       herald::injector::WriteReview(request->uid, answer)),
                   "an answer is JSON");
    }
  }
  if (auto pod = herald::json::Parse(text)) {
    CheckPod(*pod, settings);
    CheckYaml(*pod);
  }
  return 0;
}
