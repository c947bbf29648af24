// SPDX-License-Identifier: Apache-2.0
#include "policy/found.h"

#include <optional>
#include <string_view>

#include "core/yaml/scalar.h"

namespace herald::policy {
namespace {

template <typename T>
std::string Show(const std::optional<T>& value) {
  return value ? std::string(*value) : "unknown";
}

template <typename List, typename Fn>
std::string ShowList(const List& list, Fn show) {
  std::string out = "[";
  for (const auto& one : list) {
    out += (out.size() > 1 ? ", " : "") + show(one);
  }
  return out + "]";
}

std::string ShowTexts(std::span<const std::string> texts) {
  return ShowList(texts, [](const std::string& text) { return text; });
}

std::string FactOf(const NodeFact& fact, const Site& site) {
  using Kind = NodeFact::Kind;
  switch (fact.kind) {
    case Kind::kCountries:
      return site.country ? site.country->ToString() : "unknown country";
    case Kind::kControlOnlyIn:
    case Kind::kControlNotOnlyIn:
    case Kind::kControlAnyOf:
      if (!site.operator_control) return "unknown control";
      return "control " + ShowList(*site.operator_control,
                                   [](Country one) { return one.ToString(); });
    case Kind::kTiers:
      return site.tier ? std::string(ToString(*site.tier)) : "unknown tier";
    case Kind::kAssurance:
      if (!site.assurance) return "unknown assurance";
      return "assurance " + ShowTexts(*site.assurance);
    case Kind::kAttestation:
      if (!site.attestation) return "unknown attestation";
      return "attestation " + std::string(ToString(*site.attestation));
  }
  return "";
}

std::string NodeName(const Path& path, int node) {
  if (!path.nodes[static_cast<size_t>(node)].relay) return "the peer";
  return "relay " + std::to_string(node + 1);
}

std::string FactsAt(const Atom& atom, const Path& path, int node) {
  if (node < 0) return "";
  const Site* site = path.nodes[static_cast<size_t>(node)].site;
  std::string facts;
  for (const NodeFact& fact : atom.facts) {
    if (!facts.empty()) facts += ", ";
    facts += site != nullptr ? FactOf(fact, *site) : "unknown";
  }
  return facts + " at " + NodeName(path, node);
}

std::string RetentionAt(const Path& path) {
  const Site* site = path.nodes.back().site;
  bool known = site != nullptr && site->retention;
  return (known ? yaml::ToString(*site->retention) : "no promise") +
         " at the peer";
}

std::string TerminatingRelay(const Path& path) {
  for (size_t i = 0; i < path.nodes.size(); ++i) {
    if (path.nodes[i].relay && path.nodes[i].terminates) {
      return NodeName(path, static_cast<int>(i)) + " sees clear text";
    }
  }
  return "";
}

}  // namespace

std::string FoundFor(const Atom& atom, const Call& call, const Path& path,
                     int node) {
  using Kind = Atom::Kind;
  auto named = [](std::string_view text) {
    return text.empty() ? "unknown" : std::string(text);
  };
  switch (atom.kind) {
    case Kind::kCallers:
      return named(call.caller);
    case Kind::kCallees:
      return named(call.callee);
    case Kind::kSkills:
      return Show(call.skill);
    case Kind::kPurposes:
      return Show(call.purpose);
    case Kind::kLegalBasis:
      return Show(call.legal_basis);
    case Kind::kEndorsementsAnyOf:
    case Kind::kEndorsementsAllOf:
      return ShowTexts(call.endorsements);
    case Kind::kLabelsAnyOf:
    case Kind::kLabelsAllOf:
      return ShowTexts(call.labels);
    case Kind::kEndToEnd:
      return TerminatingRelay(path);
    case Kind::kKeysHeldIn:
      return path.keys_held_in ? path.keys_held_in->ToString() : "unknown";
    case Kind::kProcess:
    case Kind::kTransit:
    case Kind::kAnyNode:
    case Kind::kAnyProcess:
      return FactsAt(atom, path, node);
    case Kind::kRetention:
      return RetentionAt(path);
    case Kind::kNever:
      return "nobody";
  }
  return "";
}

}  // namespace herald::policy
