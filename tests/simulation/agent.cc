// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/agent.h"

#include <cstdlib>
#include <utility>

#include "core/base/check.h"
#include "core/http/pipe.h"

namespace herald::simulation {

// One call at the agent.
class Agent::Task final : public http::StreamEvents {
 public:
  Task(Agent& agent, std::unique_ptr<http::Stream> stream, const CallPlan& plan,
       bool end)
      : agent_(agent),
        stream_(std::move(stream)),
        plan_(plan),
        request_(plan.number) {
    stream_->SetEvents(this);
    DeliveryEntry entry{.call = plan.number,
                        .node = agent.parts_.node,
                        .country = agent.parts_.country,
                        .at = agent.parts_.loop.Now()};
    delivery_ = agent.parts_.journal.deliveries.size();
    agent.parts_.journal.deliveries.push_back(std::move(entry));
    if (plan.answer == CallPlan::Answer::kEarly) {
      Do();
    } else if (end) {
      RequestEnded();
    }
  }
  ~Task() override { agent_.parts_.loop.Cancel(timer_); }

  void OnResponse(http::ResponseHead, bool) override {}
  void OnData(std::string_view data, bool end) override {
    request_.Add(data);
    stream_->Consume(data.size());
    if (end) RequestEnded();
  }
  void OnTrailers(http::Headers) override { RequestEnded(); }
  void OnSent(size_t) override {}
  void OnReset(http::Reset) override { Leave(); }

 private:
  Journal& journal() { return agent_.parts_.journal; }

  void RequestEnded() {
    if (!request_.good() || request_.size() != plan_.request_bytes) {
      journal().deliveries[delivery_].corrupt = true;
    }
    if (plan_.answer != CallPlan::Answer::kEarly) Do();
  }
  // From here on it counts as done, whoever hears of it.
  void Do() {
    CallEntry& call = journal().calls[plan_.number];
    ++call.effects;
    if (agent_.parts_.plant == Plant::kDoesTwice) ++call.effects;
    call.served_by = agent_.parts_.node;
    EventLoop& loop = agent_.parts_.loop;
    timer_ = loop.RunAt(loop.Now() + plan_.think * agent_.slowness_,
                        [this] { Answer(); });
  }
  void Answer() {
    timer_ = 0;
    bool odd = plan_.number % 8 == 1;
    if (agent_.parts_.plant == Plant::kSwallows && odd) return;
    if (plan_.answer == CallPlan::Answer::kBreaksOff) {
      return Break(http::Reset::kLost);
    }
    http::ResponseHead head;
    if (plan_.answer == CallPlan::Answer::kError) head.status = 500;
    std::string labels;
    for (const std::string& label : plan_.answer_labels) {
      labels += (labels.empty() ? "" : ", ") + label;
    }
    if (!labels.empty()) head.headers.Add("herald-labels", labels);
    std::string body = BodyOf(plan_.number, plan_.response_bytes);
    if (plan_.number % 2 == 0) head.content_length = body.size();
    if (agent_.parts_.plant == Plant::kAlters && odd) body[0] ^= 1;
    stream_->SendResponse(head, body.empty());
    if (plan_.answer == CallPlan::Answer::kHalf) {
      stream_->SendData(body.substr(0, body.size() / 2), false);
      return Break(http::Reset::kLost);
    }
    if (!body.empty()) stream_->SendData(body, true);
    Leave();
  }
  void Break(http::Reset reason) {
    stream_->Cancel(reason);
    Leave();
  }
  void Leave() {
    agent_.parts_.loop.Cancel(timer_);
    timer_ = 0;
    if (!std::exchange(over_, true)) agent_.Retire(this);
  }

  Agent& agent_;
  std::unique_ptr<http::Stream> stream_;
  const CallPlan& plan_;
  BodyCheck request_;
  size_t delivery_ = 0;
  TimerId timer_ = 0;
  bool over_ = false;
};

Agent::Agent(Parts parts) : parts_(std::move(parts)) {}

Agent::~Agent() = default;

std::unique_ptr<http::Stream> Agent::Open(policy::Permit, const call::Target&,
                                          const http::RequestHead& head,
                                          bool end,
                                          http::StreamEvents* events) {
  http::PipeEnds ends = http::MakePipe(parts_.loop, events, end);
  if (down_) {
    ends.server->Cancel(http::Reset::kNotSent);
    return std::move(ends.client);
  }
  size_t slash = head.path.rfind('/');
  HERALD_CHECK(slash != std::string::npos, "the workload numbers its paths");
  uint64_t number = std::strtoull(head.path.c_str() + slash + 1, nullptr, 10);
  HERALD_CHECK(number < parts_.plans.size(), "the call was planned");
  // The agent accepts in its own turn, as over a socket.
  auto stream =
      std::make_shared<std::unique_ptr<http::Stream>>(std::move(ends.server));
  Agent* taker = elsewhere_ != nullptr ? elsewhere_ : this;
  parts_.loop.Post(
      [taker, alive = std::weak_ptr<bool>(taker->alive_), stream, number, end] {
        if (!alive.expired()) taker->Take(std::move(*stream), number, end);
      });
  return std::move(ends.client);
}

void Agent::Take(std::unique_ptr<http::Stream> stream, uint64_t number,
                 bool end) {
  tasks_.push_back(std::make_unique<Task>(*this, std::move(stream),
                                          parts_.plans[number], end));
}

void Agent::Retire(Task* task) {
  parts_.loop.Post([this, alive = std::weak_ptr<bool>(alive_), task] {
    if (alive.expired()) return;
    tasks_.remove_if([task](const auto& each) { return each.get() == task; });
  });
}

}  // namespace herald::simulation
