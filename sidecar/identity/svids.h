// SPDX-License-Identifier: Apache-2.0
//
// A message of the Workload API, and which of its SVIDs is ours.
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/base/time.h"
#include "core/net/identity.h"

namespace herald::identity {

// What ours is known by.
struct SvidChoice {
  std::string hint;  // the operator's; empty: any
  std::string id;    // once we have one, its SPIFFE id; empty: any
};

// The first SVID of `message` that is chosen, checked as files are. kNotFound
// where there is none: it is withdrawn. Other errors: it cannot be used. They
// begin with `place`.
StatusOr<net::IdentityPtr> IdentityOf(std::string_view message,
                                      const SvidChoice& choice,
                                      const std::string& place, WallTime now);

}  // namespace herald::identity
