// SPDX-License-Identifier: Apache-2.0
//
// The two macros of the house, and a maker of absl::Status from std strings
// (Debian 12's absl::string_view is a type of its own).
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace herald {

using absl::Status;
using absl::StatusCode;
using absl::StatusOr;

inline Status MakeStatus(StatusCode code, const std::string& text) {
  return Status(code, text);
}
// The world failed: a file, a socket, a peer.
inline Status Unavailable(const std::string& text) {
  return Status(StatusCode::kUnavailable, text);
}
inline Status InvalidArgument(const std::string& text) {
  return Status(StatusCode::kInvalidArgument, text);
}
inline std::string Message(const Status& status) {
  return std::string(status.message().data(), status.message().size());
}

}  // namespace herald

#define HERALD_RETURN_IF_ERROR(expr)               \
  do {                                             \
    ::absl::Status herald_status = (expr);         \
    if (!herald_status.ok()) return herald_status; \
  } while (false)
#define HERALD_CONCAT_INNER(a, b) a##b
#define HERALD_CONCAT(a, b) HERALD_CONCAT_INNER(a, b)
#define HERALD_ASSIGN_OR_RETURN(lhs, expr) \
  HERALD_ASSIGN_OR_RETURN_(HERALD_CONCAT(herald_or_, __LINE__), lhs, expr)
#define HERALD_ASSIGN_OR_RETURN_(tmp, lhs, expr) \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return tmp.status();            \
  lhs = *std::move(tmp)
