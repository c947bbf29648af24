// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/keyed_calls.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "sidecar/call/keyed_replay.h"

namespace herald::call {
namespace {

// How long our agent may go on for a caller that is gone.
constexpr Duration kRunsOn = std::chrono::seconds(60);

uint64_t What(const http::RequestHead& head) {
  Fingerprint print;
  print.Add(head.method);
  print.Add(" ");
  print.Add(head.path);
  return print.value();
}

// "Not now": the agent says itself that asking again makes sense.
bool SaysLater(int status) { return status == 429 || status == 503; }

}  // namespace

// The stream that the relay of the first call holds.
class KeyedCalls::Front final : public http::Stream {
 public:
  explicit Front(Run& run) : run_(&run) {}
  ~Front() override;
  void SendResponse(const http::ResponseHead&, bool) override {
    HERALD_CHECK(false, "a client end sends no responses");
  }
  void SendData(std::string_view data, bool end) override;
  void SendTrailers(const http::Headers& trailers) override;
  void Cancel(http::Reset reason) override;
  void Consume(size_t n) override;
  void SetEvents(http::StreamEvents*) override {}

 private:
  Run* run_;  // lives at least as long as we do
};

// The first call at our agent; may outlive its caller.
class KeyedCalls::Run final : public http::StreamEvents {
 public:
  Run(KeyedCalls& owner, SeenCallPtr call, std::shared_ptr<void> held,
      http::StreamEvents* events)
      : owner_(owner),
        call_(std::move(call)),
        held_(std::move(held)),
        events_(events) {}
  ~Run() override { owner_.loop_.Cancel(patience_); }

  // A short request goes to our agent only when it is whole: one that is lost
  // on the way has then touched nothing.
  std::unique_ptr<http::Stream> Start(policy::Permit permit,
                                      const Target& target,
                                      const http::RequestHead& head, bool end) {
    const bool is_short =
        head.content_length &&
        *head.content_length <= owner_.seen_.options().answer_bytes;
    if (end || !is_short || head.expects_continue) {
      if (end) RequestEnded();
      out_ = owner_.agents_.Open(std::move(permit), target, head, end, this);
    } else {
      held_back_ = HeldBack{std::move(permit), target, head, ""};
    }
    return std::make_unique<Front>(*this);
  }
  const http::StreamEvents* events() const { return events_; }
  bool OnItsWay(const SeenCallPtr& call) const {
    return call_ == call && held_back_.has_value();
  }
  // The same call has come again before this one was whole: its connection
  // will hardly live.
  void GiveWay() {
    held_back_.reset();
    owner_.seen_.Forget(*call_);
    over_ = true;
    owner_.loop_.Post([this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired() && events_) events_->OnReset(http::Reset::kRefused);
    });
  }

  // --- from the front
  void SendData(std::string_view data, bool end) {
    body_.Add(data);
    if (held_back_) {
      held_back_->body.append(data);
      if (end) Release(true);
    } else if (out_) {
      out_->SendData(data, end);
    }
    if (end) RequestEnded();
  }
  void SendTrailers(const http::Headers& trailers) {
    if (held_back_) Release(false);
    RequestEnded();
    if (out_) out_->SendTrailers(trailers);
  }
  void Consume(size_t n) {
    owed_ -= n;
    if (out_) out_->Consume(n);
  }
  void LetGo() {
    events_ = nullptr;
    if (over_) return owner_.Retire(this);
    if (held_back_) {
      owner_.seen_.Forget(*call_);
      return Over(SeenCall::State::kUntouched);
    }
    if (!request_ended_) return Stop();  // half a request is none
    if (owed_ > 0) out_->Consume(std::exchange(owed_, 0));
    EventLoop& loop = owner_.loop_;
    patience_ = loop.RunAt(loop.Now() + kRunsOn, [this] {
      patience_ = 0;
      Stop();
    });
  }

  // Nobody waits for it any more, or nobody may.
  void Stop() {
    out_.reset();  // cancels it
    if (!over_) Over(SeenCall::State::kBroken);
  }

  // --- from our agent
  void OnResponse(http::ResponseHead head, bool end) override {
    if (!head.informational()) {
      answer_.head = head;
      answering_ = true;
      if (end) Answered();
    }
    if (events_) events_->OnResponse(std::move(head), end);
  }
  void OnData(std::string_view data, bool end) override {
    Keep(data);
    if (end) Answered();
    if (events_) {
      owed_ += data.size();
      events_->OnData(data, end);
    } else if (out_) {
      out_->Consume(data.size());
    }
  }
  void OnTrailers(http::Headers trailers) override {
    answer_.trailers = trailers;
    Answered();
    if (events_) events_->OnTrailers(std::move(trailers));
  }
  void OnSent(size_t n) override {
    if (events_) events_->OnSent(n);
  }
  void OnReset(http::Reset reason) override {
    using http::Reset;
    out_.reset();
    const bool untouched =
        !answering_ && (reason == Reset::kNotSent || reason == Reset::kRefused);
    if (untouched) owner_.seen_.Forget(*call_);
    if (!over_) {
      Over(untouched ? SeenCall::State::kUntouched : SeenCall::State::kBroken);
    }
    if (events_) events_->OnReset(reason);
  }

