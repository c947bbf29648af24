// SPDX-License-Identifier: Apache-2.0
//
// What the configuration says of policy besides its files: who may sign
// Overrides, when a new policy is held, and where decisions are recorded.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/yaml/map_reader.h"

namespace herald::app {

// A file the configuration names, and where it does.
struct NamedFile {
  std::string path;
  Position at;
};

struct DecisionLogConfig {
  std::string file;  // default: NODE.decisions.jsonl beside the configuration
  uint64_t max_bytes = uint64_t{64} << 20;
  int keep = 8;      // rotated files
  bool all = false;  // each decision, whether policy asks for it or not
};

// A new policy that would newly deny more than `share` of the latest calls, and
// at least `calls` of them, is held.
struct PolicyHoldConfig {
  double share = 0.10;
  uint64_t calls = 20;
};

// Who may change something at the admin listener (a rollback): clients of this
// machine, or anybody who reaches it.
enum class AdminChanges : uint8_t { kLocal, kAnybody };

struct PolicySettings {
  std::vector<NamedFile> signers;  // public keys, PEM
  PolicyHoldConfig hold;
  DecisionLogConfig decision_log;
};

// Reads `policySigners`, `policyHold` and `decisionLog`. `resolve` makes a path
// of the configuration one of the sidecar's.
using ResolvePath = std::function<std::string(const std::string&)>;
PolicySettings ReadPolicySettings(yaml::MapReader& root,
                                  const std::string& node,
                                  const ResolvePath& resolve);

}  // namespace herald::app
