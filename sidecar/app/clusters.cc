// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/clusters.h"

#include <utility>

#include "sidecar/app/process.h"

namespace herald::app {
namespace {

bool SameServer(const KubernetesSettings& a, const KubernetesSettings& b) {
  return a.kubeconfig == b.kubeconfig && a.context == b.context &&
         a.server == b.server && a.trust == b.trust;
}

net::IdentityFiles Texts(const kubernetes::Access& access) {
  return {.certificate = access.certificate.text,
          .key = access.key.text,
          .trust = access.trust.text};
}

net::IdentityFiles Names(const kubernetes::Access& access) {
  return {.certificate = access.certificate.name,
          .key = access.key.name,
          .trust = access.trust.name};
}

bool SameTexts(const kubernetes::Access& a, const kubernetes::Access& b) {
  return a.trust.text == b.trust.text &&
         a.certificate.text == b.certificate.text && a.key.text == b.key.text;
}

}  // namespace

StatusOr<kubernetes::Access> AccessTo(const KubernetesSettings& settings) {
  const kubernetes::ReadFile read = ProcessFiles();
  StatusOr<kubernetes::Access> access = kubernetes::Access();
  if (settings.kubeconfig.empty()) {
    access = kubernetes::ReadPodAccess(ProcessEnvironment(), read);
  } else {
    HERALD_ASSIGN_OR_RETURN(const std::string text, read(settings.kubeconfig));
    access = kubernetes::ReadKubeconfig(settings.kubeconfig, text,
                                        settings.context, read);
  }
  if (!access.ok()) return access;
  if (!settings.server.empty()) {
    access->server = settings.server;
    access->server_name.clear();
  }
  if (!settings.trust.empty()) {
    HERALD_ASSIGN_OR_RETURN(access->trust.text, read(settings.trust));
    access->trust.name = settings.trust;
  }
  return access;
}

Clusters::Clusters(net::AsioLoop& loop, Random& random, Log& log)
    : loop_(loop), random_(random), log_(log) {}

Clusters::~Clusters() { loop_.Cancel(timer_); }

StatusOr<const Clusters::Cluster*> Clusters::For(
    const KubernetesSettings& settings) {
  for (const auto& known : known_) {
    if (SameServer(known->settings, settings)) return &known->cluster;
  }
  auto known = std::make_unique<Known>();
  known->settings = settings;
  Cluster& cluster = known->cluster;
  HERALD_ASSIGN_OR_RETURN(cluster.access, AccessTo(settings));
  HERALD_ASSIGN_OR_RETURN(auto target,
                          net::WebTarget::Parse(cluster.access.server));
  HERALD_ASSIGN_OR_RETURN(
      cluster.tls,
      net::WebTls::Make(net::WebTls::End::kClient, loop_, Texts(cluster.access),
                        Names(cluster.access)));
  net::WebClientOptions options;
  options.targets = {std::move(target)};
  options.tls = cluster.tls.get();
  options.server_name = cluster.access.server_name;
  cluster.web = std::make_unique<net::WebClient>(loop_, std::move(options));
  cluster.api = std::make_unique<kubernetes::Api>(kubernetes::Api{
      .loop = loop_,
      .random = random_,
      .web = *cluster.web,
      .token = kubernetes::TokenOf(cluster.access, ProcessFiles())});
  known_.push_back(std::move(known));
  if (timer_ == 0) Reread();
  return &known_.back()->cluster;
}

void Clusters::Reread() {
  timer_ = loop_.RunAt(loop_.Now() + kReread, [this] {
    for (const auto& known : known_) Renew(*known);
    Reread();
  });
}

// What cannot be read now was good a minute ago, and stays.
void Clusters::Renew(Known& known) {
  Cluster& cluster = known.cluster;
  StatusOr<kubernetes::Access> access = AccessTo(known.settings);
  if (access.ok() && SameTexts(*access, cluster.access)) return;
  const Status renewed =
      access.ok() ? cluster.tls->Replace(Texts(*access), Names(*access))
                  : access.status();
  const std::string name = NameOf(known.settings);
  if (!renewed.ok()) {
    log_.Error("cluster_access_refused",
               {{"cluster", name}, {"why", Message(renewed)}});
    return;
  }
  cluster.access = *std::move(access);
  log_.Info("cluster_access_renewed", {{"cluster", name}});
}

}  // namespace herald::app
