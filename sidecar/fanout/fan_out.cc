// SPDX-License-Identifier: Apache-2.0
#include "sidecar/fanout/fan_out.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sidecar/fanout/watcher.h"

namespace herald::fanout {
namespace {

constexpr char kJson[] = "application/json";

Refusal RefusalOf(const Status& status) {
  const bool missing = status.code() == StatusCode::kNotFound;
  return {missing ? 404 : 400, missing ? "NotFound" : "BadRequest",
          Message(status)};
}

Refusal RefusalOf(const AccessAnswer& answer) {
  switch (answer.status) {
    case 401:
      return {401, "Unauthorized", answer.why};
    case 403:
      return {403, "Forbidden", answer.why};
    default:
      return {503, "ServiceUnavailable",
              "the API server cannot be asked whether you may: " + answer.why};
  }
}

// The token of "Bearer TOKEN"; empty where there is none.
std::string TokenOf(const http::RequestHead& head) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view field =
      head.headers.Get("authorization").value_or(std::string_view());
  if (field.substr(0, kBearer.size()) != kBearer) return "";
  return std::string(field.substr(kBearer.size()));
}

}  // namespace

// One request, and the watch that may come of it.
class FanOut::Visit final : public http::StreamEvents {
 public:
  Visit(FanOut& owner, uint64_t id, std::unique_ptr<http::Stream> stream)
      : owner_(owner), id_(id), stream_(std::move(stream)) {
    stream_->SetEvents(this);
  }

  // `end`: the request has no body.
  void Begin(const http::RequestHead& head, bool end) {
    asked_ = end;
    head_only_ = head.method == "HEAD";
    if (head.method != "GET" && !head_only_) {
      return Refuse({405, "MethodNotAllowed", "only lists and watches here"});
    }
    if (const auto page = owner_.Page(head.path)) {
      return Answer(page->status, page->body, "text/plain; charset=utf-8");
    }
    auto question = ParseQuestion(head.path, owner_.random_.Unit());
    if (!question.ok()) return Refuse(RefusalOf(question.status()));
    question_ = *std::move(question);
    const std::string token = TokenOf(head);
    if (token.empty()) {
      return Refuse({401, "Unauthorized", "a bearer token is needed"});
    }
    owner_.reviews_.Ask({token, question_.watch ? "watch" : "list",
                         std::string(question_.kind->plural), question_.space},
                        [alive = alive_](const AccessAnswer& answer) {
                          if (*alive != nullptr) (*alive)->OnAccess(answer);
                        });
  }

  bool watches() const { return watcher_.has_value(); }
  void Pump() {
    if (watcher_) watcher_->Pump();
  }

  // http::StreamEvents.
  void OnResponse(http::ResponseHead, bool) override {}
  void OnData(std::string_view data, bool end) override {
    stream_->Consume(data.size());
    if (end) OnAsked();
  }
  void OnTrailers(http::Headers) override { OnAsked(); }
  void OnSent(size_t n) override {
    if (watcher_) watcher_->OnSent(n);
  }
  void OnReset(http::Reset) override { owner_.Forget(id_); }

  ~Visit() override { *alive_ = nullptr; }

 private:
  const Cache& cache() const { return owner_.CacheOf(*question_.kind); }

  void OnAccess(const AccessAnswer& answer) {
    if (answer.status != 200) return Refuse(RefusalOf(answer));
    if (!cache().ready()) {
      return Refuse({503, "ServiceUnavailable",
                     "the " + std::string(question_.kind->plural) +
                         " have not been listed yet"});
    }
    question_.watch ? Watch() : List();
  }

  void List() {
    const auto version = ListedAt(question_);
    if (version && !cache().EventAfter(*version)) {
      return Refuse({410, "Expired", "the list is too old to go on with"});
    }
    owner_.lists_.Add();
    Answer(200, RenderList(cache(), question_));
  }

  void Watch() {
    std::optional<uint64_t> at;
    if (question_.version) {
      at = cache().EventAfter(*question_.version);
      if (!at) {
        return Refuse({410, "Expired", "too old resource version; list again"});
      }
    }
    http::ResponseHead head;
    head.headers.Add("content-type", kJson);
    stream_->SendResponse(head, false);
    watcher_.emplace(Watcher::Setup{.loop = owner_.loop_,
                                    .cache = cache(),
                                    .question = question_,
                                    .at = at,
                                    .stream = *stream_,
                                    .sent = owner_.events_,
                                    .ended = [this] { OnAnswered(); }});
    Pump();
  }

