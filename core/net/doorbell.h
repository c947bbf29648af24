// SPDX-License-Identifier: Apache-2.0
//
// How another thread gets the loop's attention: it rings, and soon after the
// loop looks. An eventfd, so ringing takes no lock and any number of rings
// before the loop has looked are one. What there is to look at is between the
// two threads; nothing but the ring crosses here.
#pragma once

#include <functional>
#include <memory>

#include "core/net/asio_loop.h"

namespace herald::net {

// Owned by whoever runs the thread; outlives the thread, destroyed before the
// loop.
class Doorbell {
 public:
  // `look` runs on the loop, and may destroy the bell.
  Doorbell(AsioLoop& loop, std::function<void()> look);
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  // From any thread.
  void Ring();

 private:
  struct Descriptor;
  static void Await(const std::shared_ptr<Descriptor>& self);

  std::shared_ptr<Descriptor> descriptor_;
};

}  // namespace herald::net
