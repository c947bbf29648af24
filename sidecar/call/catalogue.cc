// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/catalogue.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/json/json.h"
#include "sidecar/call/peer_book.h"

namespace herald::call {
namespace {

using discovery::AgentInfo;
using discovery::AgentQuery;
using Words = std::vector<std::string>;

template <typename Range>
json::Array Strings(const Range& texts) {
  json::Array out;
  for (const std::string& text : texts) out.emplace_back(json::View(text));
  return out;
}

Words ReadStrings(const json::Object& from, std::string_view key) {
  Words out;
  const json::Value* list = from.if_contains(json::View(key));
  if (list == nullptr || !list->is_array()) return out;
  for (const json::Value& item : list->get_array()) {
    if (!item.is_string()) continue;
    const auto& text = item.get_string();
    out.emplace_back(text.data(), text.size());
  }
  return out;
}

void Add(Words& into, const Words& more) {
  for (const std::string& word : more) {
    if (std::find(into.begin(), into.end(), word) == into.end()) {
      into.push_back(word);
    }
  }
}

// What all peers together say of one agent.
struct Entry {
  std::set<std::string> skills;
  std::set<std::string> tags;
  std::set<std::string> input_modes;
  std::set<std::string> output_modes;
  std::set<std::string> labels;
  std::string description;  // of the first that has one
  std::string version;
  json::Array peers;
  std::string last_peer;  // which may serve it by several ways

  void Add(const AgentInfo& agent) {
    skills.insert(agent.skills.begin(), agent.skills.end());
    tags.insert(agent.tags.begin(), agent.tags.end());
    input_modes.insert(agent.input_modes.begin(), agent.input_modes.end());
    output_modes.insert(agent.output_modes.begin(), agent.output_modes.end());
    labels.insert(agent.labels.begin(), agent.labels.end());
    if (description.empty()) description = agent.description;
    if (version.empty()) version = agent.version;
  }
  json::Object Render(std::string_view name) const {
    json::Object out{{"name", json::View(name)},
                     {"skills", Strings(skills)},
                     {"tags", Strings(tags)}};
    // Said by few: left out where nobody does.
    if (!input_modes.empty()) out["inputModes"] = Strings(input_modes);
    if (!output_modes.empty()) out["outputModes"] = Strings(output_modes);
    if (!labels.empty()) out["labels"] = Strings(labels);
    if (!description.empty()) out["description"] = json::View(description);
    if (!version.empty()) out["version"] = json::View(version);
    out["peers"] = peers;
    return out;
  }
};

json::Object RenderPeer(const discovery::Endpoint& peer) {
  json::Object out{{"name", json::View(peer.name)}};
  if (peer.site->country) out["country"] = peer.site->country->ToString();
  if (peer.site->tier) out["tier"] = json::View(ToString(*peer.site->tier));
  return out;
}

// Gathers the entries that a query finds.
class Collector {
 public:
  Collector(const Catalogue& of, const AgentQuery& query)
      : of_(of), query_(query) {}

  std::map<std::string, Entry, std::less<>> Collect() && {
    CollectOwn();
    if (!query_.name.empty()) {
      for (const auto& peer : of_.snapshot.Serving(query_.name)) See(*peer);
    } else {
      for (const auto& peer : of_.snapshot.peers()) See(*peer);
    }
    return std::move(found_);
  }

 private:
  void CollectOwn() {
    if (!Matches(query_, of_.own_site)) return;
    for (const AgentInfo& agent : of_.own) {
      if (!Matches(query_, agent)) continue;
      Entry& entry = found_[agent.name];
      entry.Add(agent);
      entry.peers.push_back(
          json::Object{{"name", json::View(of_.own_node)}, {"local", true}});
    }
  }

  void See(const discovery::Endpoint& peer) {
    if (peer.name == of_.own_node) return;  // a source may name us as well
    if (!Matches(query_, *peer.site)) return;
    for (const AgentInfo& known : peer.agents) {
      const AgentInfo* said =
          of_.peers ? of_.peers->Said(peer.name, known.name) : nullptr;
      if (said == nullptr) {
        Note(peer, known);
      } else {
        Note(peer, Joined(known, said));
      }
    }
  }

  void Note(const discovery::Endpoint& peer, const AgentInfo& agent) {
    if (!Matches(query_, agent)) return;
    Entry& entry = found_[agent.name];
    entry.Add(agent);
    if (entry.last_peer == peer.name) return;
    entry.last_peer = peer.name;
    entry.peers.push_back(RenderPeer(peer));
  }

