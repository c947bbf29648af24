// SPDX-License-Identifier: Apache-2.0
//
// A workload's identity: a SPIFFE ID, `spiffe://TRUST-DOMAIN/PATH`. Checked on
// the way in (SPIFFE-ID §2), so that whoever holds one may compare it as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace herald {

class SpiffeId {
 public:
  // Errors name the rule that was broken.
  static StatusOr<SpiffeId> Parse(std::string_view text);

  const std::string& text() const { return text_; }
  std::string_view trust_domain() const;
  std::string_view path() const;  // with its leading '/'; may be empty

  // The X of a `/ns/X/` pair of segments, as Kubernetes workloads have it.
  std::optional<std::string> kubernetes_namespace() const;

  bool operator==(const SpiffeId&) const = default;

 private:
  explicit SpiffeId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace herald