 private:
  // The length was checked by the codec: this is all of it.
  void Release(bool end) {
    HeldBack held = *std::exchange(held_back_, std::nullopt);
    const bool empty = end && held.body.empty();
    out_ = owner_.agents_.Open(std::move(held.permit), held.target, held.head,
                               empty, this);
    if (!empty) out_->SendData(held.body, end);
  }
  void RequestEnded() {
    request_ended_ = true;
    call_->body = body_.value();
    call_->TellWaiters();
  }
  void Keep(std::string_view data) {
    if (over_) return;
    if (answer_.body.size() + data.size() <=
        owner_.seen_.options().answer_bytes) {
      answer_.body.append(data);
      return;
    }
    answer_ = {};
    kept_ = false;
    // Who waits need not wait for the end.
    owner_.seen_.End(*call_, SeenCall::State::kNotKept);
  }
  void Answered() {
    if (over_) return;
    if (!kept_) return Over(SeenCall::State::kNotKept);
    if (SaysLater(answer_.head.status)) owner_.seen_.Forget(*call_);
    owner_.seen_.Answered(*call_, std::move(answer_));
    Leave();
  }
  void Over(SeenCall::State state) {
    owner_.seen_.End(*call_, state);
    Leave();
  }
  void Leave() {
    over_ = true;
    held_.reset();
    if (!events_) owner_.Retire(this);
  }

  KeyedCalls& owner_;
  const SeenCallPtr call_;
  std::shared_ptr<void> held_;
  http::StreamEvents* events_;  // null: the caller is gone
  std::unique_ptr<http::Stream> out_;
  struct HeldBack {
    policy::Permit permit;
    Target target;
    http::RequestHead head;
    std::string body;
  };
  std::optional<HeldBack> held_back_;
  Fingerprint body_;
  bool request_ended_ = false;
  KeptAnswer answer_;
  bool answering_ = false;
  bool kept_ = true;
  bool over_ = false;
  size_t owed_ = 0;  // bytes handed to the caller's side, not consumed there
  TimerId patience_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

KeyedCalls::Front::~Front() { run_->LetGo(); }
void KeyedCalls::Front::SendData(std::string_view data, bool end) {
  run_->SendData(data, end);
}
void KeyedCalls::Front::SendTrailers(const http::Headers& trailers) {
  run_->SendTrailers(trailers);
}
void KeyedCalls::Front::Cancel(http::Reset) { run_->Stop(); }
void KeyedCalls::Front::Consume(size_t n) { run_->Consume(n); }

KeyedCalls::KeyedCalls(EventLoop& loop, NextHop& agents, Metrics& metrics,
                       uint64_t id, SeenCalls::Options options)
    : loop_(loop),
      agents_(agents),
      replayed_(metrics.counter(
          "herald_calls_replayed_total",
          "Calls of peers answered with what the same call got before.")),
      id_(id),
      seen_(loop.Now(), options) {
  metrics.OnCollect([this, &metrics] {
    metrics
        .gauge("herald_idempotency_keys", "Keys of calls that are remembered.")
        .Set(static_cast<double>(seen_.size()));
  });
}

KeyedCalls::~KeyedCalls() = default;

bool KeyedCalls::Knows(const SeenKey& key) {
  SeenCallPtr call = seen_.Find(key, loop_.Now());
  return call != nullptr && OnItsWay(call) == nullptr;
}

KeyedCalls::Run* KeyedCalls::OnItsWay(const SeenCallPtr& call) {
  for (const auto& run : runs_) {
    if (run->OnItsWay(call)) return run.get();
  }
  return nullptr;
}

std::unique_ptr<http::Stream> KeyedCalls::Open(Ask ask, policy::Permit permit,
                                               const Target& target,
                                               const http::RequestHead& head,
                                               bool end) {
  SeenCallPtr first = seen_.Find(ask.key, loop_.Now());
  if (Run* half = first ? OnItsWay(first) : nullptr) {
    half->GiveWay();
    first = nullptr;
  }
  if (first) {
    replayed_.Add();
    return std::make_unique<KeyedReplay>(
        KeyedReplay::Parts{loop_, std::move(first), What(head), ask.events,
                           std::move(ask.refused)},
        end);
  }
  SeenCallPtr call = seen_.Begin(std::move(ask.key), What(head), loop_.Now());
  runs_.push_back(std::make_unique<Run>(*this, std::move(call),
                                        std::move(ask.held), ask.events));
  return runs_.back()->Start(std::move(permit), target, head, end);
}

void KeyedCalls::Cut(const http::StreamEvents* events) {
  for (const auto& run : runs_) {
    if (run->events() == events) return run->Stop();
  }
}

void KeyedCalls::Retire(Run* run) {
  auto its = [run](const auto& each) { return each.get() == run; };
  auto found = std::find_if(runs_.begin(), runs_.end(), its);
  if (found == runs_.end()) return;
  if (retired_.empty()) {
    loop_.Post([this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) retired_.clear();
    });
  }
  retired_.splice(retired_.begin(), runs_, found);
}

}  // namespace herald::call
