// SPDX-License-Identifier: Apache-2.0
//
// Where our identity comes from, and goes on coming from while it is renewed:
// files (file_source.h) or a SPIFFE Workload API (workload_source.h).
#pragma once

#include <string>

#include "core/net/identity.h"

namespace herald::identity {

// Never called from inside a call to the source, which lives until they return.
class SourceEvents {
 public:
  virtual ~SourceEvents() = default;
  // A good one, at the present time; it takes the place of any before.
  virtual void OnIdentity(net::IdentityPtr identity) = 0;
  // What came last cannot be used; what was before holds.
  virtual void OnRefused(const std::string& why) = 0;
  // The issuer vouches for us no more.
  virtual void OnRevoked(const std::string& why) = 0;
  // Nothing can be learned now; what was before holds. Told once for each
  // reason.
  virtual void OnUnreachable(const std::string& why) = 0;
};

// One owner, who also owns the events and outlives neither. One thread.
class Source {
 public:
  virtual ~Source() = default;
  // Events go there from now on. The first time begins to ask.
  virtual void Listen(SourceEvents& events) = 0;
  // For people: a file's or a socket's name.
  virtual const std::string& place() const = 0;
};

}  // namespace herald::identity
