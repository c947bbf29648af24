// SPDX-License-Identifier: Apache-2.0
#include "discovery/render_entry.h"

#include <utility>

#include "core/yaml/scalar.h"

namespace herald::discovery {
namespace {

json::Array Strings(const std::vector<std::string>& texts) {
  json::Array out;
  for (const std::string& text : texts) out.emplace_back(json::View(text));
  return out;
}

void AddUnlessEmpty(json::Object& out, std::string_view key,
                    const std::vector<std::string>& texts) {
  if (!texts.empty()) out[json::View(key)] = Strings(texts);
}

}  // namespace

json::Object RenderSite(const Site& site) {
  json::Object out;
  if (site.country) out["country"] = site.country->ToString();
  if (site.region) out["region"] = *site.region;
  if (site.zone) out["zone"] = *site.zone;
  if (site.tier) out["tier"] = json::View(ToString(*site.tier));
  if (site.operator_name) out["operator"] = *site.operator_name;
  if (site.operator_control) {
    json::Array control;
    for (Country country : *site.operator_control) {
      control.emplace_back(json::View(country.ToString()));
    }
    out["operatorControl"] = std::move(control);
  }
  if (site.assurance) out["assurance"] = Strings(*site.assurance);
  if (site.retention) out["retention"] = yaml::ToString(*site.retention);
  if (site.attestation) {
    out["attestation"] = json::View(ToString(*site.attestation));
  }
  return out;
}

json::Object RenderAgent(const AgentInfo& agent) {
  json::Object out{{"name", json::View(agent.name)}};
  AddUnlessEmpty(out, "skills", agent.skills);
  AddUnlessEmpty(out, "tags", agent.tags);
  AddUnlessEmpty(out, "inputModes", agent.input_modes);
  AddUnlessEmpty(out, "outputModes", agent.output_modes);
  AddUnlessEmpty(out, "labels", agent.labels);
  AddUnlessEmpty(out, "idempotent", agent.idempotent);
  return out;
}

json::Object RenderPeerEntry(const Endpoint& peer) {
  const std::string& identity = peer.identity;
  json::Object out{{"address", peer.address.ToString()},
                   {"identity", json::View(identity)},
                   {"site", RenderSite(peer.site)}};
  json::Array agents;
  for (const AgentInfo& agent : peer.agents) {
    agents.push_back(RenderAgent(agent));
  }
  out["agents"] = std::move(agents);
  const std::string& via = peer.via;
  if (!via.empty()) out["via"] = json::View(via);
  return out;
}

}  // namespace herald::discovery
