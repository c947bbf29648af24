// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/agent_object.h"

#include <optional>
#include <utility>

#include "core/yaml/map_reader.h"
#include "discovery/facts.h"
#include "discovery/kubernetes/api.h"
#include "discovery/kubernetes/object_text.h"
#include "discovery/peer_entry.h"
#include "discovery/render_entry.h"

namespace herald::kubernetes {
namespace {

bool ReadyIn(const json::Object& object) {
  const json::Object* status = MapAt(object, {"status"});
  const json::Value* ready =
      status == nullptr ? nullptr : status->if_contains("ready");
  return ready == nullptr || !ready->is_bool() || ready->get_bool();
}

void ReadSpec(const json::Object& object, yaml::Problems& problems,
              AgentObject& out) {
  const json::Value* spec = object.if_contains("spec");
  if (spec == nullptr) {
    problems.Error(Position{}, "it has no spec");
    return;
  }
  const yaml::Node node = ToNode(*spec);
  yaml::MapReader map(node, problems, "the spec");
  if (!map) return;
  discovery::PeerEntry entry = discovery::ReadPeerEntry(map, out.name);
  for (discovery::Way& way : entry.ways) {
    out.ways.push_back(std::move(way.endpoint));
  }
}

json::Object Head(const OwnAgent& own) {
  return {{"apiVersion", kApiVersion},
          {"kind", "Agent"},
          {"metadata", json::Object{{"name", json::View(own.name)},
                                    {"namespace", json::View(own.space)}}}};
}

}  // namespace

AgentObject ReadAgentObject(const json::Object& object) {
  AgentObject out;
  out.name = TextAt(object, {"metadata", "name"}).value_or("");
  out.space = TextAt(object, {"metadata", "namespace"}).value_or("");
  out.uid = TextAt(object, {"metadata", "uid"}).value_or("");
  out.ready = ReadyIn(object);
  yaml::Problems problems("Agent " + out.space + "/" + out.name, "");
  problems.TolerateUnknownKeys();
  if (!discovery::IsName(out.name)) {
    problems.Error(Position{}, "its name is no name of a peer",
                   "1 to 63 letters, digits, '-', '.'");
  }
  ReadSpec(object, problems, out);
  out.issues = problems.issues();
  if (!out.sound()) out.ways.clear();
  return out;
}

json::Object RenderAgentObject(const OwnAgent& own) {
  json::Object out = Head(own);
  if (!own.pod_uid.empty()) {
    json::Object owner{{"apiVersion", "v1"},
                       {"kind", "Pod"},
                       {"name", json::View(own.pod_name)},
                       {"uid", json::View(own.pod_uid)}};
    out["metadata"].get_object()["ownerReferences"] =
        json::Array{std::move(owner)};
  }
  out["spec"] = discovery::RenderPeerEntry(own.endpoint);
  return out;
}

json::Object RenderAgentStatus(const OwnAgent& own, bool ready,
                               const std::string& policy_hash) {
  json::Object out = Head(own);
  out["status"] =
      json::Object{{"ready", ready}, {"policyHash", json::View(policy_hash)}};
  return out;
}

}  // namespace herald::kubernetes
