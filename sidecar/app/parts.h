// SPDX-License-Identifier: Apache-2.0
//
// The parts of one sidecar, as members in floor order: what stands above is
// built later and goes earlier. Nothing here decides anything; it only
// connects.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/metrics.h"
#include "core/base/random.h"
#include "core/crypto/random_bytes.h"
#include "core/net/asio_loop.h"
#include "core/net/doorbell.h"
#include "core/net/tls.h"
#include "core/net/udp.h"
#include "discovery/directory.h"
#include "policy/store.h"
#include "sidecar/admin/server.h"
#include "sidecar/app/admin_view.h"
#include "sidecar/app/agent_cards.h"
#include "sidecar/app/bound_sockets.h"
#include "sidecar/app/clusters.h"
#include "sidecar/app/config.h"
#include "sidecar/app/discovery_log.h"
#include "sidecar/app/etcd_place.h"
#include "sidecar/app/membership.h"
#include "sidecar/app/network_moves.h"
#include "sidecar/app/policy_rollout.h"
#include "sidecar/app/policy_source.h"
#include "sidecar/app/sidecar.h"
#include "sidecar/audit/decision_log.h"
#include "sidecar/audit/meters.h"
#include "sidecar/audit/recent_lines.h"
#include "sidecar/call/environment.h"
#include "sidecar/call/inbound.h"
#include "sidecar/call/outbound.h"
#include "sidecar/call/recent_calls.h"
#include "sidecar/identity/renewal.h"
#include "sidecar/identity/source.h"
#include "sidecar/listener/acceptor.h"
#include "sidecar/listener/local_agents.h"
#include "sidecar/transport/inbound_drain.h"
#include "sidecar/transport/peer_pool.h"
#include "sidecar/transport/server.h"
#include "sidecar/transport/stream_server.h"
#include "sidecar/transport/udp_endpoint.h"

namespace herald::app {

class Sidecar::Parts {
 public:
  // Who we are, and who goes on telling.
  struct FirstIdentity {
    net::IdentityPtr identity;
    std::unique_ptr<identity::Source> source;
  };
  Parts(const Config& config, net::AsioLoop& loop, Log& log,
        FirstIdentity first);
  ~Parts();

  Status Start();
  void Drain(std::function<void()> done);

 private:
  Status MakeContexts();
  Status StartPolicy();
  void PrepareMeters(const std::vector<std::string>& names);
  void ShowMeters();
  void StartDecisionLog();
  void ShowDecisionLog();
  void OnDecisionLog(const std::string& why);
  Status StartDiscovery();
  Status PublishSelf();
  Status StartMesh();
  void StartFallBack();
  void MakeEnvironment();
  Status StartListeners();
  Status StartAdmin();
  Status StartHealth();
  void OnSnapshot(const discovery::Snapshot& snapshot,
                  std::span<const std::string> names);
  void ShowDiscovery();
  void StartCards();
  void StartRenewal();
  AdminView::Drained DrainInbound();
  void StepDrain();

  const Config config_;
  net::AsioLoop& loop_;
  Log& log_;

  Random random_;
  Metrics metrics_;
  net::IdentityPtr identity_;
  std::unique_ptr<identity::Source> identity_source_;
  std::unique_ptr<net::TlsContext> server_tls_;
  std::unique_ptr<net::TlsContext> client_tls_;
  Clusters clusters_;
  policy::Store policy_;
  std::unique_ptr<PolicyRollout> rollout_;
  std::unique_ptr<PolicyObjects> policy_objects_;  // may be null
  std::unique_ptr<PolicySource> policy_source_;
  std::unique_ptr<DiscoveryLog> discovery_log_;
  // Rung by the log's thread, so it goes last of the two.
  net::Doorbell decisions_bell_;
  audit::DecisionLog decisions_;
  audit::RecentLines recent_lines_;
  net::Doorbell meters_bell_;
  audit::Meters meters_;
  call::RecentCalls recent_calls_;
  routing::LoadMeter load_;
  crypto::RandomStock secrets_;
  call::Handles handles_;
  call::PeerBook peers_;
  std::vector<std::unique_ptr<EtcdPlace>> etcds_;  // outlive their sources
  discovery::Directory directory_;
  std::unique_ptr<Membership> membership_;

  std::unique_ptr<net::UdpSocket> server_socket_;
  std::unique_ptr<net::UdpSocket> client_socket_;
  std::unique_ptr<transport::UdpEndpoint> server_endpoint_;
  std::unique_ptr<transport::UdpEndpoint> client_endpoint_;
  std::unique_ptr<BoundSockets> bound_sockets_;
  std::unique_ptr<NetworkMoves> network_moves_;
  std::unique_ptr<transport::PeerPool> pool_;
  std::unique_ptr<listener::LocalAgents> local_agents_;
  std::optional<call::Environment> environment_;
  std::unique_ptr<call::InboundCalls> inbound_;
  std::unique_ptr<call::OutboundCalls> outbound_;
  std::unique_ptr<transport::Server> mesh_server_;
  std::unique_ptr<transport::StreamServer> stream_server_;  // may be null
  std::unique_ptr<transport::InboundDrain> inbound_drain_;
  std::unique_ptr<identity::Renewal> renewal_;
  std::unique_ptr<AgentCards> agent_cards_;
  std::unique_ptr<AdminView> admin_view_;
  std::unique_ptr<admin::AdminServer> admin_;
  std::unique_ptr<admin::AdminServer> health_;  // may be null
  // Tells of health until the end, so it does not drain.
  std::unique_ptr<listener::Acceptor> health_acceptor_;
  // The agents' listeners, then the admin page's.
  std::vector<std::unique_ptr<listener::Acceptor>> acceptors_;

  std::function<void()> drained_;
  TimerId drain_timer_ = 0;
  Time drain_until_{};
  Time tell_until_{};
};

}  // namespace herald::app
