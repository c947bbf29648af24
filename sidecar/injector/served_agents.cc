// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/served_agents.h"

#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "core/yaml/map_reader.h"
#include "core/yaml/parse.h"
#include "discovery/facts.h"
#include "sidecar/injector/manifest.h"
#include "sidecar/injector/pod.h"

namespace herald::injector {
namespace {

constexpr size_t kMaxAgents = 32;

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<int> Port(std::string_view text) {
  int port = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 ||
      port > 65535) {
    return std::nullopt;
  }
  return port;
}

std::string Loopback(int64_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

// name=port, name=port
void ReadShort(yaml::Problems& problems, json::Array& out) {
  std::string_view rest = problems.text();
  size_t column = 1;
  for (;;) {
    const size_t end = std::min(rest.find(','), rest.size());
    const std::string_view word = Trimmed(rest.substr(0, end));
    const size_t equals = word.find('=');
    const std::string_view name = Trimmed(word.substr(0, equals));
    std::optional<int> port;
    if (equals != std::string_view::npos) {
      port = Port(Trimmed(word.substr(equals + 1)));
    }
    if (!port || !discovery::IsName(name)) {
      problems.Error(Position{1, static_cast<int>(column)},
                     "'" + std::string(word) + "' is not NAME=PORT",
                     "write planner=8080, or a list of {name, port, skills}");
    } else {
      out.push_back(json::Object{{"name", std::string(name)},
                                 {"address", Loopback(*port)}});
    }
    if (end == rest.size()) return;
    rest.remove_prefix(end + 1);
    column += end + 1;
  }
}

void ReadLong(const yaml::Node& item, yaml::Problems& problems,
              json::Array& out) {
  yaml::MapReader map(item, problems, "an agent");
  if (!map) return;
  // The sidecar's own reader judges the rest; this one knows what every
  // version of it has, so that a typing error is found when the pod is made.
  discovery::ReadAgent(map);
  auto port = map.Int("port", {1, 65535});
  auto address = map.String("address");
  for (const char* key : {"protocol", "card"}) map.Optional(key);
  if (map.Optional("port") == nullptr && !address) {
    problems.Error(item, "an agent needs 'port', or 'address'",
                   "- {name: planner, port: 8080}");
  }
  if (map.Optional("port") != nullptr && address) {
    problems.Error(item, "'port' and 'address' exclude each other");
  }
  json::Object agent;
  for (const yaml::Entry& entry : item.entries) {
    if (entry.key != "port") agent[json::View(entry.key)] = ToJson(entry.value);
  }
  if (port) agent["address"] = Loopback(*port);
  out.push_back(std::move(agent));
}

void RefuseDoubles(yaml::Problems& problems, const json::Array& agents) {
  std::set<std::string> names;
  for (const json::Value& agent : agents) {
    auto name = json::GetString(agent.get_object(), "name").value_or("");
    if (names.insert(name).second) continue;
    problems.Error(Position{}, "agent '" + name + "' stands here twice");
  }
  if (agents.size() > kMaxAgents) {
    problems.Error(Position{}, "more than " + std::to_string(kMaxAgents) +
                                   " agents in one pod");
  }
}

}  // namespace

ServedAgents ReadServedAgents(const std::string& text) {
  ServedAgents out;
  yaml::Problems problems(std::string("annotation ") + kAgents, text);
  const std::string_view trimmed = Trimmed(text);
  if (!trimmed.empty() && trimmed[0] != '[' && trimmed[0] != '-' &&
      trimmed[0] != '{') {
    ReadShort(problems, out.agents);
  } else if (std::optional<yaml::Node> root = yaml::ParseOne(problems)) {
    if (root->kind == yaml::Kind::kList) {
      for (const yaml::Node& item : root->items) {
        ReadLong(item, problems, out.agents);
      }
    } else {
      problems.Error(*root,
                     "must be a list of agents, not " + yaml::Describe(*root));
    }
  }
  RefuseDoubles(problems, out.agents);
  out.issues = problems.issues();
  return out;
}

}  // namespace herald::injector
