// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/catalogue_watch.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "core/json/json.h"
#include "sidecar/call/catalogue.h"
#include "sidecar/call/delivery.h"

namespace herald::call {
namespace {

// Bytes on their way to a reader beyond which no more are made.
constexpr size_t kEnough = 64 << 10;

// Readers and what stands between take a silent connection for a dead one; the
// WHATWG's text recommends a comment about every 15 s.
constexpr Duration kSilence = std::chrono::seconds(15);

std::string EventText(std::string_view name, std::string_view data) {
  while (!data.empty() && data.back() == '\n') data.remove_suffix(1);
  return "event: " + std::string(name) + "\ndata: " + std::string(data) +
         "\n\n";
}

}  // namespace

// One reader. Destroyed after the last event of its stream.
class CatalogueWatch final : public http::StreamEvents {
 public:
  CatalogueWatch(CatalogueWatches& owner, discovery::AgentQuery query,
                 std::unique_ptr<http::Stream> stream)
      : owner_(owner), query_(std::move(query)), stream_(std::move(stream)) {
    stream_->SetEvents(this);
  }
  ~CatalogueWatch() override { env().loop.Cancel(timer_); }

  void Begin() {
    http::ResponseHead head{.status = 200};
    head.headers.Add("content-type", "text/event-stream");
    head.headers.Add("cache-control", "no-store");
    head.headers.Add("herald-call-id", MakeCallId(env().random));
    stream_->SendResponse(head, false);
    for (const auto& agent : env().self.agents) waiting_.insert(agent.name);
    if (query_.name.empty()) {
      for (std::string& name : env().snapshot()->AgentNames()) {
        waiting_.insert(std::move(name));
      }
    } else {
      waiting_.insert(query_.name);
    }
    Pump();
    StayAwake();
  }

  void Touch(const std::set<std::string, std::less<>>& agents) {
    waiting_.insert(agents.begin(), agents.end());
    Pump();
  }

  void End() {
    stream_->SendData("", true);
    Leave();
  }

  // http::StreamEvents
  void OnResponse(http::ResponseHead, bool) override {}
  void OnData(std::string_view data, bool) override {
    stream_->Consume(data.size());
  }
  void OnTrailers(http::Headers) override {}
  void OnSent(size_t n) override {
    on_the_way_ -= std::min(n, on_the_way_);
    Pump();
  }
  void OnReset(http::Reset) override { Leave(); }

 private:
  Environment& env() { return owner_.environment_; }

  void Pump() {
    while (!over_ && !waiting_.empty() && on_the_way_ < kEnough) {
      const std::string agent =
          std::move(waiting_.extract(waiting_.begin()).value());
      Show(agent);
    }
    if (over_ || listed_ || !waiting_.empty()) return;
    listed_ = true;
    Send(EventText("listed", "{}"));
  }

  // Says what is so of `agent` now, unless that is what was said last.
  void Show(const std::string& agent) {
    const Self& self = env().self;
    const auto snapshot = env().snapshot();
    const auto text = Catalogue{.snapshot = *snapshot,
                                .own = self.agents,
                                .own_site = self.site,
                                .own_node = self.node,
                                .peers = &env().peers}
                          .RenderOne(agent, query_);
    auto said = said_.find(agent);
    if (!text) {
      if (said == said_.end()) return;
      said_.erase(said);
      const json::Object gone{{"name", json::View(agent)}};
      return Send(EventText("removed", json::Serialize(gone)));
    }
    const size_t hash = std::hash<std::string>()(*text);
    if (said != said_.end() && said->second == hash) return;
    said_.insert_or_assign(agent, hash);
    Send(EventText("changed", *text));
  }

  void Send(const std::string& text) {
    on_the_way_ += text.size();
    spoke_ = env().loop.Now();
    stream_->SendData(text, false);
  }

  void StayAwake() {
    timer_ = env().loop.RunAt(env().loop.Now() + kSilence, [this] {
      if (env().loop.Now() - spoke_ >= kSilence && on_the_way_ == 0) {
        Send(":\n\n");
      }
      StayAwake();
    });
  }

  void Leave() {
    if (std::exchange(over_, true)) return;
    owner_.Retire(this);
  }

  friend class CatalogueWatches;
  CatalogueWatches& owner_;
  const discovery::AgentQuery query_;
  std::unique_ptr<http::Stream> stream_;
  std::set<std::string, std::less<>> waiting_;       // agents to be looked at
  std::map<std::string, size_t, std::less<>> said_;  // hash of what was said
  size_t on_the_way_ = 0;
  bool listed_ = false;
  bool over_ = false;
  Time spoke_{};
  TimerId timer_ = 0;
  std::list<std::unique_ptr<CatalogueWatch>>::iterator self_;
};

CatalogueWatches::CatalogueWatches(Environment& environment)
    : environment_(environment) {}

CatalogueWatches::~CatalogueWatches() = default;

void CatalogueWatches::Start(const discovery::AgentQuery& query,
                             std::unique_ptr<http::Stream> stream) {
  if (watches_.empty()) seen_ = environment_.snapshot();
  watches_.push_front(
      std::make_unique<CatalogueWatch>(*this, query, std::move(stream)));
  CatalogueWatch& watch = *watches_.front();
  watch.self_ = watches_.begin();
  watch.Begin();
}

void CatalogueWatches::OnPeers(std::span<const std::string> names) {
  if (watches_.empty()) return;
  // Agents that a peer serves, or did.
  std::set<std::string, std::less<>> agents;
  const auto now = environment_.snapshot();
  for (const std::string& name : names) {
    for (const discovery::Snapshot* snapshot : {&*seen_, &*now}) {
      for (const auto& way : snapshot->WaysTo(name)) {
        for (const auto& agent : way->agents) agents.insert(agent.name);
      }
    }
  }
  seen_ = now;
  Touch(agents);
}

void CatalogueWatches::OnOwnAgents() {
  std::set<std::string, std::less<>> agents;
  for (const auto& agent : environment_.self.agents) agents.insert(agent.name);
  Touch(agents);
}

void CatalogueWatches::Touch(const std::set<std::string, std::less<>>& agents) {
  for (auto watch = watches_.begin(); watch != watches_.end();) {
    auto next = std::next(watch);  // one that ends leaves the list
    (*watch)->Touch(agents);
    watch = next;
  }
}

void CatalogueWatches::End() {
  while (!watches_.empty()) watches_.front()->End();
}

// It may be on the stack still.
void CatalogueWatches::Retire(CatalogueWatch* watch) {
  environment_.loop.Cancel(std::exchange(watch->timer_, 0));
  if (retired_.empty()) {
    environment_.loop.Post([this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) retired_.clear();
    });
  }
  retired_.splice(retired_.begin(), watches_, watch->self_);
  if (watches_.empty()) seen_.reset();
}

}  // namespace herald::call