  void Refuse(const Refusal& refusal) {
    owner_.refused_.Add();
    Answer(refusal.status, RenderRefusal(refusal) + "\n");
  }

  void Answer(int status, const std::string& body, const char* type = kJson) {
    http::ResponseHead head;
    head.status = status;
    head.content_length = body.size();
    head.headers.Add("content-type", type);
    if (status == 503) head.headers.Add("retry-after", "1");
    stream_->SendResponse(head, head_only_);
    if (!head_only_) stream_->SendData(body, true);
    OnAnswered();
  }

  void OnAsked() {
    asked_ = true;
    if (answered_) owner_.Forget(id_);
  }
  void OnAnswered() {
    answered_ = true;
    if (asked_) owner_.Forget(id_);
  }

  FanOut& owner_;
  const uint64_t id_;
  std::unique_ptr<http::Stream> stream_;
  Question question_;
  bool head_only_ = false;
  bool asked_ = false;     // the request is whole
  bool answered_ = false;  // and so is the answer
  std::optional<Watcher> watcher_;
  std::shared_ptr<Visit*> alive_ = std::make_shared<Visit*>(this);
};

FanOut::FanOut(EventLoop& loop, Random& random, http::Web& api,
               Metrics& metrics, FanOutOptions options)
    : loop_(loop),
      random_(random),
      metrics_(metrics),
      reviews_(loop, api),
      lists_(metrics.counter("herald_directory_lists_total",
                             "Lists, or pages of one, that were answered.")),
      events_(metrics.counter("herald_directory_events_total",
                              "Changes that were told to watches.")),
      refused_(metrics.counter("herald_directory_refused_total",
                               "Requests that were answered with an error.")),
      self_(std::make_shared<FanOut*>(this)) {
  for (size_t i = 0; i < Kinds().size(); ++i) {
    caches_.push_back(
        std::make_unique<Cache>(options.events_max, [this] { OnChanged(); }));
  }
  Gauge& open = metrics.gauge("herald_directory_watches", "Open watches.");
  metrics.OnCollect(
      [this, &open] { open.Set(static_cast<double>(watches())); });
}

FanOut::~FanOut() { *self_ = nullptr; }

Cache& FanOut::CacheOf(const Kind& kind) {
  return *caches_[static_cast<size_t>(&kind - Kinds().data())];
}

bool FanOut::ready() const {
  return std::all_of(caches_.begin(), caches_.end(),
                     [](const auto& cache) { return cache->ready(); });
}

std::string FanOut::problem() const {
  std::string out;
  for (size_t i = 0; i < caches_.size(); ++i) {
    if (caches_[i]->problem().empty()) continue;
    if (!out.empty()) out += "; ";
    out += std::string(Kinds()[i].plural) + ": " + caches_[i]->problem();
  }
  return out;
}

size_t FanOut::watches() const {
  return static_cast<size_t>(
      std::count_if(visits_.begin(), visits_.end(),
                    [](const auto& visit) { return visit.second->watches(); }));
}

void FanOut::OnCall(const call::Origin&, http::RequestHead head,
                    std::unique_ptr<http::Stream> stream, bool end) {
  const uint64_t id = ++last_visit_;
  auto& visit = visits_[id];
  visit = std::make_unique<Visit>(*this, id, std::move(stream));
  visit->Begin(head, end);
}

// What kubelets and Prometheus ask, who have no token to show.
std::optional<FanOut::Plain> FanOut::Page(std::string_view path) {
  if (path == "/livez") return Plain{200, "ok\n"};
  if (path == "/metrics") return Plain{200, metrics_.RenderText()};
  if (path != "/readyz") return std::nullopt;
  if (ready()) return Plain{200, "ok\n"};
  const std::string why = problem();
  return Plain{503, why.empty() ? "not listed yet\n" : why + "\n"};
}

// Once a turn, however many changes it brought.
void FanOut::OnChanged() {
  if (std::exchange(told_, true)) return;
  loop_.Post([self = self_] {
    if (*self == nullptr) return;
    (*self)->told_ = false;
    for (auto& [id, visit] : (*self)->visits_) visit->Pump();
  });
}

void FanOut::Forget(uint64_t id) {
  loop_.Post([self = self_, id] {
    if (*self != nullptr) (*self)->visits_.erase(id);
  });
}

}  // namespace herald::fanout
