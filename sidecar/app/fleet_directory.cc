// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/fleet_directory.h"

#include <utility>

#include "core/crypto/random_bytes.h"

namespace herald::app {

FleetDirectory::FleetDirectory(net::AsioLoop& loop, Log& log)
    : loop_(loop),
      log_(log),
      random_(crypto::RandomSeed()),
      clusters_(loop, random_, log) {}

StatusOr<std::unique_ptr<FleetDirectory>> FleetDirectory::Start(
    const FleetDirectorySettings& settings, net::AsioLoop& loop, Log& log) {
  std::unique_ptr<FleetDirectory> out(new FleetDirectory(loop, log));
  HERALD_RETURN_IF_ERROR(out->Open(settings));
  return out;
}

Counter& FleetDirectory::Reloads(const std::string& result) {
  return metrics_.counter("herald_directory_reloads_total",
                          "Certificates that were read again.",
                          "result=\"" + result + "\"");
}

Status FleetDirectory::Open(const FleetDirectorySettings& settings) {
  HERALD_ASSIGN_OR_RETURN(const Clusters::Cluster* cluster,
                          clusters_.For(settings.cluster));
  HERALD_ASSIGN_OR_RETURN(tls_,
                          ServedTls::Open({.loop = loop_,
                                           .log = log_,
                                           .used = Reloads("used"),
                                           .refused = Reloads("refused")},
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
