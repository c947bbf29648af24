// SPDX-License-Identifier: Apache-2.0
#include "discovery/find.h"

#include <algorithm>
#include <utility>

namespace herald::discovery {
namespace {

bool Holds(const std::vector<std::string>& list, const std::string& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

bool HoldsAll(const std::vector<std::string>& list,
              const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(),
                     [&list](const auto& one) { return Holds(list, one); });
}

// "text/plain; charset=utf-8" -> "text", "plain"
std::pair<std::string_view, std::string_view> Halves(std::string_view mode) {
  mode = mode.substr(0, mode.find(';'));
  while (!mode.empty() && mode.back() == ' ') mode.remove_suffix(1);
  const size_t slash = std::min(mode.find('/'), mode.size());
  return {mode.substr(0, slash), mode.substr(std::min(slash + 1, mode.size()))};
}

bool SameHalf(std::string_view a, std::string_view b) {
  auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return a == "*" || b == "*" ||
         std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool HasAllModes(const std::vector<std::string>& modes,
                 const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& one) {
    // Clang 14 cannot capture the names of a structured binding.
    const auto halves = Halves(one);
    return std::any_of(modes.begin(), modes.end(), [&](const auto& mode) {
      const auto [its_type, its_subtype] = Halves(mode);
      return SameHalf(halves.first, its_type) &&
             SameHalf(halves.second, its_subtype);
    });
  });
}

std::vector<std::string>* ListFor(AgentQuery& query, std::string_view key) {
  if (key == "skill") return &query.skills;
  if (key == "tag") return &query.tags;
  if (key == "input") return &query.input_modes;
  if (key == "output") return &query.output_modes;
  if (key == "label") return &query.labels;
  return nullptr;
}

Status AskCountry(AgentQuery& query, std::string_view value) {
  query.country = Country::Parse(value);
  if (query.country) return absl::OkStatus();
  return InvalidArgument("'" + std::string(value) +
                         "' is no country code: write the two capital letters "
                         "of ISO 3166-1, as in country=DE");
}

Status AskTier(AgentQuery& query, std::string_view value) {
  query.tier = ParseTier(value);
  if (query.tier) return absl::OkStatus();
  return InvalidArgument("'" + std::string(value) +
                         "' is no tier: it is Device, FarEdge, NearEdge or "
                         "Cloud");
}

}  // namespace

Status Ask(AgentQuery& query, std::string_view key, std::string_view value) {
  if (value.empty()) {
    return InvalidArgument("'" + std::string(key) + "' asks for nothing");
  }
  if (auto* list = ListFor(query, key)) {
    list->emplace_back(value);
    return absl::OkStatus();
  }
  const bool again = (key == "name" && !query.name.empty()) ||
                     (key == "country" && query.country) ||
                     (key == "tier" && query.tier);
  if (again) {
    return InvalidArgument("'" + std::string(key) + "' is given twice");
  }
  if (key == "country") return AskCountry(query, value);
  if (key == "tier") return AskTier(query, value);
  if (key == "name") {
    query.name = value;
    return absl::OkStatus();
  }
  return InvalidArgument("'" + std::string(key) +
                         "' is none of name, skill, tag, input, output, "
                         "label, country, tier");
}

bool Matches(const AgentQuery& query, const AgentInfo& agent) {
  return (query.name.empty() || query.name == agent.name) &&
         HoldsAll(agent.skills, query.skills) &&
         HoldsAll(agent.tags, query.tags) &&
         HoldsAll(agent.labels, query.labels) &&
         HasAllModes(agent.input_modes, query.input_modes) &&
         HasAllModes(agent.output_modes, query.output_modes);
}

bool Matches(const AgentQuery& query, const Site& site) {
  return (!query.country || site.country == query.country) &&
         (!query.tier || site.tier == query.tier);
}

}  // namespace herald::discovery
