// SPDX-License-Identifier: Apache-2.0
//
// Tells when addresses or routes of this machine change: it joined another
// network, a cable was pulled, a tunnel came up.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/base/address.h"
#include "core/base/status.h"
#include "core/net/asio_loop.h"

namespace herald::net {

// Owned by its user; `loop` must outlive it.
class AddressWatch {
 public:
  // Changes come in swarms, so `changed` is called kSettle after the first of
  // one. It may destroy the watch.
  static constexpr Duration kSettle = std::chrono::milliseconds(50);

  static StatusOr<std::unique_ptr<AddressWatch>> Open(
      AsioLoop& loop, std::function<void()> changed);
  ~AddressWatch();
  AddressWatch(const AddressWatch&) = delete;
  AddressWatch& operator=(const AddressWatch&) = delete;

 private:
  struct Descriptor;
  explicit AddressWatch(std::shared_ptr<Descriptor> descriptor)
      : descriptor_(std::move(descriptor)) {}
  static void Await(const std::shared_ptr<Descriptor>& self);
  static void Settle(const std::shared_ptr<Descriptor>& self);

  std::shared_ptr<Descriptor> descriptor_;
};

// The address of ours (port 0) that datagrams to there leave by as the routes
// are now; nullopt where none leads there.
std::optional<Address> SourceTowards(const Address& to);

}  // namespace herald::net
