// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/context.h"

#include <algorithm>
#include <cmath>

#include "core/base/base64.h"
#include "core/proto/context.pb.h"
#include "core/proto/quiet.h"
#include "sidecar/call/site_facts.h"

namespace herald::call {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

// A deadline longer than this is none; keeps the arithmetic far from overflow.
constexpr uint64_t kMaxTimeoutUs = 366ull * 24 * 3600 * 1000 * 1000;
constexpr double kPermille = 1000;

template <typename Message>
std::string Encode(const Message& message) {
  // Without maps, and from one build, protobuf's output is deterministic.
  return Base64UrlEncode(message.SerializeAsString());
}

// An empty message. One is kept for all calls: cleared, it keeps the memory of
// its parts, which otherwise were a tenth of what a call costs here. The next
// call of this ends the one before.
template <typename Message>
Message& Fresh() {
  static thread_local Message message;
  message.Clear();
  return message;
}

// One for all calls, too.
SiteFacts& Sites() {
  static thread_local SiteFacts sites;
  return sites;
}

// Null: unreadable.
template <typename Message>
const Message* Decode(std::string_view text) {
  auto bytes = Base64UrlDecode(text);
  proto::Quiet quiet;
  Message& message = Fresh<Message>();
  if (!bytes || !message.ParseFromString(*bytes) ||
      message.version() != kContextVersion) {
    return nullptr;
  }
  return &message;
}

}  // namespace

std::string Pack(const CallContext& context) {
  auto& out = Fresh<proto::CallContext>();
  out.set_version(kContextVersion);
  out.set_call_id(context.call_id);
  out.set_agent(context.agent);
  for (const std::string& label : context.labels) out.add_labels(label);
  if (context.purpose) out.set_purpose(*context.purpose);
  if (context.legal_basis) out.set_legal_basis(*context.legal_basis);
  for (const auto& text : context.endorsements) out.add_endorsements(text);
  if (context.skill) out.set_skill(*context.skill);
  if (context.timeout) {
    auto left = duration_cast<microseconds>(*context.timeout).count();
    out.set_timeout_us(static_cast<uint64_t>(left > 0 ? left : 0));
  }
  out.set_hops(context.hops);
  if (context.caller_namespace) {
    out.set_caller_namespace(*context.caller_namespace);
  }
  out.set_caller_site(Sites().Pack(context.caller_site));
  out.set_peer_view(Sites().Pack(context.peer_view));
  for (const RelayNode& relay : context.relays) {
    proto::PathNode* node = out.add_relays();
    node->set_terminates(relay.terminates);
    node->set_site(Sites().Pack(relay.site));
  }
  out.set_attempt(context.attempt);
  for (const std::string& name : context.passed) out.add_passed(name);
  if (context.repeats) {
    out.set_repeats_memory(context.repeats->memory);
    // Rounded up: a call must not look younger than it is.
    out.set_repeats_us(static_cast<uint64_t>(
        std::chrono::ceil<microseconds>(context.repeats->age).count()));
  }
  return Encode(out);
}

std::string Pack(const ReplyContext& context) {
  auto& out = Fresh<proto::ReplyContext>();
  out.set_version(kContextVersion);
  out.set_in_flight(context.load.in_flight);
  out.set_limit(context.load.limit);
  if (context.load.ttfb) {
    auto ttfb = duration_cast<microseconds>(*context.load.ttfb).count();
    out.set_ttfb_us(static_cast<uint64_t>(ttfb));
  }
  out.set_draining(context.load.draining);
  out.set_failing_permille(
      static_cast<uint32_t>(std::lround(context.load.failing * kPermille)));
  out.set_not_processed(context.not_processed);
  out.set_own_answer(context.own_answer);
  if (context.memory) {
    out.set_memory(context.memory->id);
    auto reach = duration_cast<microseconds>(context.memory->reach).count();
    out.set_remembers_us(static_cast<uint64_t>(reach > 0 ? reach : 0));
  }
  return Encode(out);
}

std::optional<CallContext> UnpackCall(std::string_view text) {
  const auto* in = Decode<proto::CallContext>(text);
  if (in == nullptr) return std::nullopt;
  CallContext out;
  out.call_id = in->call_id();
  out.agent = in->agent();
  out.labels.assign(in->labels().begin(), in->labels().end());
  if (in->has_purpose()) out.purpose = in->purpose();
  if (in->has_legal_basis()) out.legal_basis = in->legal_basis();
  out.endorsements.assign(in->endorsements().begin(), in->endorsements().end());
  if (in->has_skill()) out.skill = in->skill();
  if (in->has_timeout_us() && in->timeout_us() < kMaxTimeoutUs) {
    out.timeout = microseconds(static_cast<int64_t>(in->timeout_us()));
  }
  out.hops = in->hops();
  if (in->has_caller_namespace()) out.caller_namespace = in->caller_namespace();
  auto caller_site = Sites().Unpack(in->caller_site());
  auto peer_view = Sites().Unpack(in->peer_view());
  if (!caller_site || !peer_view) return std::nullopt;
  out.caller_site = *std::move(caller_site);
  out.peer_view = *std::move(peer_view);
  for (const proto::PathNode& node : in->relays()) {
    auto site = Sites().Unpack(node.site());
    if (!site) return std::nullopt;
    out.relays.push_back({node.terminates(), *std::move(site)});
  }
  out.attempt = in->attempt();
  out.passed.assign(in->passed().begin(), in->passed().end());
  if (in->has_repeats_memory()) {
    // An age beyond all measure is one that nobody remembers.
    uint64_t age = std::min(in->repeats_us(), kMaxTimeoutUs);
    out.repeats = {in->repeats_memory(),
                   microseconds(static_cast<int64_t>(age))};
  }
  return out;
}

std::optional<ReplyContext> UnpackReply(std::string_view text) {
  const auto* in = Decode<proto::ReplyContext>(text);
  if (in == nullptr) return std::nullopt;
  ReplyContext out;
  out.load.in_flight = in->in_flight();
  out.load.limit = in->limit();
  if (in->has_ttfb_us() && in->ttfb_us() < kMaxTimeoutUs) {
    out.load.ttfb = microseconds(static_cast<int64_t>(in->ttfb_us()));
  }
  out.load.draining = in->draining();
  out.load.failing = std::min(1.0, in->failing_permille() / kPermille);
  out.not_processed = in->not_processed();
  out.own_answer = in->own_answer();
  if (in->has_memory() && in->remembers_us() < kMaxTimeoutUs) {
    out.memory = {in->memory(),
                  microseconds(static_cast<int64_t>(in->remembers_us()))};
  }
  return out;
}

}  // namespace herald::call
