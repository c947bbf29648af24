// SPDX-License-Identifier: Apache-2.0
//
// A source whose answers the tests of this folder know. For tests only.
#pragma once

#include <string>
#include <vector>

#include "sidecar/admin/admin_source.h"

namespace herald::admin::testing {

class FakeSource final : public AdminSource {
 public:
  std::vector<std::string> NotReadyBecause() override { return reasons; }
  std::vector<std::string> Notices() override { return notices; }
  json::Value Peers() override {
    return json::Array{json::Object{{"name", "summarizer-fra"}}};
  }
  Explanation Agents(std::string_view query) override {
    if (query == "skill=") return {.understood = false, .value = {}};
    return {.value = json::Array{"summarizer", json::View(query)}};
  }
  json::Value Discovery() override { return json::Array{"file peers.yaml"}; }
  Document Config() override {
    return {"application/yaml", "node: {name: planner-0}\n"};
  }
  Document Policy() override {
    return {"application/yaml", "kind: RoutingPolicy\n"};
  }
  Explanation Explain(const json::Value& question) override {
    return {understood, json::Object{{"asked", question}}};
  }

  Explanation Route(const json::Value& question) override {
    return {understood, json::Object{{"asked", question}}};
  }

  json::Value PolicyStatus() override { return json::Object{{"hash", "ab"}}; }
  bool MayChange(bool local) override { return local; }
  Change Rollback(const std::string& to) override {
    rollbacks.push_back(to);
    return {200, json::Object{{"hash", "cd"}}};
  }
  Change Drain() override {
    ++drains;
    return {200, json::Object{{"draining", true}}};
  }
  json::Value Decisions(std::string_view call) override {
    if (call != "known") return nullptr;
    return json::Object{{"lines", json::Array{"a line"}}};
  }

  std::vector<std::string> rollbacks;
  int drains = 0;
  std::vector<std::string> reasons;
  std::vector<std::string> notices;
  bool understood = true;
};

}  // namespace herald::admin::testing
