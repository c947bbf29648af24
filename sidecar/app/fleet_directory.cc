// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/fleet_directory.h"

#include <cstring>
#include <utility>

#include "core/crypto/random_bytes.h"

namespace herald::app {
namespace {

uint64_t RandomSeed() {
  uint64_t seed = 0;
  const std::string bytes = crypto::RandomBytes(sizeof seed);
  std::memcpy(&seed, bytes.data(), sizeof seed);
  return seed;
}

}  // namespace

FleetDirectory::FleetDirectory(net::AsioLoop& loop, Log& log)
    : loop_(loop),
      log_(log),
      random_(RandomSeed()),
      clusters_(loop, random_, log) {}

StatusOr<std::unique_ptr<FleetDirectory>> FleetDirectory::Start(
    const FleetDirectorySettings& settings, net::AsioLoop& loop, Log& log) {
  std::unique_ptr<FleetDirectory> out(new FleetDirectory(loop, log));
  HERALD_RETURN_IF_ERROR(out->Open(settings));
  return out;
}

Status FleetDirectory::Open(const FleetDirectorySettings& settings) {
  HERALD_ASSIGN_OR_RETURN(const Clusters::Cluster* cluster,
                          clusters_.For(settings.cluster));
  HERALD_ASSIGN_OR_RETURN(
      tls_, ServedTls::Open({.loop = loop_, .log = log_, .metrics = metrics_},
                            settings.certificate, settings.key));
  fan_out_ =
      std::make_unique<fanout::FanOut>(loop_, random_, *cluster->web, metrics_);
  const auto meters = kubernetes::MetersFor(metrics_, "kubernetes");
  for (const fanout::Kind& kind : fanout::Kinds()) {
    const std::string path =
        std::string(kubernetes::kGroupPath) + "/" + std::string(kind.plural);
    reflectors_.push_back(std::make_unique<kubernetes::Reflector>(
        *cluster->api, kubernetes::Resource{.path = path},
        fan_out_->CacheOf(kind), meters));
    reflectors_.back()->Start();
  }
  listener::AcceptorOptions options;
  options.address = settings.listen;
  options.setting = "--listen";
  options.remote_allowed = true;  // sidecars are elsewhere
  options.connections_max = kConnections;
  options.tls = &tls_->tls();
  HERALD_ASSIGN_OR_RETURN(acceptor_,
                          listener::Acceptor::Open({.loop = loop_,
                                                    .handler = *fan_out_,
                                                    .log = log_,
                                                    .metrics = metrics_},
                                                   options));
  log_.Info("started", {{"listen", acceptor_->local().ToString()},
                        {"api_server", cluster->access.server}});
  return absl::OkStatus();
}

}  // namespace herald::app
