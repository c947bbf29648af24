// SPDX-License-Identifier: Apache-2.0
//
// The admin pages over HTTP: a CallHandler of its own, so that the same
// acceptor and codecs that serve agents serve it. Whoever assembles the
// process opens an Acceptor on `listen.admin` with this as its handler.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "core/base/event_loop.h"
#include "sidecar/admin/pages.h"
#include "sidecar/call/origin.h"

namespace herald::admin {

// Owned by whoever assembles the process; outlives the acceptor it serves;
// borrows all it is given.
class AdminServer final : public call::CallHandler {
 public:
  // What a question may weigh.
  static constexpr size_t kBodyMax = 1024 * 1024;

  AdminServer(EventLoop& loop, AdminSource& source, Metrics& metrics,
              Pages::Which which = Pages::Which::kAll);
  ~AdminServer() override;

  void OnCall(const call::Origin& origin, http::RequestHead head,
              std::unique_ptr<http::Stream> stream, bool end) override;

 private:
  class Visit;
  // Once the running function has returned.
  void Forget(uint64_t id);

  EventLoop& loop_;
  Pages pages_;
  std::map<uint64_t, std::unique_ptr<Visit>> visits_;
  uint64_t last_visit_ = 0;
  std::shared_ptr<AdminServer*> self_;  // null in it when we are gone
};

}  // namespace herald::admin
