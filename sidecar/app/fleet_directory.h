// SPDX-License-Identifier: Apache-2.0
//
// `herald directory`, put together: reflectors of every kind of ours on one
// cluster's API server, the caches they feed, and HTTPS in front.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/base/random.h"
#include "core/net/asio_loop.h"
#include "discovery/kubernetes/reflector.h"
#include "sidecar/app/clusters.h"
#include "sidecar/app/served_tls.h"
#include "sidecar/fanout/fan_out.h"
#include "sidecar/listener/acceptor.h"

namespace herald::app {

struct FleetDirectorySettings {
  Address listen;
  std::string certificate;  // paths
  std::string key;
  KubernetesSettings cluster;
};

// Owned by the command that runs it; loop and log outlive it. One thread.
class FleetDirectory {
 public:
  // A sidecar is one connection, a few if it watches many namespaces.
  static constexpr size_t kConnections = 20'000;

  // The error says which file or address and what is wrong with it. That the
  // API server is away is no error: it is waited for.
  static StatusOr<std::unique_ptr<FleetDirectory>> Start(
      const FleetDirectorySettings& settings, net::AsioLoop& loop, Log& log);
  FleetDirectory(const FleetDirectory&) = delete;
  FleetDirectory& operator=(const FleetDirectory&) = delete;

  const Address& address() const { return acceptor_->local(); }
  // Takes nothing new; `done` runs when what is open has ended.
  void Drain(std::function<void()> done) { acceptor_->Drain(std::move(done)); }

 private:
  FleetDirectory(net::AsioLoop& loop, Log& log);
  Status Open(const FleetDirectorySettings& settings);
  Counter& Reloads(const std::string& result);

  net::AsioLoop& loop_;
  Log& log_;
  Random random_;
  Metrics metrics_;
  Clusters clusters_;
  std::unique_ptr<ServedTls> tls_;
  std::unique_ptr<fanout::FanOut> fan_out_;
  std::vector<std::unique_ptr<kubernetes::Reflector>> reflectors_;
  std::unique_ptr<listener::Acceptor> acceptor_;
};

}  // namespace herald::app
