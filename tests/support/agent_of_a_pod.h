// SPDX-License-Identifier: Apache-2.0
//
// The Agent objects of a large fleet, as an API server sends them.
#pragma once

#include <cstdint>
#include <string>

namespace herald::test {

struct AgentOfAPod {
  size_t number = 0;
  size_t version = 1;
  size_t generation = 0;  // how often the pod was replaced
  bool ready = true;
  size_t namespaces = 50;
  // With what the server keeps of two managers' writes, half of the bytes.
  bool managed = false;

  std::string Name() const;       // "summarizer-6d4cf56db6-17"
  std::string Namespace() const;  // "team-17"
  std::string Text() const;       // JSON
};

}  // namespace herald::test
