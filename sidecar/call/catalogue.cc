// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/catalogue.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/json/json.h"

namespace herald::call {
namespace {

json::Array Strings(const std::vector<std::string>& texts) {
  json::Array out;
  for (const std::string& text : texts) out.emplace_back(json::View(text));
  return out;
}

std::vector<std::string> ReadStrings(const json::Object& from,
                                     std::string_view key) {
  std::vector<std::string> out;
  const json::Value* list = from.if_contains(json::View(key));
  if (list == nullptr || !list->is_array()) return out;
  for (const json::Value& item : list->get_array()) {
    if (!item.is_string()) continue;
    const auto& text = item.get_string();
    out.emplace_back(text.data(), text.size());
  }
  return out;
}

// What all peers together say of one agent.
struct Entry {
  std::set<std::string> skills;
  std::set<std::string> tags;
  json::Array peers;

  void Add(const discovery::AgentInfo& agent) {
    skills.insert(agent.skills.begin(), agent.skills.end());
    tags.insert(agent.tags.begin(), agent.tags.end());
  }
  json::Object Render(std::string_view name) const {
    return {{"name", json::View(name)},
            {"skills", Strings({skills.begin(), skills.end()})},
            {"tags", Strings({tags.begin(), tags.end()})},
            {"peers", peers}};
  }
};

json::Object RenderPeer(const discovery::Endpoint& peer) {
  json::Object out{{"name", json::View(peer.name)}};
  if (peer.site.country) out["country"] = peer.site.country->ToString();
  if (peer.site.tier) out["tier"] = json::View(ToString(*peer.site.tier));
  return out;
}

std::map<std::string, Entry, std::less<>> Collect(
    const discovery::Snapshot& snapshot,
    const std::vector<discovery::AgentInfo>& own, const std::string& own_node) {
  std::map<std::string, Entry, std::less<>> out;
  for (const discovery::AgentInfo& agent : own) {
    Entry& entry = out[agent.name];
    entry.Add(agent);
    entry.peers.push_back(
        json::Object{{"name", json::View(own_node)}, {"local", true}});
  }
  for (const auto& peer : snapshot.peers()) {
    if (peer->name == own_node) continue;  // a file may name us as well
    for (const discovery::AgentInfo& agent : peer->agents) {
      Entry& entry = out[agent.name];
      entry.Add(agent);
      entry.peers.push_back(RenderPeer(*peer));
    }
  }
  return out;
}

}  // namespace

std::string RenderGreeting(const std::vector<discovery::AgentInfo>& agents) {
  json::Array list;
  for (const discovery::AgentInfo& agent : agents) {
    list.push_back(json::Object{{"name", json::View(agent.name)},
                                {"skills", Strings(agent.skills)},
                                {"tags", Strings(agent.tags)},
                                {"idempotent", Strings(agent.idempotent)}});
  }
  return json::Serialize(json::Object{{"agents", std::move(list)}});
}

std::optional<std::vector<discovery::AgentInfo>> ParseCatalogue(
    std::string_view text) {
  auto document = json::Parse(text);
  if (!document || !document->is_object()) return std::nullopt;
  const json::Value* list = document->get_object().if_contains("agents");
  if (list == nullptr || !list->is_array()) return std::nullopt;
  std::vector<discovery::AgentInfo> out;
  for (const json::Value& item : list->get_array()) {
    const json::Object* object = item.if_object();
    if (object == nullptr) return std::nullopt;
    auto name = json::GetString(*object, "name");
    if (!name) return std::nullopt;
    out.push_back({*name, ReadStrings(*object, "skills"),
                   ReadStrings(*object, "tags"),
                   ReadStrings(*object, "idempotent")});
  }
  return out;
}

std::string RenderCatalogue(const discovery::Snapshot& snapshot,
                            const std::vector<discovery::AgentInfo>& own,
                            const std::string& own_node) {
  json::Array list;
  for (const auto& [name, entry] : Collect(snapshot, own, own_node)) {
    list.push_back(entry.Render(name));
  }
  return json::Serialize(json::Object{{"agents", std::move(list)}}) + "\n";
}

std::optional<std::string> RenderCatalogueEntry(
    const discovery::Snapshot& snapshot,
    const std::vector<discovery::AgentInfo>& own, const std::string& own_node,
    std::string_view agent) {
  auto all = Collect(snapshot, own, own_node);
  auto found = all.find(agent);
  if (found == all.end()) return std::nullopt;
  return json::Serialize(found->second.Render(agent)) + "\n";
}

}  // namespace herald::call
