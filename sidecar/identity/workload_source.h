// SPDX-License-Identifier: Apache-2.0
//
// Our identity from a SPIFFE Workload API (a SPIRE agent, or another that
// speaks it): one call of gRPC, FetchX509SVID, whose answer never ends. Each
// message is the whole state.
//
//   asking --message--> listening --message--> listening
//     ^                     |
//     +---- back-off -------+   ended, lost, nonsense: what we have holds
//     |                     |
//     +---- back-off -------+   PermissionDenied, or a state without us: told
//                               as a revocation when it is said twice
//
// Twice, because an agent that was just started may not know its own entries
// yet.
#pragma once

#include <memory>
#include <string>

#include "core/base/event_loop.h"
#include "core/base/random.h"
#include "core/http/web.h"
#include "sidecar/identity/grpc_frames.h"
#include "sidecar/identity/source.h"
#include "sidecar/identity/svids.h"

namespace herald::identity {

class WorkloadSource final : public Source, private http::WebEvents {
 public:
  static constexpr Duration kFirstBackOff = std::chrono::milliseconds(500);
  static constexpr Duration kLongestBackOff = std::chrono::seconds(30);

  struct Parts {
    EventLoop& loop;
    std::unique_ptr<http::Web> web;  // speaks HTTP/2 to the socket
    std::string place;               // "unix:/run/spire/agent.sock"
    std::string hint;                // of the SVID that is ours; empty: first
    uint64_t seed;                   // of the back-off's jitter
  };
  explicit WorkloadSource(Parts parts);
  ~WorkloadSource() override;

  void Listen(SourceEvents& events) override;
  const std::string& place() const override { return parts_.place; }

 private:
  // http::WebEvents.
  void OnHead(const http::ResponseHead& head) override;
  void OnBody(std::string_view piece) override;
  void OnTrailers(const http::Headers& fields) override { TakeStatus(fields); }
  void OnEnd(const Status& how) override;

  void Ask();
  // Gives the call up and asks again after a while.
  void AskLater();
  void OnMessage(const std::string& message);
  void TakeStatus(const http::Headers& fields);
  void Withdrawn(const std::string& why);
  void Unreachable(const std::string& why);

  Parts parts_;
  Random random_;
  SourceEvents* events_ = nullptr;
  std::unique_ptr<http::WebCall> call_;
  GrpcFrames frames_;
  SvidChoice choice_;
  std::string status_problem_;  // why the server says it ended the call
  bool denied_ = false;         // and that it was for want of an identity
  int withdrawals_ = 0;         // in a row
  std::string told_;            // the last reason for which it is unreachable
  Duration back_off_ = kFirstBackOff;
  TimerId timer_ = 0;
};

}  // namespace herald::identity
