// SPDX-License-Identifier: Apache-2.0
//
// A pod, and what must change in it so that its agents call through a sidecar
// of their own; or why it is left as it is. Pure: the webhook and `herald
// inject` come to the same, and a pod that has been injected is left alone.
#pragma once

#include <string>
#include <string_view>

#include "core/json/json.h"
#include "sidecar/injector/settings.h"

namespace herald::injector {

// The text of an environment variable has at most 128 KiB (Linux,
// MAX_ARG_STRLEN), and all of a pod's annotations 256 KiB.
inline constexpr size_t kMaxConfiguration = 64 << 10;

struct Injection {
  enum class Verdict {
    kInject,  // `patch` does it
    kLeave,   // `why`; `wished` where the pod wants it so
    kRefuse,  // the pod asks for something that cannot be: `why`, `at`
  };
  Verdict verdict = Verdict::kLeave;
  json::Array patch;  // additions, RFC 6902
  std::string why;
  bool wished = false;
  std::string at;  // JSON pointer
};

// `pod` is a Pod or a pod's template: `metadata` and `spec` count.
// `kubernetes_namespace` is where it will be, which its metadata may not say.
Injection Inject(const json::Value& pod, std::string_view kubernetes_namespace,
                 const Settings& settings);

}  // namespace herald::injector
