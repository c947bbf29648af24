// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/membership.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "discovery/kubernetes/kubernetes_source.h"
#include "discovery/static_file_source.h"
#include "sidecar/app/file_access.h"

namespace herald::app {
namespace {

constexpr char kDefaultSpace[] = "default";  // Kubernetes' own

bool IsAny(const Address& address) {
  const std::string text = address.WithPort(0).ToString();
  return text == "0.0.0.0:0" || text == "[::]:0";
}

}  // namespace

Status Membership::AddSources(discovery::Directory& directory) {
  for (const SourceSettings& source : around_.config.discovery.sources) {
    if (auto* file = std::get_if<NamedFile>(&source)) {
      directory.Add(std::make_unique<discovery::StaticFileSource>(
          file->path, FilesOn(around_.loop)));
    } else if (auto* etcd = std::get_if<EtcdSettings>(&source)) {
      HERALD_RETURN_IF_ERROR(AddEtcd(*etcd, directory));
    } else {
      HERALD_RETURN_IF_ERROR(
          AddCluster(std::get<KubernetesSettings>(source), directory));
    }
  }
  return absl::OkStatus();
}

bool Membership::Publishes(const KubernetesSettings& settings) const {
  return settings.publish.value_or(settings.kubeconfig.empty() &&
                                   !around_.config.pod.name.empty());
}

std::string Membership::OwnName() const {
  const std::string& pod = around_.config.pod.name;
  return pod.empty() ? around_.config.node.name : pod;
}

Status Membership::AddCluster(const KubernetesSettings& settings,
                              discovery::Directory& directory) {
  HERALD_ASSIGN_OR_RETURN(const Clusters::Cluster* cluster,
                          around_.clusters.For(settings));
  std::string space = around_.config.pod.space;
  if (space.empty()) space = cluster->access.space;
  if (space.empty()) space = kDefaultSpace;
  kubernetes::KubernetesSourceOptions options{.name = NameOf(settings),
                                              .namespaces = settings.namespaces,
                                              .selector = settings.selector,
                                              .own = {space, OwnName()}};
  if (Publishes(settings)) {
    // What fans the API server out only reads.
    KubernetesSettings home = settings;
    home.server.clear();
    home.trust.clear();
    HERALD_ASSIGN_OR_RETURN(const Clusters::Cluster* written,
                            around_.clusters.For(home));
    places_.push_back({space, settings.kubeconfig.empty(),
                       std::make_unique<kubernetes::Publisher>(
                           *written->api, around_.log, around_.metrics)});
    options.own_gone = [publisher = places_.back().publisher.get()] {
      publisher->PublishAgain();
    };
    AskForTopology(*written->api);
  }
  directory.Add(std::make_unique<kubernetes::KubernetesSource>(
      *cluster->api, around_.metrics, std::move(options)));
  return absl::OkStatus();
}

Status Membership::AddEtcd(const EtcdSettings& settings,
                           discovery::Directory& directory) {
  HERALD_ASSIGN_OR_RETURN(auto place,
                          EtcdPlace::Open({.loop = around_.loop,
                                           .random = around_.random,
                                           .log = around_.log,
                                           .metrics = around_.metrics},
                                          settings, OwnName()));
  directory.Add(place->MakeSource());
  around_.etcds.push_back(std::move(place));
  return absl::OkStatus();
}

StatusOr<Address> Membership::OwnAddress(const Address& mesh) const {
  if (!IsAny(mesh)) return mesh;
  std::string ip = around_.config.pod.ip;
  if (ip.find(':') != std::string::npos) ip = "[" + ip + "]";
  StatusOr<Address> address =
      Address::Parse(ip + ":" + std::to_string(mesh.port()));
  if (!ip.empty() && address.ok() && !address->is_unix()) return *address;
  for (const auto& etcd : around_.etcds) {
    if (auto side = etcd->OwnSide()) return side->WithPort(mesh.port());
  }
  return InvalidArgument(
      around_.config.file +
      ": others are to be told an address of ours, and 'mesh' listens on all "
      "of them; set POD_IP, or write listen: {mesh: IP:PORT}");
}

Status Membership::Publish(discovery::Endpoint self) {
  const bool in_etcd =
      std::any_of(around_.etcds.begin(), around_.etcds.end(),
                  [](const auto& etcd) { return etcd->publishes(); });
  if (places_.empty() && !in_etcd) return absl::OkStatus();
  HERALD_ASSIGN_OR_RETURN(self.address, OwnAddress(self.address));
  self_ = std::move(self);
  Tell();
  return absl::OkStatus();
}

// What the configuration says of the site holds; the node fills the gaps.
void Membership::Tell() {
  const kubernetes::Pod& pod = around_.config.pod;
  discovery::Endpoint self = self_;
  Site site = self.site;
  auto fill = [](std::optional<std::string>& fact, const std::string& first,
                 const std::string& second) {
    if (fact) return;
    const std::string& text = first.empty() ? second : first;
    if (!text.empty()) fact = text;
  };
  fill(site.region, pod.region, topology_.region);
  fill(site.zone, pod.zone, topology_.zone);
  self.site = std::move(site);
  for (Place& place : places_) {
    place.publisher->Publish({.name = OwnName(),
                              .space = place.space,
                              .pod_name = pod.name,
                              .pod_uid = place.of_pod ? pod.uid : "",
                              .endpoint = self});
  }
  for (const auto& etcd : around_.etcds) etcd->Publish(self);
}

void Membership::AskForTopology(const kubernetes::Api& api) {
  const kubernetes::Pod& pod = around_.config.pod;
  if (asked_ || pod.node.empty() ||
      (!pod.region.empty() && !pod.zone.empty())) {
    return;
  }
  asked_ = std::make_unique<kubernetes::NodeTopology>(
      api, pod.node, [this](const StatusOr<kubernetes::Topology>& told) {
        if (!told.ok()) {
          around_.log.Info("no_topology", {{"node", around_.config.pod.node},
                                           {"why", Message(told.status())}});
          return;
        }
        topology_ = *told;
        if (self_.address.length() != 0) Tell();
      });
}

void Membership::SetReady(bool ready) {
  for (Place& place : places_) place.publisher->SetReady(ready);
  if (ready) return;
  for (const auto& etcd : around_.etcds) etcd->Withdraw();
}

void Membership::SetPolicyHash(const std::string& hash) {
  for (Place& place : places_) place.publisher->SetPolicyHash(hash);
}

bool Membership::settled() const {
  return std::all_of(
             places_.begin(), places_.end(),
             [](const Place& place) { return place.publisher->settled(); }) &&
         std::all_of(around_.etcds.begin(), around_.etcds.end(),
                     [](const auto& etcd) { return etcd->settled(); });
}

}  // namespace herald::app
