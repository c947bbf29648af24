// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/scene_testing.h"

#include <utility>

#include "core/base/check.h"
#include "policy/program.h"
#include "tests/support/compile_policy.h"

namespace herald::call {
namespace {

constexpr std::string_view kPolicy = R"(
apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: p}
spec:
  rules:
  - id: anything
    effect: Permit
    covers: [unlabelled]
  - id: eu-only
    effect: Permit
    covers: [personal]
    where: {process: {countries: {in: [DE, FR]}}}
  - id: audited
    effect: Permit
    covers: [audited]
    obligations: [{audit: digest}]
  - id: filed
    effect: Permit
    covers: [filed]
    obligations: [{audit: full}]
)";

}  // namespace

Site SiteIn(std::string_view country, std::string_view operator_name) {
  Site site;
  site.country = Country::Parse(country);
  site.tier = Tier::kFarEdge;
  site.operator_name = std::string(operator_name);
  return site;
}

discovery::EndpointPtr Peer(std::string name, std::string_view country,
                            std::vector<discovery::AgentInfo> agents) {
  discovery::Endpoint peer;
  peer.address = *Address::Parse("10.0.0.1:15443");
  peer.identity = "spiffe://acme.example/agent/" + name;
  peer.name = std::move(name);
  peer.site = SiteIn(country);
  peer.agents = std::move(agents);
  return std::make_shared<const discovery::Endpoint>(std::move(peer));
}

http::RequestHead Request(std::string_view method, std::string_view path) {
  http::RequestHead head;
  head.method = method;
  head.scheme = "http";
  head.authority = "summarizer.herald";
  head.path = path;
  return head;
}

std::unique_ptr<http::Stream> FakeNextHop::Open(policy::Permit,
                                                const Target& target,
                                                const http::RequestHead& head,
                                                bool end,
                                                http::StreamEvents* events) {
  auto far = std::make_shared<FarEnd>(/*server=*/false);
  far->Listen(events);
  opened.push_back(
      {target.peer ? target.peer->name : "", target.agent, head, end, far});
  return test::MakeFakeStream(std::move(far));
}

Scene::Scene()
    : program(test::CompilePolicy(std::string(kPolicy))),
      environment{
          .loop = loop,
          .random = random,
          .metrics = metrics,
          .decisions = decisions,
          .mesh = mesh,
          .local = local,
          .peers = peers,
          .load = load,
          .handles = handles,
          .snapshot = [this] { return snapshot; },
          .program = [this] { return program; },
          .secret = [this] { return "handle-" + std::to_string(++secrets); },
          .self = {.node = "planner-0",
                   .identity = "spiffe://acme.example/agent/planner",
                   .site = SiteIn("DE"),
                   .agents = {{.name = "planner", .skills = {"plan"}}}}} {
  discovery::AgentInfo summarizer{.name = "summarizer",
                                  .skills = {"summarize"},
                                  .idempotent = {"POST /sum*"}};
  Know({Peer("sum-de", "DE", {summarizer}), Peer("sum-fr", "FR", {summarizer}),
        Peer("sum-us", "US", {summarizer})});
}

FarEndPtr Scene::Ask(http::RequestHead head, bool end,
                     std::optional<std::string> listener_agent) {
  auto far = std::make_shared<FarEnd>(/*server=*/true);
  Origin origin;
  origin.listener_agent = std::move(listener_agent);
  outbound.OnCall(origin, std::move(head), test::MakeFakeStream(far), end);
  return far;
}

CallContext Scene::Context(std::string_view country,
                           std::string_view operator_name) const {
  CallContext context;
  context.call_id = "AAAAAAAAAAAAAAAAAAAAAA";
  context.agent = "planner";
  context.caller_site = SiteIn(country, operator_name);
  context.peer_view = environment.self.site;
  return context;
}

FarEndPtr Scene::Deliver(http::RequestHead head, bool end) {
  auto far = std::make_shared<FarEnd>(/*server=*/true);
  Origin origin;
  origin.identity = "spiffe://acme.example/agent/caller";
  inbound.OnCall(origin, std::move(head), test::MakeFakeStream(far), end);
  return far;
}

FarEndPtr Scene::Deliver(http::RequestHead head, const CallContext& context,
                         bool end) {
  head.headers.Add(kContextHeader, Pack(context));
  return Deliver(std::move(head), end);
}

void Scene::Know(std::vector<discovery::EndpointPtr> known) {
  uint64_t version = snapshot ? snapshot->version() + 1 : 1;
  snapshot =
      std::make_shared<const discovery::Snapshot>(version, std::move(known));
}

http::ResponseHead OwnAnswer(int status, bool not_processed) {
  http::ResponseHead head{.status = status};
  head.headers.Add(
      kContextHeader,
      Pack(ReplyContext{.not_processed = not_processed, .own_answer = true}));
  return head;
}

}  // namespace herald::call
