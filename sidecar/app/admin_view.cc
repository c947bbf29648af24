// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/admin_view.h"

#include <utility>

#include "discovery/render_entry.h"
#include "policy/evaluate.h"
#include "policy/explain.h"
#include "sidecar/app/policy_status.h"
#include "sidecar/app/route_view.h"
#include "sidecar/call/authorize.h"
#include "sidecar/call/catalogue.h"
#include "sidecar/call/catalogue_query.h"
#include "sidecar/routing/balancer.h"

namespace herald::app {
namespace {

json::Array Strings(const std::vector<std::string>& texts) {
  json::Array out;
  for (const std::string& text : texts) out.emplace_back(json::View(text));
  return out;
}

std::optional<std::string> Text(const json::Object& from, const char* key) {
  auto text = json::GetString(from, key);
  return text && !text->empty() ? text : std::nullopt;
}

std::vector<std::string> Texts(const json::Object& from, const char* key) {
  std::vector<std::string> out;
  const json::Value* list = from.if_contains(key);
  if (list == nullptr || !list->is_array()) return out;
  for (const json::Value& item : list->get_array()) {
    if (item.is_string()) out.emplace_back(item.get_string());
  }
  return out;
}

json::Value Millis(std::optional<Duration> duration) {
  if (!duration) return nullptr;
  return ToMillis(*duration);
}

json::Array SourcesOf(const DiscoverySettings& discovery) {
  json::Array out;
  for (const SourceSettings& source : discovery.sources) {
    out.emplace_back(json::View(NameOf(source)));
  }
  return out;
}

json::Array Files(const std::vector<NamedFile>& files) {
  json::Array out;
  for (const NamedFile& file : files) {
    out.emplace_back(json::View(file.path));
  }
  return out;
}

json::Array Places(const PolicyPlaces& policies) {
  json::Array out = Files(policies.files);
  for (const KubernetesSettings& cluster : policies.clusters) {
    out.emplace_back(json::View(NameOf(cluster)));
  }
  return out;
}

json::Object RenderIdentity(const IdentitySettings& identity) {
  if (!identity.workload_api.empty()) {
    json::Object out{{"workloadApi", identity.workload_api}};
    if (!identity.hint.empty()) out["hint"] = identity.hint;
    return out;
  }
  return {{"certificate", identity.files.certificate},
          {"key", identity.files.key},
          {"trust", identity.files.trust}};
}

}  // namespace

std::vector<std::string> AdminView::NotReadyBecause() {
  std::vector<std::string> out;
  if (from_.environment.load.draining()) out.emplace_back("draining");
  if (from_.renewal.revoked()) {
    out.push_back("our identity is withdrawn: " + from_.renewal.problem());
  }
  if (!from_.policy_source.problem().empty()) {
    out.push_back("the policy files cannot be used; policy " +
                  std::string(from_.policy.current()->about().short_hash()) +
                  " stays in force");
  }
  if (!from_.policy_source.awaited().empty()) {
    out.push_back(from_.policy_source.awaited());
  }
  for (const auto& status : from_.directory.statuses()) {
    if (status.loads == 0 && !status.ok) {
      out.push_back(status.source + " was never read");
    }
  }
  return out;
}

std::vector<std::string> AdminView::Notices() {
  std::vector<std::string> out;
  if (const auto& held = from_.rollout.held()) {
    out.push_back("policy " +
                  std::string(held->version.program->about().short_hash()) +
                  " is held: it would newly deny " +
                  std::to_string(held->weighing.newly_denied) + " of " +
                  std::to_string(held->weighing.calls) +
                  " calls; see 'herald policy show'");
  }
  if (!from_.renewal.problem().empty() && !from_.renewal.revoked()) {
    out.push_back("a renewed identity cannot be used: " +
                  from_.renewal.problem());
  }
  if (from_.rollout.rolled_back()) {
    out.emplace_back("a rollback is in force until the policy files change");
  }
  if (std::string stale = from_.policy_source.stale(); !stale.empty()) {
    out.push_back("policy objects may be older than the cluster's: " + stale);
  }
  if (!from_.log.problem().empty()) {
    out.push_back("calls that must be recorded are refused: " +
                  from_.log.problem());
  }
  return out;
}

bool AdminView::Allowed(const discovery::Endpoint& peer) const {
  call::CallFacts call;
  call.caller = from_.environment.self.identity;
  call.caller_namespace = from_.environment.self.kubernetes_namespace;
  if (!peer.agents.empty()) call.agent = peer.agents[0].name;
  call.at = from_.environment.loop.WallNow();
  call.Settle(*from_.policy.current());
  auto nodes = call::PathTo(peer, *from_.directory.snapshot());
  policy::Path path{.nodes = nodes, .keys_held_in = peer.site->country};
  return policy::Evaluate(*from_.policy.current(), call.ToQuestion(), path)
      .allowed();
}

json::Object AdminView::Peer(const discovery::Endpoint& peer) const {
  call::Environment& environment = from_.environment;
  routing::PeerState& state = environment.peers.State(peer.name);
  Tier tier = peer.site->tier.value_or(Tier::kCloud);
  routing::WayState& way = environment.peers.WayTo(peer);
  const routing::Score score = routing::ScoreOf(
      {.peer = &state, .tier = tier, .way = &way}, {}, environment.loop.Now());
  json::Array agents;
  for (const auto& agent : peer.agents) {
    agents.emplace_back(json::View(agent.name));
  }
  json::Object out{{"name", json::View(peer.name)},
                   {"way", json::View(peer.way)},
                   {"identity", json::View(peer.identity)},
                   {"address", peer.address.ToString()},
                   {"agents", std::move(agents)},
                   {"site", discovery::RenderSite(peer.site)},
                   {"state", json::View(ToString(way.link()))}};
  out["transport"] = from_.pool.IsOverTcp(peer) ? "tcp" : "quic";
  out["rttMs"] = Millis(way.measured_rtt());
  out["rttVarMs"] =
      way.measured_rtt() ? Millis(way.rtt_variation()) : json::Value(nullptr);
  out["ttfbMs"] = Millis(state.reported_ttfb());
  out["inFlight"] = state.PredictedInFlight();
  out["limit"] = state.limit();
  out["score"] = ToMillis(score.total());
  out["terms"] = RenderTerms(score);
  out["tier"] = json::View(ToString(tier));
  out["allowed"] = Allowed(peer);
  if (const auto* source = from_.directory.SourceOf(peer.name)) {
    out["source"] = source->source;
    out["stale"] = source->stale_since.has_value();
  }
  return out;
}

// Where its card is, and why it has none; null where it is asked for none.
json::Value AdminView::CardOf(const AgentConfig& agent) const {
  const CardReader* reader =
      from_.cards ? from_.cards->Of(agent.agent.name) : nullptr;
  if (reader == nullptr) return nullptr;
  return json::Object{{"path", json::View(agent.card)},
                      {"read", reader->has_card()},
                      {"problem", json::View(reader->problem())}};
}

// Whole ones; nothing while what is known is what the source says.
json::Value AdminView::StaleSeconds(
    const discovery::SourceStatus& status) const {
  if (!status.stale_since) return nullptr;
  const Duration age = from_.environment.loop.Now() - *status.stale_since;
  return std::chrono::duration_cast<std::chrono::seconds>(age).count();
}

json::Value AdminView::Peers() {
  json::Array out;
  for (const auto& peer : from_.directory.snapshot()->peers()) {
    out.push_back(Peer(*peer));
  }
  return out;
}

admin::Explanation AdminView::Agents(std::string_view query) {
  const auto asked = call::ParseCatalogueQuery(query);
  if (!asked.ok()) {
    return {.understood = false,
            .value = json::Object{{"title", "unusable question"},
                                  {"status", 400},
                                  {"detail", Message(asked.status())}}};
  }
  const call::Self& self = from_.environment.self;
  const call::Catalogue catalogue{.snapshot = *from_.directory.snapshot(),
                                  .own = self.agents,
                                  .own_site = self.site,
                                  .own_node = self.node,
                                  .peers = &from_.environment.peers};
  auto document = json::Parse(catalogue.Render(asked->query));
  return {.value = document ? *document : json::Value(nullptr)};
}

json::Value AdminView::Discovery() {
  json::Array out;
  for (const auto& status : from_.directory.statuses()) {
    out.push_back(json::Object{{"source", status.source},
                               {"ok", status.ok},
                               {"staleSeconds", StaleSeconds(status)},
                               {"problem", status.problem},
                               {"loads", status.loads},
                               {"failures", status.failures}});
  }
  return out;
}

admin::Document AdminView::Config() {
  const app::Config& config = from_.config;
  json::Array agents;
  for (const AgentConfig& agent : config.agents) {
    agents.push_back(json::Object{
        {"name", json::View(agent.agent.name)},
        {"address", agent.address.ToString()},
        {"protocol", agent.protocol == AgentProtocol::kH2c ? "h2c" : "http1"},
        {"skills", Strings(agent.agent.skills)},
        {"idempotent", Strings(agent.agent.idempotent)},
        {"card", CardOf(agent)}});
  }
  json::Array listeners;
  for (const AgentListenerConfig& listener : config.agent_listeners) {
    json::Object one{{"address", listener.address.ToString()}};
    if (listener.agent) one["agent"] = *listener.agent;
    listeners.push_back(std::move(one));
  }
  const call::Self& self = from_.environment.self;
  json::Object node{{"name", json::View(self.node)},
                    {"identity", json::View(self.identity)},
                    {"site", discovery::RenderSite(self.site)}};
  if (self.kubernetes_namespace) node["namespace"] = *self.kubernetes_namespace;
  json::Object out{
      {"file", config.file},
      {"node", std::move(node)},
      {"identity", RenderIdentity(config.identity)},
      {"agents", std::move(agents)},
      {"listen", json::Object{{"agents", std::move(listeners)},
                              {"mesh", config.mesh.ToString()},
                              {"admin", config.admin.ToString()}}},
      {"discovery", SourcesOf(config.discovery)},
      {"policy", Places(config.policies)},
      {"policySigners", Files(config.policy_settings.signers)},
      {"policyHold",
       json::Object{{"share", config.policy_settings.hold.share},
                    {"calls", config.policy_settings.hold.calls}}},
      {"decisionLog",
       json::Object{{"file", config.policy_settings.decision_log.file},
                    {"maxBytes", config.policy_settings.decision_log.max_bytes},
                    {"keep", config.policy_settings.decision_log.keep},
                    {"all", config.policy_settings.decision_log.all}}},
      {"limits", json::Object{{"openCalls", config.limits.open_calls}}},
      {"policyHash", json::View(from_.policy.current()->hash())}};
  return {"application/json", json::Pretty(out)};
}

// Each text under a comment that names its file.
admin::Document AdminView::Policy() {
  std::string texts;
  for (const policy::SourceText& text : from_.rollout.present().texts) {
    texts += "# " + text.name + "\n---\n" + text.text + "\n";
  }
  return {"application/yaml",
          "# in force: " + from_.policy.current()->hash() + "\n" + texts};
}

admin::Explanation AdminView::Explain(const json::Value& question) {
  const json::Object* asked = question.if_object();
  auto agent = asked ? Text(*asked, "agent") : std::nullopt;
  if (!agent) {
    return {.understood = false,
            .value = json::Object{{"title", "unusable question"},
                                  {"status", 400},
                                  {"detail",
                                   "an object with at least "
                                   "\"agent\" is expected"}}};
  }
  call::CallFacts call;
  call.agent = *agent;
  call.caller =
      Text(*asked, "caller").value_or(from_.environment.self.identity);
  call.caller_namespace = from_.environment.self.kubernetes_namespace;
  if (auto id = SpiffeId::Parse(call.caller); id.ok()) {
    auto named = id->kubernetes_namespace();
    if (named) call.caller_namespace = named;
  }
  call.skill = Text(*asked, "skill");
  call.said = Texts(*asked, "labels");
  call.purpose = Text(*asked, "purpose");
  call.legal_basis = Text(*asked, "legalBasis");
  call.claimed = Texts(*asked, "endorsements");
  call.at = from_.environment.loop.WallNow();
  call.Settle(*from_.policy.current());

  const auto& snapshot = *from_.directory.snapshot();
  const policy::Program& program = *from_.policy.current();
  std::string text;
  json::Array candidates;
  bool permitted = false;
  std::optional<policy::NearestCandidate> nearest;
  for (const auto& peer : snapshot.Serving(*agent)) {
    auto nodes = call::PathTo(*peer, snapshot);
    policy::Path path{.nodes = nodes, .keys_held_in = peer->site->country};
    auto why = policy::Explain(program, call.ToQuestion(), path);
    auto failed = policy::FailedAtoms(program, call.ToQuestion(), path);
    bool allows = why.verdict == policy::Verdict::kPermit;
    permitted = permitted || allows;
    text += peer->name + ": " + policy::Render(why);
    candidates.push_back(
        json::Object{{"peer", json::View(peer->name)},
                     {"verdict", json::View(policy::ToString(why.verdict))},
                     {"rules", Strings(why.deciding)},
                     {"failed", Strings(failed)}});
    if (!nearest || failed.size() < nearest->failed.size()) {
      nearest = {peer->name, std::move(failed)};
    }
  }
  if (candidates.empty()) text = "no peer serves '" + *agent + "'\n";
  json::Value closest(nullptr);
  if (!permitted && nearest) {
    closest = json::Object{{"peer", json::View(nearest->peer)},
                           {"failed", Strings(nearest->failed)}};
  }
  return {.value = json::Object{{"agent", json::View(*agent)},
                                {"verdict", permitted ? "Permit" : "Deny"},
                                {"policy", json::View(program.hash())},
                                {"candidates", std::move(candidates)},
                                {"nearest", std::move(closest)},
                                {"text", text}}};
}

admin::Explanation AdminView::Route(const json::Value& question) {
  return ExplainRoute(from_.environment, *from_.directory.snapshot(),
                      *from_.policy.current(), question);
}

json::Value AdminView::PolicyStatus() {
  return RenderPolicyStatus({.rollout = from_.rollout,
                             .source = from_.policy_source,
                             .meters = from_.meters,
                             .recent = *from_.environment.recent,
                             .log = from_.log,
                             .metrics = from_.environment.metrics,
                             .now = from_.environment.loop.WallNow()});
}

bool AdminView::MayChange(bool local) {
  return local || from_.config.admin_changes == AdminChanges::kAnybody;
}

admin::Change AdminView::Rollback(const std::string& to) {
  const std::string before = from_.policy.current()->hash();
  Status done = from_.rollout.Rollback(to);
  if (done.ok()) {
    return {200, json::Object{{"hash", from_.policy.current()->hash()},
                              {"before", before}}};
  }
  const int status = done.code() == StatusCode::kNotFound ? 404 : 409;
  return {status, json::Object{{"type", "about:blank"},
                               {"title", "no rollback"},
                               {"status", status},
                               {"detail", Message(done)}}};
}

admin::Change AdminView::Drain() {
  const Drained drained = from_.drain();
  return {200, json::Object{{"draining", true},
                            {"shut", drained.shut},
                            {"callsIn", drained.calls_in},
                            {"callsOut", drained.calls_out}}};
}

json::Value AdminView::Decisions(std::string_view call) {
  json::Array lines;
  std::string key = "\"call\":" + json::Serialize(json::View(call)) + ",";
  for (std::string_view line : from_.recent.With(key)) {
    if (auto parsed = json::Parse(line)) lines.push_back(std::move(*parsed));
  }
  if (lines.empty()) return nullptr;
  return json::Object{{"lines", std::move(lines)}};
}

}  // namespace herald::app
