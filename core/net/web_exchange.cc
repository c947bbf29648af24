// SPDX-License-Identifier: Apache-2.0
#include "core/net/web_exchange.h"

#include <utility>

namespace herald::net {
namespace {

// Beyond that a server that takes connections and drops them is reported, not
// asked for ever.
constexpr int kResendsMax = 2;

// A GET, whatever it carries, and what has no body and may be done twice
// (RFC 9110 §9.2.2).
bool Repeatable(const http::WebRequest& request) {
  const std::string& method = request.head.method;
  if (method == "GET") return true;
  return request.body.empty() &&
         (method == "HEAD" || method == "OPTIONS" || method == "DELETE");
}

// The server is there, but what stands behind it is not.
bool Ailing(int status) { return status >= 502 && status <= 504; }

}  // namespace

WebExchange::WebExchange(WebQueue& queue, http::WebRequest request,
                         http::WebEvents& events)
    : queue_(&queue),
      request_(std::move(request)),
      events_(events),
      self_(std::make_shared<WebExchange*>(this)) {}

WebExchange::~WebExchange() {
  *self_ = nullptr;
  if (queue_ != nullptr) queue_->Forget(this);
}

void WebExchange::SendOn(ClientLink& link, const WebTarget& target) {
  target_ = &target;
  link_ = &link;
  on_reused_ = link.has_served();
  http::RequestHead head = request_.head;
  if (head.method.empty()) head.method = "GET";
  head.scheme = target.tls ? "https" : "http";
  if (head.authority.empty()) head.authority = target.authority;
  head.path = target.base + (head.path.empty() ? "/" : head.path);
  const bool bodiless = request_.body.empty();
  if (!bodiless) head.content_length = request_.body.size();
  stream_ = link.Open(head, bodiless, this);
  if (!bodiless) stream_->SendData(request_.body, true);
}

void WebExchange::OnResponse(http::ResponseHead head, bool end) {
  if (head.informational()) return;
  answered_ = true;
  if (Ailing(head.status)) queue_->Distrust(*target_);
  const auto self = self_;
  events_.OnHead(head);
  if (*self != nullptr && end) Finish(absl::OkStatus());
}

void WebExchange::OnData(std::string_view data, bool end) {
  const auto self = self_;
  if (!data.empty()) events_.OnBody(data);
  if (*self == nullptr) return;
  stream_->Consume(data.size());
  if (end) Finish(absl::OkStatus());
}

void WebExchange::OnTrailers(http::Headers trailers) {
  const auto self = self_;
  events_.OnTrailers(trailers);
  if (*self != nullptr) Finish(absl::OkStatus());
}

bool WebExchange::MayGoAgain(http::Reset reason) const {
  if (answered_ || resends_ >= kResendsMax) return false;
  switch (reason) {
    case http::Reset::kNotSent:
    case http::Reset::kRefused:
      return true;
    case http::Reset::kLost:
      return on_reused_ && Repeatable(request_);
    default:
      return false;
  }
}

Status WebExchange::Problem(http::Reset reason) const {
  std::string why;
  switch (reason) {
    case http::Reset::kNotSent:
    case http::Reset::kLost:
      why = "the connection was lost";
      if (!link_->why().empty()) why += " (" + link_->why() + ")";
      break;
    case http::Reset::kProtocol:
    case http::Reset::kTooBig:
      why = "does not answer in HTTP (" + std::string(ToString(reason)) + ")";
      break;
    default:
      why = "broke the request off (" + std::string(ToString(reason)) + ")";
  }
  return Unavailable(target_->text + ": " + why);
}

void WebExchange::OnReset(http::Reset reason) {
  if (reason == http::Reset::kLost || reason == http::Reset::kNotSent) {
    queue_->Distrust(*target_);
  }
  const Status problem = Problem(reason);
  const bool again = MayGoAgain(reason);
  stream_.reset();
  link_ = nullptr;
  ++resends_;
  if (again && queue_->Requeue(this)) return;
  Finish(problem);
}

// The last thing done to us.
void WebExchange::Finish(const Status& how) {
  if (std::exchange(queue_, nullptr) == nullptr) return;
  stream_.reset();
  events_.OnEnd(how);
}

}  // namespace herald::net
