// SPDX-License-Identifier: Apache-2.0
//
// Texts of YAML's flow style: {a: [b, c]}. For print*.cc and what prints cases.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/schema.h"

namespace herald::policy {

// Builds "{a: b, c: [d]}". A value; keys are ours or were quoted by the caller.
class FlowMap {
 public:
  FlowMap& Raw(std::string_view key, std::string_view value);
  FlowMap& Add(std::string_view key, std::string_view text);
  FlowMap& Add(std::string_view key, const std::vector<std::string>& texts);
  // Texts: nothing is said of an empty list that was not asked for.
  FlowMap& List(std::string_view key, const Texts& texts);
  FlowMap& Maybe(std::string_view key, const OptionalTexts& texts);
  FlowMap& Map(std::string_view key, const FlowMap& map);

  bool empty() const { return text_.empty(); }
  std::string Take() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string FlowList(const Texts& texts);
std::string FlowList(const std::vector<std::string>& texts);

}  // namespace herald::policy
