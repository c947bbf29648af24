// SPDX-License-Identifier: Apache-2.0
//
// What a client asks of the fan-out, in the API server's own words: list or
// watch one of Herald's kinds, in one namespace or in all.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/base/time.h"
#include "sidecar/fanout/selector.h"

namespace herald::fanout {

struct Kind {
  std::string_view plural;  // "agents"
  std::string_view name;    // "Agent"
  bool namespaced;
};
// Those that are served.
std::span<const Kind> Kinds();

struct Question {
  const Kind* kind = nullptr;
  std::string space;  // empty: all namespaces
  Selector selector;
  bool watch = false;
  std::optional<uint64_t> version;  // what a watch begins after; none: all now
  bool bookmarks = false;
  Duration lasts{};  // of a watch
  size_t limit = 0;  // of a list; 0: all
  std::string from;  // the list goes on after it ("version namespace/name")
};

// What of an answer is not the list or the watch: its HTTP status and why.
struct Refusal {
  int status = 400;
  std::string reason;  // "BadRequest", as Kubernetes has it
  std::string why;
};
// As the body that Kubernetes' clients read.
std::string RenderRefusal(const Refusal& refusal);

// kNotFound for another path, kInvalidArgument for what the path or the query
// may not say. `drawn`, from 0 to 1, spreads the ends of watches that named
// none.
StatusOr<Question> ParseQuestion(std::string_view target, double drawn);

}  // namespace herald::fanout
