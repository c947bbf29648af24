// SPDX-License-Identifier: Apache-2.0
//
// For tests: a Program from the rules of one policy `p`, each a flow map on a
// line of its own.
#pragma once

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "policy/load.h"

namespace herald::policy {

inline std::string PolicyText(const std::string& rules) {
  return "apiVersion: herald.dev/v1alpha1\nkind: RoutingPolicy\n"
         "metadata: {name: p}\nspec:\n  rules:\n" +
         rules;
}

inline std::shared_ptr<const Program> Rules(const std::string& rules,
                                            const std::string& schema = "",
                                            const Discharge& discharge = {}) {
  std::vector<SourceText> texts = {{"p.yaml", PolicyText(rules)}};
  if (!schema.empty()) {
    texts.push_back({"schema.yaml",
                     "apiVersion: herald.dev/v1alpha1\nkind: LabelSchema\n"
                     "metadata: {name: s}\nspec:\n" +
                         schema});
  }
  Loaded loaded = Load(texts, discharge);
  EXPECT_NE(loaded.program, nullptr) << Render(loaded.issues);
  return loaded.program;
}

}  // namespace herald::policy
