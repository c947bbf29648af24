// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/parts.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "core/base/base64.h"
#include "sidecar/app/file_access.h"
#include "sidecar/call/record.h"
#include "sidecar/transport/stream_fall_back.h"

namespace herald::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Kubernetes gives a pod 30 s by default; five of them are for others.
constexpr Duration kGrace = seconds(25);

// Farewells (GOAWAY, CONNECTION_CLOSE) get this long to leave.
constexpr Duration kFarewell = milliseconds(200);

// And the API servers so long to be told that we leave.
constexpr Duration kTell = seconds(2);

std::vector<std::string> Paths(const std::vector<NamedFile>& files) {
  std::vector<std::string> out;
  for (const NamedFile& file : files) out.push_back(file.path);
  return out;
}

}  // namespace

Sidecar::Parts::Parts(const Config& config, net::AsioLoop& loop, Log& log,
                      FirstIdentity first)
    : config_(config),
      loop_(loop),
      log_(log),
      random_(crypto::RandomSeed()),
      identity_(std::move(first.identity)),
      identity_source_(std::move(first.source)),
      clusters_(loop, random_, log),
      decisions_bell_(loop, [this] { decisions_.Collect(); }),
      decisions_(loop, [this] { decisions_bell_.Ring(); }),
      recent_lines_(decisions_),
      meters_bell_(loop, [this] { meters_.Collect(); }),
      meters_([this] { meters_bell_.Ring(); }),
      peers_(loop),
      directory_([&loop] { return loop.Now(); }) {}

Sidecar::Parts::~Parts() { loop_.Cancel(drain_timer_); }

Status Sidecar::Parts::Start() {
  HERALD_RETURN_IF_ERROR(MakeContexts());
  HERALD_RETURN_IF_ERROR(StartPolicy());
  StartDecisionLog();
  HERALD_RETURN_IF_ERROR(StartMesh());
  HERALD_RETURN_IF_ERROR(StartDiscovery());
  HERALD_RETURN_IF_ERROR(StartListeners());
  HERALD_RETURN_IF_ERROR(StartAdmin());
  HERALD_RETURN_IF_ERROR(PublishSelf());
  StartCards();
  log_.Info("started",
            {{"node", config_.node.name},
             {"identity", identity_->id().text()},
             {"mesh", server_socket_->local().ToString()},
             {"admin", acceptors_.back()->local().ToString()},
             {"policy", std::string(policy_.current()->hash())},
             {"peers", std::to_string(directory_.snapshot()->peers().size())}});
  return absl::OkStatus();
}

Status Sidecar::Parts::MakeContexts() {
  using End = net::TlsContext::End;
  HERALD_ASSIGN_OR_RETURN(
      server_tls_, net::TlsContext::Make(identity_, End::kServer, loop_));
  HERALD_ASSIGN_OR_RETURN(
      client_tls_, net::TlsContext::Make(identity_, End::kClient, loop_));
  return absl::OkStatus();
}

Status Sidecar::Parts::StartPolicy() {
  const PolicySettings& settings = config_.policy_settings;
  HERALD_ASSIGN_OR_RETURN(Signers signers,
                          ReadSigners(Paths(settings.signers)));
  auto file = std::filesystem::path(settings.decision_log.file);
  std::string meters =
      (file.parent_path() / (config_.node.name + ".meters")).string();
  HERALD_RETURN_IF_ERROR(meters_.Open(meters));
  ShowMeters();
  rollout_ = std::make_unique<PolicyRollout>(
      PolicyRollout::Surroundings{.loop = loop_,
                                  .log = log_,
                                  .metrics = metrics_,
                                  .store = policy_,
                                  .hold = settings.hold});
  rollout_->weigh = [this](const policy::Program& before,
                           const policy::Program& after) {
    return environment_ ? recent_calls_.Weigh(before, after, *environment_)
                        : call::Weighing();
  };
  rollout_->changed = [this] {
    if (outbound_) outbound_->OnPolicyChange();
    if (inbound_) inbound_->OnPolicyChange();
    if (membership_) membership_->SetPolicyHash(policy_.current()->hash());
  };
  if (!config_.policies.clusters.empty()) {
    HERALD_ASSIGN_OR_RETURN(
        policy_objects_,
        PolicyObjects::Make(config_.policies.clusters, clusters_, metrics_));
  }
  policy_source_ = std::make_unique<PolicySource>(
      loop_, log_, metrics_, *rollout_,
      PolicySource::Options{.paths = Paths(config_.policies.files),
                            .signers = std::move(signers),
                            .objects = policy_objects_.get(),
                            .prepare_meters = [this](const auto& names) {
                              PrepareMeters(names);
                            }});
  return policy_source_->Start();
}

