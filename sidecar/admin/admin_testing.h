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
  json::Value Peers() override {
    return json::Array{json::Object{{"name", "summarizer-fra"}}};
  }
  json::Value Agents() override { return json::Array{"summarizer"}; }
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

  std::vector<std::string> reasons;
  bool understood = true;
};

}  // namespace herald::admin::testing
