// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/client.h"

#include <utility>

#include "core/http/pipe.h"
#include "sidecar/call/fields.h"

namespace herald::simulation {
namespace {

http::RequestHead HeadOf(const CallPlan& plan) {
  http::RequestHead head;
  head.method = plan.method;
  head.scheme = "http";
  head.authority = plan.agent + ".herald";
  head.path = plan.path;
  std::string labels;
  for (const std::string& label : plan.labels) {
    labels += (labels.empty() ? "" : ", ") + label;
  }
  if (!labels.empty()) head.headers.Add("herald-labels", labels);
  if (plan.keyed) {
    head.content_length = plan.request_bytes;
    head.headers.Add("idempotency-key", "call-" + std::to_string(plan.number));
  }
  if (plan.timeout) {
    auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(*plan.timeout);
    head.headers.Add("herald-timeout", std::to_string(left.count()) + "ms");
  }
  return head;
}

// "https://herald.dev/problems/no-peer" -> "no-peer"
std::string TypeOf(const std::string& problem) {
  constexpr std::string_view kMark = "problems/";
  size_t from = problem.find(kMark);
  if (from == std::string::npos) return "unreadable";
  from += kMark.size();
  return problem.substr(from, problem.find('"', from) - from);
}

}  // namespace

Client::Client(EventLoop& loop, CallEntry& entry, const CallPlan& plan)
    : loop_(loop), entry_(entry), plan_(plan), body_(plan.number) {}

Client::~Client() {
  loop_.Cancel(patience_);
  if (!over()) End("caller-died");
}

void Client::Begin(call::CallHandler& sidecar) {
  entry_.began = loop_.Now();
  bool end = plan_.request_bytes == 0;
  http::PipeEnds ends = http::MakePipe(loop_, this, end);
  stream_ = std::move(ends.client);
  if (plan_.leaves_after) {
    patience_ = loop_.RunAt(loop_.Now() + *plan_.leaves_after, [this] {
      patience_ = 0;
      if (!over()) End("left");
    });
  }
  sidecar.OnCall(call::Origin(), HeadOf(plan_), std::move(ends.server), end);
  if (!end) stream_->SendData(BodyOf(plan_.number, plan_.request_bytes), true);
}

void Client::OnResponse(http::ResponseHead head, bool end) {
  if (head.informational()) return;
  status_ = head.status;
  entry_.call_id = head.headers.Get("herald-call-id").value_or("");
  problem_ = head.headers.Get("content-type") == "application/problem+json";
  entry_.returned_labels =
      call::SplitList(head.headers.Joined("herald-labels"));
  if (end) Ended();
}

void Client::OnData(std::string_view data, bool end) {
  stream_->Consume(data.size());
  if (problem_) {
    text_ += data;
  } else {
    body_.Add(data);
  }
  if (end) Ended();
}

void Client::OnTrailers(http::Headers) { Ended(); }

void Client::OnReset(http::Reset) { End("reset"); }

void Client::Ended() {
  if (problem_) {
    entry_.told = text_;
    return End(TypeOf(text_));
  }
  entry_.corrupt = !body_.good() || body_.size() != plan_.response_bytes;
  End(status_ == 200 ? "ok" : "agent-error");
}

void Client::End(std::string outcome) {
  ++entry_.endings;
  entry_.outcome = std::move(outcome);
  entry_.ended = loop_.Now();
  loop_.Cancel(patience_);
  patience_ = 0;
  stream_.reset();
}

}  // namespace herald::simulation