// A meter that cannot be written refuses the calls that need it, one by one,
// until it can.
void Sidecar::Parts::PrepareMeters(const std::vector<std::string>& names) {
  Status ready = meters_.Prepare(names);
  if (ready.ok()) return;
  log_.Error("no_meters", {{"why", Message(ready)},
                           {"effect",
                            "calls that must be counted are "
                            "refused"}});
}

void Sidecar::Parts::ShowMeters() {
  metrics_.OnCollect([this] {
    for (const auto& [name, count] : meters_.Counts()) {
      Counter& shown = metrics_.counter(
          "herald_policy_meter_total",
          "Calls counted under a meter of policy, over restarts.",
          "meter=\"" + name + "\"");
      shown.Add(count - shown.value());
    }
  });
}

// Where it cannot be written, calls that must be recorded are refused; others
// go on.
void Sidecar::Parts::StartDecisionLog() {
  const DecisionLogConfig& config = config_.policy_settings.decision_log;
  auto gap = [this](uint64_t lost) {
    return call::RenderGap(loop_.WallNow(), config_.node.name, lost);
  };
  Status opened = decisions_.Open(
      {.file = {config.file, config.max_bytes, config.keep},
       .gap_line = gap,
       .on_problem = [this](const std::string& why) { OnDecisionLog(why); }});
  if (!opened.ok()) OnDecisionLog(Message(opened));
  ShowDecisionLog();
}

void Sidecar::Parts::ShowDecisionLog() {
  Counter& lines = metrics_.counter("herald_decision_log_lines_total",
                                    "Lines that the decision log has written.");
  Counter& lost =
      metrics_.counter("herald_decision_log_lost_total",
                       "Lines that the decision log could not keep.");
  Gauge& writable =
      metrics_.gauge("herald_decision_log_writable",
                     "0 while calls that must be recorded are refused.");
  metrics_.OnCollect([this, &lines, &lost, &writable] {
    lines.Add(decisions_.lines() - lines.value());
    lost.Add(decisions_.lost() - lost.value());
    writable.Set(decisions_.writable() ? 1 : 0);
  });
}

void Sidecar::Parts::OnDecisionLog(const std::string& why) {
  if (why.empty()) {
    log_.Info("decision_log_back",
              {{"lost", std::to_string(decisions_.lost())}});
    return;
  }
  log_.Error(
      "decision_log_failed",
      {{"why", why}, {"effect", "calls that must be recorded are refused"}});
}

void Sidecar::Parts::MakeEnvironment() {
  call::Self self{.node = config_.node.name,
                  .identity = identity_->id().text(),
                  .kubernetes_namespace = config_.node.kubernetes_namespace,
                  .site = config_.node.site};
  if (!self.kubernetes_namespace) {
    self.kubernetes_namespace = identity_->id().kubernetes_namespace();
  }
  for (const AgentConfig& agent : config_.agents) {
    self.agents.push_back(agent.agent);
    self.agent_addresses[agent.agent.name] = agent.address.ToString();
    local_agents_->Add({.name = agent.agent.name,
                        .address = agent.address,
                        .protocol = agent.protocol == AgentProtocol::kH2c
                                        ? http::Protocol::kHttp2
                                        : http::Protocol::kHttp1});
  }
  if (!self.agents.empty()) {
    self.endpoint = std::make_shared<const discovery::Endpoint>(
        discovery::Endpoint{.name = self.node,
                            .address = config_.mesh,
                            .identity = self.identity,
                            .site = self.site,
                            .agents = self.agents});
  }
  peers_.SetSelf(self.identity);
  environment_.emplace(call::Environment{
      .loop = loop_,
      .random = random_,
      .metrics = metrics_,
      .decisions = recent_lines_,
      .mesh = *pool_,
      .local = *local_agents_,
      .peers = peers_,
      .load = load_,
      .handles = handles_,
      .snapshot = [this] { return directory_.snapshot(); },
      .program = [this] { return policy_.current(); },
      .secret = [this] { return Base64UrlEncode(secrets_.Take(16)); },
      .self = std::move(self)});
  environment_->recent = &recent_calls_;
  environment_->meters = &meters_;
  environment_->open_calls = config_.limits.open_calls;
  environment_->hedging = config_.hedging;
  environment_->record_all = config_.policy_settings.decision_log.all;
}

