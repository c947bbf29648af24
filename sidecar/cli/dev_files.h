// SPDX-License-Identifier: Apache-2.0
//
// The files that `herald dev` writes: texts from values, nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace herald::cli {

inline constexpr char kDevTrustDomain[] = "dev.herald";

struct DevAgent {
  std::string name;
  uint16_t port = 0;   // where the agent listens
  uint16_t calls = 0;  // where it calls others: the sidecar's listener
  uint16_t mesh = 0;
  uint16_t admin = 0;
};

std::string DevIdentity(const DevAgent& agent);  // a SPIFFE id
std::string DevConfig(const DevAgent& agent);
std::string DevPeers(const std::vector<DevAgent>& agents);
std::string DevPolicy();

}  // namespace herald::cli
