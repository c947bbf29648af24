// SPDX-License-Identifier: Apache-2.0
//
// SIGTERM and SIGINT as events of the loop: the first asks for an orderly
// end, the second for an end at once.
#pragma once

#include <functional>
#include <memory>

#include "core/net/asio_loop.h"

namespace herald::net {

// Owned by whoever assembles the process, one a process, destroyed before the
// loop. While it lives, writing to a closed pipe does not kill the process.
class Signals {
 public:
  // `drain` at the first signal, `end` at each further one; both on the loop.
  Signals(AsioLoop& loop, std::function<void()> drain,
          std::function<void()> end);
  ~Signals();

 private:
  struct Set;
  static void Await(const std::shared_ptr<Set>& set);

  std::shared_ptr<Set> set_;
};

}  // namespace herald::net
