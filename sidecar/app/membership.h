// SPDX-License-Identifier: Apache-2.0
//
// Our place among the others: the sources that say who they are, and what we
// say of ourselves where others look.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/net/asio_loop.h"
#include "discovery/directory.h"
#include "discovery/kubernetes/node_topology.h"
#include "discovery/kubernetes/publisher.h"
#include "sidecar/app/clusters.h"
#include "sidecar/app/config.h"
#include "sidecar/app/etcd_place.h"

namespace herald::app {

// Owned by Sidecar's parts; borrows all it is given, the directory's sources
// included. One thread.
class Membership {
 public:
  struct Surroundings {
    net::AsioLoop& loop;
    Random& random;
    Log& log;
    Metrics& metrics;
    const Config& config;
    Clusters& clusters;
    std::vector<std::unique_ptr<EtcdPlace>>& etcds;  // filled by AddSources
  };
  explicit Membership(const Surroundings& around) : around_(around) {}

  // The configuration's sources, in order. Errors name what cannot be read.
  Status AddSources(discovery::Directory& directory);

  // Tells who we are wherever the configuration says so, and again when it is
  // called again. `self.address` is where our mesh listens. An error: we have
  // no address that others reach.
  Status Publish(discovery::Endpoint self);
  // Whether new calls of others may come.
  void SetReady(bool ready);
  void SetPolicyHash(const std::string& hash);
  // All that was to be told has been.
  bool settled() const;

 private:
  struct Place {
    std::string space;    // where our Agent lies
    bool of_pod = false;  // it is our Pod's own cluster
    std::unique_ptr<kubernetes::Publisher> publisher;
  };

  Status AddCluster(const KubernetesSettings& settings,
                    discovery::Directory& directory);
  Status AddEtcd(const EtcdSettings& settings, discovery::Directory& directory);
  bool Publishes(const KubernetesSettings& settings) const;
  StatusOr<Address> OwnAddress(const Address& mesh) const;
  std::string OwnName() const;
  void AskForTopology(const kubernetes::Api& api);
  void Tell();

  const Surroundings around_;
  std::vector<Place> places_;
  discovery::Endpoint self_;
  kubernetes::Topology topology_;
  std::unique_ptr<kubernetes::NodeTopology> asked_;
};

}  // namespace herald::app
