// SPDX-License-Identifier: Apache-2.0
//
// Calls from our own agents to others. One OutboundCall a call:
//
//   identify -> authorize -> select -> open -> relay -> record
//                  ^                     |
//                  +---- next attempt ---+   refused or never sent; lost: only
//                                            if idempotent; within the budget
//
// and the states it is seen in:
//
//   Choosing --peer picked--> Trying --final head--> Committed --> Over
//      |  ^------ can move -----|                        |
//      +--nobody left--> Answered -----------------------+
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>

#include "core/base/metrics.h"
#include "sidecar/call/catalogue_watch.h"
#include "sidecar/call/environment.h"
#include "sidecar/call/key_bindings.h"
#include "sidecar/call/origin.h"
#include "sidecar/call/own_hop.h"
#include "sidecar/routing/hedge_clock.h"
#include "sidecar/routing/retry_budget.h"

namespace herald::call {

class InboundCalls;
class OutboundCall;

// Owned by app; `environment` outlives it. One thread.
class OutboundCalls final : public CallHandler {
 public:
  // `inbound`, which takes the calls of peers to our agents, takes those of
  // our agents to each other as well. It outlives this.
  OutboundCalls(Environment& environment, InboundCalls& inbound);
  ~OutboundCalls() override;

  void OnCall(const Origin& origin, http::RequestHead head,
              std::unique_ptr<http::Stream> stream, bool end) override;

  // Ends those that a Forbid of the program in force newly matches.
  void OnPolicyChange();

  size_t open() const { return calls_.size(); }

  // Those who watch the catalogue.
  CatalogueWatches& watches() { return watches_; }

 private:
  friend class OutboundCall;

  // What the calls to one agent share.
  struct Service {
    routing::RetryBudget retries;
    routing::HedgeClock hedges;
    void OnCall(Time now) {
      retries.OnCall(now);
      hedges.OnCall(now);
    }
  };
  Service& ServiceOf(const std::string& agent);

  // Takes the stream where the request is for a watch of the catalogue.
  bool StartWatch(const Origin& origin, const http::RequestHead& head,
                  std::unique_ptr<http::Stream>& stream);

  // Destroys the call after the running handler.
  void Retire(OutboundCall* call);

  Environment& environment_;
  const InboundCalls& inbound_;
  OwnHop own_hop_;
  Counter& attempts_;
  Counter& repicked_;
  Counter& over_budget_;
  Counter& keyed_repeats_;
  Counter& hedges_;
  Counter& hedges_won_;
  Counter& stripped_;
  Counter& unknown_handles_;
  Counter& cut_;
  Histogram& seconds_;
  std::map<std::string, Service, std::less<>> services_;  // by agent
  KeyBindings bindings_;
  CatalogueWatches watches_;
  std::list<std::unique_ptr<OutboundCall>> calls_;
  std::list<std::unique_ptr<OutboundCall>> retired_;
  // What is posted may run after we are gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace herald::call