Status Sidecar::Parts::StartMesh() {
  HERALD_ASSIGN_OR_RETURN(server_socket_,
                          net::UdpSocket::Bind(loop_, config_.mesh));
  Address any = config_.mesh.WithPort(0);
  HERALD_ASSIGN_OR_RETURN(client_socket_, net::UdpSocket::Bind(loop_, any));
  const transport::TransportOptions options;
  server_endpoint_ = std::make_unique<transport::UdpEndpoint>(
      loop_, *server_socket_, options, metrics_);
  client_endpoint_ = std::make_unique<transport::UdpEndpoint>(
      loop_, *client_socket_, options, metrics_);
  network_moves_ = std::make_unique<NetworkMoves>(
      NetworkMoves::Parts{.loop = loop_,
                          .log = log_,
                          .metrics = metrics_,
                          .snapshot = [this] { return directory_.snapshot(); },
                          .show_peers = [this] { pool_->ProbeAll(); }});
  bound_sockets_ = std::make_unique<BoundSockets>(loop_, metrics_, log_, any);
  pool_ = std::make_unique<transport::PeerPool>(
      transport::PoolParts{
          .loop = loop_,
          .random = random_,
          .endpoint = *client_endpoint_,
          .tls = *client_tls_,
          .events = peers_,
          .metrics = metrics_,
          .log = log_,
          .bound =
              [this](const discovery::Binding& binding) {
                return bound_sockets_->For(binding);
              },
          .fall_back = transport::FallBackOver(loop_, *client_tls_)},
      transport::PoolOptions{});
  local_agents_ =
      std::make_unique<listener::LocalAgents>(loop_, log_, metrics_);
  MakeEnvironment();
  inbound_ = std::make_unique<call::InboundCalls>(*environment_);
  outbound_ = std::make_unique<call::OutboundCalls>(*environment_, *inbound_);
  mesh_server_ = std::make_unique<transport::Server>(
      transport::Server::Parts{
          .loop = loop_,
          .endpoint = *server_endpoint_,
          .tls = *server_tls_,
          .handler = *inbound_,
          .metrics = metrics_,
          .log = log_,
          .report = [this] { return inbound_->PackedReply(true, true); },
          .moved =
              [this](const call::Origin& origin) {
                inbound_->JudgeAgain(origin.identity);
              }},
      transport::ServerOptions{});
  StartFallBack();
  inbound_drain_ = std::make_unique<transport::InboundDrain>(
      *environment_, *mesh_server_, stream_server_.get());
  StartRenewal();
  return absl::OkStatus();
}

void Sidecar::Parts::StartRenewal() {
  renewal_ = std::make_unique<identity::Renewal>(identity::Renewal::Parts{
      .loop = loop_,
      .log = log_,
      .metrics = metrics_,
      .identity = identity_,
      .place = identity_source_->place(),
      .contexts = {server_tls_.get(), client_tls_.get()},
      .review = [this](WallTime now) {
        mesh_server_->Review(now);
        if (stream_server_) stream_server_->Review(now);
        pool_->Review(now);
      }});
  renewal_->Start();
  identity_source_->Listen(*renewal_);
}

// The mesh's second door. Without it peers reach us by UDP alone, as before.
void Sidecar::Parts::StartFallBack() {
  auto server = transport::StreamServer::Open({.loop = loop_,
                                               .tls = *server_tls_,
                                               .handler = *inbound_,
                                               .metrics = metrics_,
                                               .log = log_},
                                              transport::ServerOptions{},
                                              server_socket_->local());
  if (server.ok()) {
    stream_server_ = std::move(*server);
    return;
  }
  log_.Warning("no_tcp_fall_back",
               {{"why", Message(server.status())},
                {"effect", "peers whose UDP is blocked cannot reach us"}});
}

Status Sidecar::Parts::StartDiscovery() {
  membership_ = std::make_unique<Membership>(
      Membership::Surroundings{.loop = loop_,
                               .random = random_,
                               .log = log_,
                               .metrics = metrics_,
                               .config = config_,
                               .clusters = clusters_,
                               .etcds = etcds_});
  HERALD_RETURN_IF_ERROR(membership_->AddSources(directory_));
  directory_.Observe([this](const discovery::SnapshotPtr& snapshot,
                            auto names) { OnSnapshot(*snapshot, names); });
  discovery_log_ = std::make_unique<DiscoveryLog>(log_, metrics_);
  directory_.ObserveStatus([this](const discovery::SourceStatus& status) {
    discovery_log_->OnStatus(status);
  });
  ShowDiscovery();
  directory_.Start();
  return absl::OkStatus();
}

// When calls can come, and again when something about us has changed.
Status Sidecar::Parts::PublishSelf() {
  const call::Self& self = environment_->self;
  membership_->SetPolicyHash(policy_.current()->hash());
  return membership_->Publish({.name = self.node,
                               .address = server_socket_->local(),
                               .identity = self.identity,
                               .site = self.site,
                               .agents = self.agents});
}

