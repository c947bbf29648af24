// SPDX-License-Identifier: Apache-2.0
#include "sidecar/identity/workload_source.h"

#include <algorithm>
#include <utility>

namespace herald::identity {
namespace {

constexpr char kPath[] = "/SpiffeWorkloadAPI/FetchX509SVID";
// What proves that a call is no browser's (SPIFFE Workload Endpoint, §6).
constexpr char kSecurityHeader[] = "workload.spiffe.io";

// Of gRPC's statuses those that we tell apart.
constexpr std::string_view kOk = "0";
constexpr std::string_view kPermissionDenied = "7";
constexpr std::string_view kUnimplemented = "12";

// As often a withdrawal is said before it is believed.
constexpr int kBelieved = 2;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// `grpc-message` is percent-encoded; what does not decode stays as it is.
std::string Decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size();
    const int high = escape ? HexDigit(text[i + 1]) : -1;
    const int low = escape ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

}  // namespace

WorkloadSource::WorkloadSource(Parts parts)
    : parts_(std::move(parts)), random_(parts_.seed) {
  choice_.hint = parts_.hint;
}

WorkloadSource::~WorkloadSource() { parts_.loop.Cancel(timer_); }

void WorkloadSource::Listen(SourceEvents& events) {
  if (std::exchange(events_, &events) == nullptr) Ask();
}

void WorkloadSource::Ask() {
  http::WebRequest request;
  request.head.method = "POST";
  request.head.path = kPath;
  request.head.trailers_ok = true;
  request.head.headers.Add("content-type", "application/grpc");
  request.head.headers.Add(kSecurityHeader, "true");
  request.body = GrpcFrame("");
  frames_ = GrpcFrames();
  status_problem_.clear();
  denied_ = false;
  call_ = parts_.web->Start(std::move(request), *this);
}

void WorkloadSource::AskLater() {
  call_.reset();
  // Full jitter: a node's sidecars must not come back to its agent at once.
  const auto within = static_cast<uint64_t>(back_off_.count());
  const Duration wait(static_cast<int64_t>(random_.Below(within)));
  back_off_ = std::min(back_off_ * 2, kLongestBackOff);
  timer_ = parts_.loop.RunAt(parts_.loop.Now() + wait, [this] {
    timer_ = 0;
    Ask();
  });
}

void WorkloadSource::OnHead(const http::ResponseHead& head) {
  if (head.status != 200) {
    status_problem_ = parts_.place + ": answers with HTTP status " +
                      std::to_string(head.status) +
                      ", which a Workload API does not";
  }
  TakeStatus(head.headers);
}

void WorkloadSource::OnBody(std::string_view piece) {
  if (!status_problem_.empty()) return;  // no gRPC
  frames_.Feed(piece);
  while (true) {
    auto message = frames_.Next();
    if (!message.ok()) {
      AskLater();
      Unreachable(parts_.place + ": " + Message(message.status()));
      return;
    }
    if (!message->has_value()) return;
    OnMessage(**message);
    if (call_ == nullptr) return;
  }
}

void WorkloadSource::OnMessage(const std::string& message) {
  auto identity =
      IdentityOf(message, choice_, parts_.place, parts_.loop.WallNow());
  if (identity.ok()) {
    choice_.id = (*identity)->id().text();
    withdrawals_ = 0;
    told_.clear();
    back_off_ = kFirstBackOff;
    events_->OnIdentity(*std::move(identity));
  } else if (identity.status().code() == StatusCode::kNotFound) {
    // The stream says so only once; so it is asked anew.
    AskLater();
    Withdrawn(Message(identity.status()));
  } else {
    events_->OnRefused(Message(identity.status()));
  }
}

void WorkloadSource::TakeStatus(const http::Headers& fields) {
  const auto status = fields.Get("grpc-status");
  if (!status || *status == kOk) return;
  denied_ = *status == kPermissionDenied;
  const std::string said = Decoded(fields.Get("grpc-message").value_or(""));
  if (denied_) {
    status_problem_ = parts_.place +
                      ": has no identity for this process; register it there "
                      "(it says: " +
                      said + ")";
  } else if (*status == kUnimplemented) {
    status_problem_ = parts_.place + ": does not offer X.509-SVIDs (" + said +
                      "); is it a SPIFFE Workload API?";
  } else {
    status_problem_ = parts_.place + ": ended with gRPC status " +
                      std::string(*status) + ": " + said;
  }
}

void WorkloadSource::OnEnd(const Status& how) {
  std::string why = status_problem_;
  if (why.empty()) {
    why = how.ok() ? parts_.place + ": closed the stream" : Message(how);
  }
  const bool denied = denied_;
  AskLater();
  if (denied) {
    Withdrawn(why);
  } else {
    Unreachable(why);
  }
}

void WorkloadSource::Withdrawn(const std::string& why) {
  // Who never had one cannot lose it.
  if (choice_.id.empty() || ++withdrawals_ < kBelieved) {
    return Unreachable(why);
  }
  if (withdrawals_ == kBelieved) events_->OnRevoked(why);
}

void WorkloadSource::Unreachable(const std::string& why) {
  if (told_ != why) events_->OnUnreachable(told_ = why);
}

}  // namespace herald::identity
