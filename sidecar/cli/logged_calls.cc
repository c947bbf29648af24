// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/logged_calls.h"

#include <utility>

#include "core/base/calendar.h"
#include "core/yaml/scalar.h"
#include "sidecar/cli/decision_lines.h"

namespace herald::cli {
namespace {

std::optional<std::string> Maybe(const json::Object& line, const char* key) {
  return json::GetString(line, key);
}

policy::TestCase::Stop StopOf(const json::Object& node) {
  policy::TestCase::Stop stop;
  stop.relay = TextOf(node, "role") == "relay";
  const json::Value* clear = node.if_contains("terminates");
  stop.terminates = clear == nullptr || *clear != json::Value(false);
  Site& site = stop.site;
  if (auto country = Maybe(node, "country")) {
    site.country = Country::Parse(*country);
  }
  if (auto tier = Maybe(node, "tier")) site.tier = ParseTier(*tier);
  site.operator_name = Maybe(node, "operator");
  if (node.contains("operatorControl")) {
    site.operator_control.emplace();
    for (const std::string& code : ListOf(node, "operatorControl")) {
      if (auto one = Country::Parse(code)) {
        site.operator_control->push_back(*one);
      }
    }
  }
  if (node.contains("assurance")) site.assurance = ListOf(node, "assurance");
  if (auto level = Maybe(node, "attestation")) {
    site.attestation = ParseAttestation(*level);
  }
  if (auto promise = Maybe(node, "retention")) {
    site.retention = yaml::ParseDuration(*promise);
  }
  return stop;
}

}  // namespace

std::optional<policy::TestCase> QuestionOf(const json::Object& line) {
  const json::Value* path = line.if_contains("path");
  if (TextOf(line, "event") != "decision" || path == nullptr ||
      !path->is_array() || path->get_array().empty()) {
    return std::nullopt;
  }
  policy::TestCase question;
  question.name = TextOf(line, "call");
  question.caller = TextOf(line, "caller");
  question.callee = TextOf(line, "agent");
  question.scope = Maybe(line, "namespace");
  question.skill = Maybe(line, "skill");
  question.labels = ListOf(line, "labels");
  question.purpose = Maybe(line, "purpose");
  question.legal_basis = Maybe(line, "legalBasis");
  question.endorsements = ListOf(line, "endorsements");
  question.at = ParseRfc3339(TextOf(line, "time"));
  for (const json::Value& node : path->get_array()) {
    if (!node.is_object()) return std::nullopt;
    question.path.push_back(StopOf(node.get_object()));
  }
  question.keys_held_in = question.path.back().site.country;
  return question;
}

}  // namespace herald::cli
