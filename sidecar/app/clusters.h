// SPDX-License-Identifier: Apache-2.0
//
// The clusters that the configuration names, each with a connection to its API
// server that everybody shares who asks it. Roots and certificates are read
// again every minute: kubelets and people replace them while we run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/random.h"
#include "core/net/asio_loop.h"
#include "core/net/web_client.h"
#include "core/net/web_tls.h"
#include "discovery/kubernetes/access.h"
#include "discovery/kubernetes/api.h"
#include "sidecar/app/discovery_settings.h"

namespace herald::app {

// What a kubeconfig, or the pod, says; nothing is connected to. Errors name
// the file.
StatusOr<kubernetes::Access> AccessTo(const KubernetesSettings& settings);

// Owned by Sidecar's parts; borrows all it is given. One thread.
class Clusters {
 public:
  static constexpr Duration kReread = std::chrono::minutes(1);

  struct Cluster {
    kubernetes::Access access;
    std::unique_ptr<net::WebTls> tls;
    std::unique_ptr<net::WebClient> web;
    std::unique_ptr<kubernetes::Api> api;
  };

  Clusters(net::AsioLoop& loop, Random& random, Log& log);
  ~Clusters();
  Clusters(const Clusters&) = delete;
  Clusters& operator=(const Clusters&) = delete;

  // The same for settings that name the same server. An error: what they name
  // cannot be read.
  StatusOr<const Cluster*> For(const KubernetesSettings& settings);

 private:
  struct Known {
    KubernetesSettings settings;
    Cluster cluster;
  };

  void Reread();
  void Renew(Known& known);

  net::AsioLoop& loop_;
  Random& random_;
  Log& log_;
  std::vector<std::unique_ptr<Known>> known_;
  TimerId timer_ = 0;
};

}  // namespace herald::app
