// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/catalogue.h"

#include <algorithm>
#include <utility>

#include "core/json/json.h"

namespace herald::sdk {
namespace {

std::vector<std::string> Strings(const json::Object& object,
                                 std::string_view key) {
  std::vector<std::string> out;
  const json::Value* value = object.if_contains(json::View(key));
  if (value == nullptr || !value->is_array()) return out;
  for (const json::Value& element : value->get_array()) {
    if (!element.is_string()) continue;
    const auto& text = element.get_string();
    out.emplace_back(text.data(), text.size());
  }
  return out;
}

std::vector<AgentPeer> Peers(const json::Object& agent) {
  std::vector<AgentPeer> out;
  const json::Value* value = agent.if_contains("peers");
  if (value == nullptr || !value->is_array()) return out;
  for (const json::Value& element : value->get_array()) {
    if (!element.is_object()) continue;
    auto text = [&](std::string_view key) {
      return json::GetString(element.get_object(), key).value_or("");
    };
    out.push_back({text("name"), text("country"), text("tier")});
  }
  return out;
}

bool Holds(const std::vector<std::string>& list, const std::string& wanted) {
  return wanted.empty() ||
         std::find(list.begin(), list.end(), wanted) != list.end();
}

// The list itself, bare or as the member `agents`.
const json::Array* FindList(const json::Value& document) {
  if (document.is_array()) return &document.get_array();
  if (!document.is_object()) return nullptr;
  const json::Value* member = document.get_object().if_contains("agents");
  return member != nullptr && member->is_array() ? &member->get_array()
                                                 : nullptr;
}

}  // namespace

std::optional<std::vector<Agent>> ParseCatalogue(std::string_view text) {
  std::optional<json::Value> document = json::Parse(text);
  if (!document) return std::nullopt;
  const json::Array* list = FindList(*document);
  if (list == nullptr) return std::nullopt;
  std::vector<Agent> agents;
  for (const json::Value& element : *list) {
    if (!element.is_object()) return std::nullopt;
    const json::Object& object = element.get_object();
    std::optional<std::string> name = json::GetString(object, "name");
    if (!name) return std::nullopt;
    agents.push_back({std::move(*name), Strings(object, "skills"),
                      Strings(object, "tags"), Peers(object)});
  }
  return agents;
}

bool Matches(const Agent& agent, const AgentQuery& query) {
  return (query.name.empty() || agent.name == query.name) &&
         Holds(agent.skills, query.skill) && Holds(agent.tags, query.tag);
}

}  // namespace herald::sdk
