// SPDX-License-Identifier: Apache-2.0
//
// The opaque handle an agent gets with each inbound call (`herald-call`) and
// gives back on calls it makes on behalf of it. A handle is a local secret
// that names an open call, nothing more: what it stands for never leaves this
// process by way of the agent, so an agent can drop it but not alter it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"

namespace herald::call {

// What an inbound call hands on to calls made for it.
struct Ancestry {
  std::string call_id;
  std::vector<std::string> labels;
  std::optional<std::string> purpose;
  std::optional<std::string> legal_basis;
  std::optional<Time> deadline;
  uint32_t hops = 0;
  std::vector<std::string> passed;  // agents called, that call's included
};

// Owned by app. One thread.
class Handles {
 public:
  // `handle` must be unguessable; app makes it from OpenSSL's randomness.
  void Add(std::string handle, Ancestry ancestry);
  void Remove(std::string_view handle);
  const Ancestry* Find(std::string_view handle) const;

 private:
  std::map<std::string, Ancestry, std::less<>> open_;
};

}  // namespace herald::call
