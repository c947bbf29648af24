// SPDX-License-Identifier: Apache-2.0
#include "sidecar/admin/server.h"

#include <utility>

#include "sidecar/admin/index_html.h"

namespace herald::admin {

// One question: collects its body, answers, and is forgotten when both halves
// are over.
class AdminServer::Visit final : public http::StreamEvents {
 public:
  Visit(AdminServer& server, uint64_t id, bool local, http::RequestHead head,
        std::unique_ptr<http::Stream> stream)
      : server_(server),
        id_(id),
        local_(local),
        head_(std::move(head)),
        stream_(std::move(stream)) {
    stream_->SetEvents(this);
  }

  void Finish() {
    if (std::exchange(answered_, true)) return;
    Send(server_.pages_.Get({.method = head_.method,
                             .path = head_.path,
                             .body = body_,
                             .local = local_,
                             .from_a_page = head_.headers.Get("origin") ||
                                            head_.headers.Get("referer")}));
  }

  // http::StreamEvents.
  void OnResponse(http::ResponseHead, bool) override {}
  void OnData(std::string_view data, bool end) override {
    stream_->Consume(data.size());
    if (!answered_) body_ += data;
    if (body_.size() > kBodyMax) {
      body_.clear();
      answered_ = true;
      Send({.status = 413, .body = "a question has at most 1 MiB\n"});
    }
    if (end) Over();
  }
  void OnTrailers(http::Headers) override { Over(); }
  void OnSent(size_t) override {}
  void OnReset(http::Reset) override { server_.Forget(id_); }

  void Over() {
    Finish();
    server_.Forget(id_);
  }

 private:
  void Send(const Answer& answer) {
    http::ResponseHead head;
    head.status = answer.status;
    head.content_length = answer.body.size();
    head.headers.Add("content-type", answer.content_type);
    head.headers.Add("cache-control", "no-store");
    head.headers.Add("x-content-type-options", "nosniff");
    head.headers.Add("content-security-policy", kIndexPolicy);
    if (!answer.allow.empty()) head.headers.Add("allow", answer.allow);
    bool bodiless = head_.method == "HEAD" || answer.body.empty();
    stream_->SendResponse(head, bodiless);
    if (!bodiless) stream_->SendData(answer.body, true);
  }

  AdminServer& server_;
  const uint64_t id_;
  const bool local_;
  const http::RequestHead head_;
  std::unique_ptr<http::Stream> stream_;
  std::string body_;
  bool answered_ = false;
};

AdminServer::AdminServer(EventLoop& loop, AdminSource& source, Metrics& metrics,
                         Pages::Which which)
    : loop_(loop),
      pages_(source, metrics, which),
      self_(std::make_shared<AdminServer*>(this)) {}

AdminServer::~AdminServer() { *self_ = nullptr; }

void AdminServer::OnCall(const call::Origin& origin, http::RequestHead head,
                         std::unique_ptr<http::Stream> stream, bool end) {
  uint64_t id = ++last_visit_;
  auto& visit = visits_[id];
  const bool local = origin.credentials || origin.remote.is_loopback();
  visit = std::make_unique<Visit>(*this, id, local, std::move(head),
                                  std::move(stream));
  if (end) visit->Over();
}

void AdminServer::Forget(uint64_t id) {
  loop_.Post([self = self_, id] {
    if (*self != nullptr) (*self)->visits_.erase(id);
  });
}

}  // namespace herald::admin