  const Catalogue& of_;
  const AgentQuery& query_;
  std::map<std::string, Entry, std::less<>> found_;
};

json::Object Greeting(const AgentInfo& agent) {
  json::Object out{{"name", json::View(agent.name)},
                   {"skills", Strings(agent.skills)},
                   {"tags", Strings(agent.tags)},
                   {"idempotent", Strings(agent.idempotent)}};
  auto add = [&out](const char* key, const Words& words) {
    if (!words.empty()) out[key] = Strings(words);
  };
  add("inputModes", agent.input_modes);
  add("outputModes", agent.output_modes);
  add("labels", agent.labels);
  if (!agent.description.empty()) {
    out["description"] = json::View(agent.description);
  }
  if (!agent.version.empty()) out["version"] = json::View(agent.version);
  return out;
}

}  // namespace

std::string RenderGreeting(const std::vector<AgentInfo>& agents) {
  json::Array list;
  for (const AgentInfo& agent : agents) list.push_back(Greeting(agent));
  return json::Serialize(json::Object{{"agents", std::move(list)}});
}

std::optional<std::vector<AgentInfo>> ParseCatalogue(std::string_view text) {
  auto document = json::Parse(text);
  if (!document || !document->is_object()) return std::nullopt;
  const json::Value* list = document->get_object().if_contains("agents");
  if (list == nullptr || !list->is_array()) return std::nullopt;
  std::vector<AgentInfo> out;
  for (const json::Value& item : list->get_array()) {
    const json::Object* object = item.if_object();
    if (object == nullptr) return std::nullopt;
    auto name = json::GetString(*object, "name");
    if (!name) return std::nullopt;
    auto text_of = [object](const char* key) {
      return json::GetString(*object, key).value_or("");
    };
    out.push_back({.name = *name,
                   .skills = ReadStrings(*object, "skills"),
                   .tags = ReadStrings(*object, "tags"),
                   .idempotent = ReadStrings(*object, "idempotent"),
                   .input_modes = ReadStrings(*object, "inputModes"),
                   .output_modes = ReadStrings(*object, "outputModes"),
                   .labels = ReadStrings(*object, "labels"),
                   .description = text_of("description"),
                   .version = text_of("version")});
  }
  return out;
}

AgentInfo Joined(const AgentInfo& known, const AgentInfo* said) {
  AgentInfo out = known;
  if (said == nullptr) return out;
  Add(out.skills, said->skills);
  Add(out.tags, said->tags);
  Add(out.idempotent, said->idempotent);
  Add(out.input_modes, said->input_modes);
  Add(out.output_modes, said->output_modes);
  Add(out.labels, said->labels);
  if (out.description.empty()) out.description = said->description;
  if (out.version.empty()) out.version = said->version;
  return out;
}

std::string Catalogue::Render(const AgentQuery& query) const {
  json::Array list;
  for (const auto& [name, entry] : Collector(*this, query).Collect()) {
    list.push_back(entry.Render(name));
  }
  return json::Serialize(json::Object{{"agents", std::move(list)}}) + "\n";
}

std::string Catalogue::RenderAiCatalog(std::string_view base,
                                       std::string_view domain,
                                       const AgentQuery& query) const {
  json::Array entries;
  for (const auto& [name, found] : Collector(*this, query).Collect()) {
    json::Object entry{
        {"identifier", "urn:air:" + std::string(domain) + ":agents:" + name},
        {"displayName", json::View(name)},
        {"type", "application/a2a-agent-card+json"},
        {"url", std::string(base) + "/agents/" + name +
                    "/.well-known/agent-card.json"}};
    if (!found.description.empty()) {
      entry["description"] = json::View(found.description);
    }
    if (!found.version.empty()) entry["version"] = json::View(found.version);
    if (!found.tags.empty()) entry["tags"] = Strings(found.tags);
    entries.push_back(std::move(entry));
  }
  return json::Serialize(json::Object{
             {"specVersion", "1.0"},
             {"host", json::Object{{"displayName", json::View(own_node)}}},
             {"entries", std::move(entries)}}) +
         "\n";
}

std::optional<std::string> Catalogue::RenderOne(std::string_view agent,
                                                AgentQuery query) const {
  if (!query.name.empty() && query.name != agent) return std::nullopt;
  query.name = agent;
  const auto all = Collector(*this, query).Collect();
  const auto found = all.find(agent);
  if (found == all.end()) return std::nullopt;
  return json::Serialize(found->second.Render(agent)) + "\n";
}

}  // namespace herald::call
