// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/decisions.h"

#include "core/base/check.h"
#include "core/json/json.h"

namespace herald::simulation {

void JournalDecisions::Write(std::string_view line) {
  const std::optional<json::Value> value = json::Parse(line);
  HERALD_CHECK(value && value->is_object(), "each line is one JSON object");
  const json::Object& object = value->as_object();
  auto text = [&object](std::string_view key) {
    return json::GetString(object, key).value_or("");
  };
  journal_.evidence.push_back({.node = text("node"),
                               .side = text("side"),
                               .call_id = text("call"),
                               .peer = text("peer"),
                               .decision = text("event") == "decision",
                               .permits = text("verdict") == "Permit"});
}

}  // namespace herald::simulation
