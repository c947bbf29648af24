// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/card_reader.h"

#include <utility>

namespace herald::app {

CardReader::CardReader(Parts parts)
    : parts_(std::move(parts)), told_(parts_.agent) {}

CardReader::~CardReader() { parts_.loop.Cancel(timer_); }

void CardReader::Start() { Read(); }

void CardReader::Read() {
  http::WebRequest request;
  request.head.method = "GET";
  request.head.path = parts_.path;
  request.head.headers.Add("accept", "application/json");
  if (!etag_.empty()) request.head.headers.Add("if-none-match", etag_);
  ask_ = std::make_unique<http::Ask>(
      parts_.web, parts_.loop, std::move(request),
      http::AskLimits{.patience = kPatience, .body_max = discovery::kMaxCard},
      [this](StatusOr<http::WebAnswer> answer) {
        OnAnswer(std::move(answer));
      });
}

void CardReader::OnAnswer(StatusOr<http::WebAnswer> answer) {
  const auto over = std::move(ask_);
  if (!answer.ok()) {
    problem_ = Message(answer.status());
    const bool nobody =
        answer.status().code() != StatusCode::kResourceExhausted;
    // It is not up yet, or comes back soon.
    return After(nobody ? backoff_.Next(parts_.loop.Now(), parts_.random)
                        : kEvery);
  }
  Take(*answer);
  After(kEvery);
}

void CardReader::Take(const http::WebAnswer& answer) {
  if (answer.status == 304) {
    if (card_) problem_.clear();
    return;
  }
  if (answer.status != 200) {
    problem_ = parts_.path + " answers " + std::to_string(answer.status);
    // What it says of itself no more does not hold; an agent that fails is
    // what it was.
    if (answer.status < 500) Forget();
    return;
  }
  StatusOr<discovery::AgentCard> card = discovery::ParseCard(answer.body);
  if (!card.ok()) {
    problem_ = parts_.path + ": " + Message(card.status());
    return;
  }
  problem_.clear();
  etag_ = std::string(answer.headers.Get("etag").value_or(""));
  card_ = *std::move(card);
  discovery::AgentInfo now = discovery::Merged(parts_.agent, *card_);
  if (now == told_) return;
  told_ = std::move(now);
  parts_.changed(told_);
}

void CardReader::Forget() {
  card_.reset();
  etag_.clear();
  if (told_ == parts_.agent) return;
  told_ = parts_.agent;
  parts_.changed(told_);
}

void CardReader::After(Duration wait) {
  parts_.loop.Cancel(timer_);
  timer_ = parts_.loop.RunAt(parts_.loop.Now() + wait, [this] {
    timer_ = 0;
    Read();
  });
}

}  // namespace herald::app
