// SPDX-License-Identifier: Apache-2.0
//
// One etcd of the configuration: the connection to it, the source that reads
// it, and our own key in it. Roots and certificates are read again every
// minute, the password with each login.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/base/random.h"
#include "core/net/asio_loop.h"
#include "core/net/web_client.h"
#include "core/net/web_tls.h"
#include "discovery/endpoint.h"
#include "discovery/etcd/api.h"
#include "discovery/etcd/etcd_publisher.h"
#include "discovery/source.h"
#include "sidecar/app/etcd_settings.h"

namespace herald::app {

// Owned by the app; outlives the source it gave. One thread.
class EtcdPlace {
 public:
  static constexpr Duration kReread = std::chrono::minutes(1);

  struct Surroundings {
    net::AsioLoop& loop;
    Random& random;
    Log& log;
    Metrics& metrics;
  };

  // `own`: our name there. Errors name the file that cannot be read.
  static StatusOr<std::unique_ptr<EtcdPlace>> Open(const Surroundings& around,
                                                   EtcdSettings settings,
                                                   std::string own);
  ~EtcdPlace();

  // For the directory.
  std::unique_ptr<discovery::Source> MakeSource();

  // The address of ours by which the way there leaves, or nullopt.
  std::optional<Address> OwnSide() const;

  bool publishes() const { return publisher_ != nullptr; }
  // What others are to know of us; nothing where the settings say so.
  void Publish(const discovery::Endpoint& self);
  // Takes it back, for good.
  void Withdraw();
  // Nothing is left to be told.
  bool settled() const;

 private:
  EtcdPlace(const Surroundings& around, EtcdSettings settings, std::string own);
  Status Connect();
  StatusOr<net::IdentityFiles> ReadTexts() const;
  void Reread();

  const Surroundings around_;
  const EtcdSettings settings_;
  const std::string own_;
  net::IdentityFiles texts_;
  std::unique_ptr<net::WebTls> tls_;  // null: no endpoint wants it
  std::unique_ptr<net::WebClient> web_;
  std::unique_ptr<etcd::Api> api_;
  std::unique_ptr<etcd::EtcdPublisher> publisher_;  // null: we say nothing
  bool leaving_ = false;
  TimerId timer_ = 0;
};

}  // namespace herald::app
