// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/explain_command.h"

#include <memory>
#include <utility>
#include <vector>

#include "core/base/issue.h"
#include "core/base/spiffe_id.h"
#include "core/base/text_file.h"
#include "discovery/peers_file.h"
#include "discovery/snapshot.h"
#include "sidecar/app/check_config.h"
#include "sidecar/call/authorize.h"
#include "sidecar/cli/policy_command.h"

namespace herald::cli {
namespace {

std::optional<std::string> Given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

call::CallFacts FactsOf(const PolicyExplainArguments& args,
                        const app::CheckedConfig& checked) {
  call::CallFacts call;
  call.caller = args.caller.empty() ? checked.identity : args.caller;
  call.caller_namespace = checked.config.node.kubernetes_namespace;
  if (auto id = SpiffeId::Parse(call.caller); id.ok()) {
    if (auto named = id->kubernetes_namespace()) call.caller_namespace = named;
  }
  call.agent = args.agent;
  call.skill = Given(args.skill);
  call.labels = args.labels;
  call.purpose = Given(args.purpose);
  call.legal_basis = Given(args.legal_basis);
  call.endorsements = args.endorsements;
  return call;
}

discovery::Snapshot ReadPeers(const app::Config& config) {
  std::vector<discovery::EndpointPtr> peers;
  for (const app::NamedFile& file : config.discovery.files()) {
    auto text = ReadTextFile(file.path);
    if (!text.ok()) continue;  // CheckConfig has said so
    auto parsed = discovery::ParsePeersFile(file.path, std::move(*text));
    for (auto& peer : parsed.peers) {
      peers.push_back(
          std::make_shared<const discovery::Endpoint>(std::move(peer)));
    }
  }
  return discovery::Snapshot(1, std::move(peers));
}

}  // namespace

int ExplainByConfig(const PolicyExplainArguments& args, WallTime now,
                    std::ostream& out, std::ostream& err) {
  auto checked = app::CheckConfig(args.config, now);
  err << Render(checked.issues);
  if (HasErrors(checked.issues)) return kUnusable;
  std::vector<std::string> files;
  for (const app::NamedFile& file : checked.config.policies.files) {
    files.push_back(file.path);
  }
  auto program = LoadPolicyFiles(files, err);
  if (!program) return kUnusable;
  discovery::Snapshot snapshot = ReadPeers(checked.config);
  auto serving = snapshot.Serving(args.agent);
  if (serving.empty()) {
    err << "herald: no peer serves '" << args.agent << "'\n";
    return kUnusable;
  }
  call::CallFacts call = FactsOf(args, checked);
  std::vector<call::PathNodes> nodes;
  for (const auto& peer : serving) {
    nodes.push_back(call::PathTo(*peer, snapshot));
  }
  std::vector<policy::Candidate> candidates;
  for (size_t i = 0; i < serving.size(); ++i) {
    candidates.push_back(
        {serving[i]->name,
         {.nodes = nodes[i], .keys_held_in = serving[i]->site->country}});
  }
  return PolicyExplain(
      *program,
      {.call = call.ToQuestion(), .candidates = candidates, .json = args.json},
      out);
}

}  // namespace herald::cli
