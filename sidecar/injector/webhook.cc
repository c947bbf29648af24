// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/webhook.h"

#include <utility>

#include "sidecar/injector/admission.h"

namespace herald::injector {

// One question: collects its body, answers, and is forgotten when both halves
// are over.
class Webhook::Visit final : public http::StreamEvents {
 public:
  Visit(Webhook& owner, uint64_t id, http::RequestHead head,
        std::unique_ptr<http::Stream> stream)
      : owner_(owner),
        id_(id),
        head_(std::move(head)),
        stream_(std::move(stream)) {
    stream_->SetEvents(this);
  }

  void Over() {
    if (!std::exchange(answered_, true)) {
      Send(owner_.Answer(head_.method, head_.path, body_));
    }
    owner_.Forget(id_);
  }

  // http::StreamEvents.
  void OnResponse(http::ResponseHead, bool) override {}
  void OnData(std::string_view data, bool end) override {
    stream_->Consume(data.size());
    if (!answered_) body_ += data;
    if (body_.size() > kMaxReview) {
      body_.clear();
      answered_ = true;
      Send({.status = 413, .body = "a review has at most 8 MiB\n"});
    }
    if (end) Over();
  }
  void OnTrailers(http::Headers) override { Over(); }
  void OnSent(size_t) override {}
  void OnReset(http::Reset) override { owner_.Forget(id_); }

 private:
  void Send(const Page& page) {
    http::ResponseHead head;
    head.status = page.status;
    head.content_length = page.body.size();
    head.headers.Add("content-type", page.content_type);
    const bool bodiless = head_.method == "HEAD" || page.body.empty();
    stream_->SendResponse(head, bodiless);
    if (!bodiless) stream_->SendData(page.body, true);
  }

  Webhook& owner_;
  const uint64_t id_;
  const http::RequestHead head_;
  std::unique_ptr<http::Stream> stream_;
  std::string body_;
  bool answered_ = false;
};

Webhook::Webhook(EventLoop& loop, Log& log, Metrics& metrics, Settings settings)
    : loop_(loop),
      log_(log),
      metrics_(metrics),
      settings_(std::move(settings)),
      self_(std::make_shared<Webhook*>(this)) {}

Webhook::~Webhook() { *self_ = nullptr; }

void Webhook::OnCall(const call::Origin&, http::RequestHead head,
                     std::unique_ptr<http::Stream> stream, bool end) {
  const uint64_t id = ++last_visit_;
  auto& visit = visits_[id];
  visit =
      std::make_unique<Visit>(*this, id, std::move(head), std::move(stream));
  if (end) visit->Over();
}

void Webhook::Forget(uint64_t id) {
  loop_.Post([self = self_, id] {
    if (*self != nullptr) (*self)->visits_.erase(id);
  });
}

Webhook::Page Webhook::Answer(const std::string& method, std::string_view path,
                              const std::string& body) {
  // The API server adds ?timeout=10s.
  path = path.substr(0, path.find('?'));
  const bool mutates = path == "/mutate";
  const bool review = mutates || path == "/validate";
  if (review && method == "POST") return Review(mutates, body);
  const bool reads = method == "GET" || method == "HEAD";
  if (path == "/livez" && reads) return {.body = "alive\n"};
  // It is ready as soon as it answers: it has a certificate and settings, and
  // keeps the last good ones.
  if (path == "/readyz" && reads) return {.body = "ready\n"};
  if (path == "/metrics" && reads) {
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = metrics_.RenderText()};
  }
  return {.status = 404,
          .body =
              "there are POST /mutate, POST /validate, GET /livez, GET "
              "/readyz and GET /metrics\n"};
}

Webhook::Page Webhook::Review(bool mutates, const std::string& body) {
  const auto request = ReadReview(body);
  if (!request.ok()) {
    Count(mutates, "bad_review");
    return {.status = 400, .body = Message(request.status()) + "\n"};
  }
  return {.content_type = "application/json",
          .body = WriteReview(request->uid, Judge(mutates, *request))};
}

AdmissionAnswer Webhook::Judge(bool mutates, const AdmissionRequest& request) {
  AdmissionAnswer answer =
      mutates ? Mutate(request, settings_) : Validate(request, settings_);
  const bool changed = !answer.patch.empty();
  Count(mutates, !answer.allowed            ? "refused"
                 : changed                  ? "injected"
                 : !answer.warnings.empty() ? "warned"
                                            : "passed");
  if (!answer.allowed) {
    log_.Warning("admission_refused",
                 {{"kind", request.kind},
                  {"namespace", request.kubernetes_namespace},
                  {"user", request.user.name},
                  {"why", answer.message}});
  }
  return answer;
}

void Webhook::Count(bool mutates, const char* result) {
  metrics_
      .counter("herald_injector_reviews_total",
               "Reviews of the API server, by what came of them.",
               std::string("webhook=\"") + (mutates ? "mutate" : "validate") +
                   "\",result=\"" + result + "\"")
      .Add();
}

}  // namespace herald::injector
