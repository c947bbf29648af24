// SPDX-License-Identifier: Apache-2.0
//
// The addresses behind a name, by the system's own rules (hosts file, search
// domains, resolv.conf), which can only be asked by blocking: a thread of the
// question's own does, and is left behind where the question is given up.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/address.h"
#include "core/base/status.h"
#include "core/net/asio_loop.h"

namespace herald::net {

// Owned by who asks; destroying it gives the question up. `done` is called
// once, never from inside the constructor: with at least one address, the one
// to try first in front, or with an error that names the host. It may destroy
// the Resolve.
class Resolve {
 public:
  using Done = std::function<void(StatusOr<std::vector<Address>>)>;

  // An IP address (without brackets) is its own answer, without a thread.
  Resolve(AsioLoop& loop, const std::string& host, uint16_t port, Done done);
  ~Resolve();
  Resolve(const Resolve&) = delete;
  Resolve& operator=(const Resolve&) = delete;

 private:
  struct Question;
  std::shared_ptr<Question> question_;
};

}  // namespace herald::net
