// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/dev_files.h"

namespace herald::cli {
namespace {

constexpr char kSite[] =
    "{country: DE, tier: Device, operator: dev, operatorControl: [DE]}";

std::string Loopback(uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

}  // namespace

std::string DevIdentity(const DevAgent& agent) {
  return "spiffe://" + std::string(kDevTrustDomain) + "/agent/" + agent.name;
}

std::string DevConfig(const DevAgent& agent) {
  return "# Written by herald dev. Run by hand: herald sidecar --config " +
         agent.name +
         ".yaml\n"
         "node:\n"
         "  name: " +
         agent.name +
         "-dev\n"
         "  site: " +
         kSite +
         "\n"
         "identity: {certificate: " +
         agent.name + ".crt, key: " + agent.name +
         ".key, trust: ca.crt}\n"
         "agents:\n"
         "- {name: " +
         agent.name + ", address: \"" + Loopback(agent.port) +
         "\"}\n"
         "listen:\n"
         "  agents:\n"
         "  - {address: \"" +
         Loopback(agent.calls) +
         "\"}\n"
         "  mesh: " +
         Loopback(agent.mesh) +
         "\n"
         "  admin: " +
         Loopback(agent.admin) +
         "\n"
         "discovery:\n"
         "- file: peers.yaml\n"
         "policy: [policy.yaml]\n";
}

std::string DevPeers(const std::vector<DevAgent>& agents) {
  std::string out = "# Written by herald dev.\npeers:\n";
  for (const DevAgent& agent : agents) {
    out += "- name: " + agent.name +
           "-dev\n"
           "  address: " +
           Loopback(agent.mesh) +
           "\n"
           "  identity: " +
           DevIdentity(agent) +
           "\n"
           "  site: " +
           kSite +
           "\n"
           "  agents: [{name: " +
           agent.name + "}]\n";
  }
  return out;
}

std::string DevPolicy() {
  return "# Written by herald dev: calls that bear no label may go anywhere.\n"
         "# A call with a label is refused until a rule permits it; try\n"
         "#   herald call AGENT --label personal -v\n"
         "apiVersion: herald.dev/v1alpha1\n"
         "kind: ClusterRoutingPolicy\n"
         "metadata: {name: dev}\n"
         "spec:\n"
         "  rules:\n"
         "  - id: unlabelled-anywhere\n"
         "    effect: Permit\n"
         "    covers: [unlabelled]\n"
         "    where: {}\n";
}

}  // namespace herald::cli
