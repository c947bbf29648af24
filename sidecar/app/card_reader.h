// SPDX-License-Identifier: Apache-2.0
//
// Reads the card of one agent of ours where it keeps it, now and every minute,
// and sooner while nobody answers: an agent starts beside its sidecar, or comes
// back. What the card says is added to what the configuration says. A page that
// is missing, or is no card, is no trouble; why is shown. Of the addresses in a
// card none is ever called.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/event_loop.h"
#include "core/base/random.h"
#include "core/http/ask.h"
#include "core/http/web.h"
#include "discovery/backoff.h"
#include "discovery/card.h"
#include "discovery/endpoint.h"

namespace herald::app {

// Owned by the app; what it borrows outlives it. One thread.
class CardReader {
 public:
  static constexpr Duration kEvery = std::chrono::seconds(60);
  static constexpr Duration kPatience = std::chrono::seconds(5);

  struct Parts {
    EventLoop& loop;
    Random& random;
    http::Web& web;              // to the agent
    discovery::AgentInfo agent;  // as the configuration has it
    std::string path;            // of the card
    // What is known of the agent is something else now. Never from within
    // Start.
    std::function<void(const discovery::AgentInfo&)> changed;
  };
  explicit CardReader(Parts parts);
  ~CardReader();
  CardReader(const CardReader&) = delete;
  CardReader& operator=(const CardReader&) = delete;

  void Start();

  bool has_card() const { return card_.has_value(); }
  // Why the last reading gave none, for people; empty when it did.
  const std::string& problem() const { return problem_; }

 private:
  void Read();
  void OnAnswer(StatusOr<http::WebAnswer> answer);
  void Take(const http::WebAnswer& answer);
  void Forget();
  void After(Duration wait);

  const Parts parts_;
  discovery::Backoff backoff_;
  discovery::AgentInfo told_;
  std::optional<discovery::AgentCard> card_;
  std::string etag_;
  std::string problem_ = "it was not read yet";
  std::unique_ptr<http::Ask> ask_;
  TimerId timer_ = 0;
};

}  // namespace herald::app