Status Sidecar::Parts::StartListeners() {
  listener::Acceptor::Surroundings around{
      .loop = loop_, .handler = *outbound_, .log = log_, .metrics = metrics_};
  for (const AgentListenerConfig& listen : config_.agent_listeners) {
    listener::AcceptorOptions options;
    options.address = listen.address;
    options.agent = listen.agent;
    options.access = listen.access;
    auto acceptor = listener::Acceptor::Open(around, options);
    if (!acceptor.ok()) {
      if (listen.where_possible) continue;
      return acceptor.status();
    }
    acceptors_.push_back(std::move(*acceptor));
  }
  return absl::OkStatus();
}

Status Sidecar::Parts::StartAdmin() {
  admin_view_ = std::make_unique<AdminView>(
      AdminView::Sources{.config = config_,
                         .environment = *environment_,
                         .directory = directory_,
                         .policy = policy_,
                         .policy_source = *policy_source_,
                         .rollout = *rollout_,
                         .recent = recent_lines_,
                         .log = decisions_,
                         .meters = meters_,
                         .renewal = *renewal_,
                         .cards = agent_cards_,
                         .pool = *pool_,
                         .drain = [this] { return DrainInbound(); }});
  admin_ = std::make_unique<admin::AdminServer>(loop_, *admin_view_, metrics_);
  listener::AcceptorOptions options;
  options.address = config_.admin;
  options.setting = "listen.admin";
  options.remote_allowed = true;  // its address is spelt out by the operator
  HERALD_ASSIGN_OR_RETURN(
      auto acceptor,
      listener::Acceptor::Open(
          {.loop = loop_, .handler = *admin_, .log = log_, .metrics = metrics_},
          options));
  acceptors_.push_back(std::move(acceptor));
  return StartHealth();
}

Status Sidecar::Parts::StartHealth() {
  if (!config_.health) return absl::OkStatus();
  health_ = std::make_unique<admin::AdminServer>(loop_, *admin_view_, metrics_,
                                                 admin::Pages::Which::kHealth);
  listener::AcceptorOptions options;
  options.address = *config_.health;
  options.setting = "listen.health";
  options.remote_allowed = true;  // that is what it is for
  HERALD_ASSIGN_OR_RETURN(health_acceptor_,
                          listener::Acceptor::Open({.loop = loop_,
                                                    .handler = *health_,
                                                    .log = log_,
                                                    .metrics = metrics_},
                                                   options));
  return absl::OkStatus();
}

// --- the end

// Those who call our agents are sent elsewhere; our agents' own calls go on.
AdminView::Drained Sidecar::Parts::DrainInbound() {
  if (!inbound_drain_->begun()) {
    log_.Info("draining_inbound",
              {{"calls_in", std::to_string(inbound_->open())}});
    inbound_drain_->Begin();
    membership_->SetReady(false);
  }
  return {.shut = inbound_drain_->shut_since().has_value(),
          .calls_in = inbound_->open(),
          .calls_out = outbound_->open()};
}

void Sidecar::Parts::Drain(std::function<void()> done) {
  if (drained_) return;
  drained_ = std::move(done);
  drain_until_ = loop_.Now() + kGrace;
  tell_until_ = loop_.Now() + kTell;
  outbound_->watches().End();
  DrainInbound();
  log_.Info(
      "draining",
      {{"calls_out", std::to_string(outbound_->open())},
       {"calls_in", std::to_string(inbound_->open())},
       {"grace_s",
        std::to_string(std::chrono::duration_cast<seconds>(kGrace).count())}});
  // All but the last, which is the admin page: it stays to tell.
  for (size_t i = 0; i + 1 < acceptors_.size(); ++i) {
    acceptors_[i]->Drain([] {});
  }
  StepDrain();
}

void Sidecar::Parts::StepDrain() {
  Time now = loop_.Now();
  // Whoever looks us up from now on should not find us; a server that is away
  // is not waited for.
  const bool told = membership_->settled() || now >= tell_until_;
  bool over = told && inbound_drain_->shut_since() && outbound_->open() == 0 &&
              inbound_->open() == 0 && mesh_server_->open_streams() == 0 &&
              (!stream_server_ || stream_server_->open_streams() == 0);
  if (over || now >= drain_until_) {
    log_.Info(
        "drained",
        {{"calls_cut", std::to_string(outbound_->open() + inbound_->open())}});
    pool_->Drain();
    drain_timer_ = loop_.RunAt(now + kFarewell, [this] { drained_(); });
    return;
  }
  drain_timer_ = loop_.RunAt(now + milliseconds(20), [this] { StepDrain(); });
}

}  // namespace herald::app
