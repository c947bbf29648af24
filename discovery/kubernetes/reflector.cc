// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/reflector.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace herald::kubernetes {
namespace {

using std::chrono::seconds;

constexpr size_t kMaxRefusal = 16 << 10;  // of a body that says why not
constexpr int64_t kMostRetryAfter = 300;  // seconds; more is no request

bool IsGone(const json::Object& status) {
  const json::Value* code = status.if_contains("code");
  return code != nullptr && code->is_int64() && code->get_int64() == 410;
}

// `retry-after` in seconds; a date there is passed over.
Duration RetryAfter(const http::Headers& headers) {
  const auto text = headers.Get("retry-after");
  int64_t value = 0;
  if (!text) return Duration::zero();
  std::from_chars(text->data(), text->data() + text->size(), value);
  return seconds(std::clamp<int64_t>(value, 0, kMostRetryAfter));
}

}  // namespace

Reflector::Reflector(const Api& api, Resource resource, ReflectorSink& sink,
                     Meters meters)
    : api_(api), resource_(std::move(resource)), sink_(sink), meters_(meters) {}

Reflector::~Reflector() { api_.loop.Cancel(timer_); }

void Reflector::Start() { List(); }

std::string Reflector::Query() const {
  std::string out;
  if (!resource_.label_selector.empty()) {
    out += "&labelSelector=" + Escape(resource_.label_selector);
  }
  if (!resource_.field_selector.empty()) {
    out += "&fieldSelector=" + Escape(resource_.field_selector);
  }
  return out;
}

// --- listing

void Reflector::List() {
  continue_.clear();
  pages_ = true;
  sink_.OnListBegin();
  AskPage();
}

void Reflector::AskPage() {
  std::string path = resource_.path + "?";
  if (pages_) path += "limit=" + std::to_string(kPage);
  if (!continue_.empty()) path += "&continue=" + Escape(continue_);
  auto request = MakeRequest(api_, "GET", path + Query());
  if (!request.ok()) return Fail(Message(request.status()), Next::kList);
  ask_ = std::make_unique<http::Ask>(
      api_.web, api_.loop, *std::move(request),
      http::AskLimits{.body_max = kPageBytes},
      [this](StatusOr<http::WebAnswer> answer) { OnPage(std::move(answer)); });
}

void Reflector::OnPage(StatusOr<http::WebAnswer> answer) {
  // It is done, and must not be destroyed before this returns to it.
  const std::unique_ptr<http::Ask> done = std::move(ask_);
  if (!answer.ok()) return Fail(Message(answer.status()), Next::kList);
  if (answer->status == 410 && !continue_.empty()) {
    // The server forgot the version that the pages were of.
    continue_.clear();
    pages_ = false;
    sink_.OnListBegin();
    return AskPage();
  }
  if (answer->status != 200) {
    return Fail(ReasonOf(answer->status, answer->body), Next::kList,
                RetryAfter(answer->headers));
  }
  auto page = json::Parse(answer->body);
  answer->body.clear();
  if (!page || !page->is_object()) {
    return Fail("the list is no JSON object", Next::kList);
  }
  TakePage(page->get_object());
}

void Reflector::TakePage(const json::Object& page) {
  const json::Value* items = page.if_contains("items");
  auto version = TextAt(page, {"metadata", "resourceVersion"});
  if (items == nullptr || !items->is_array() || !version) {
    return Fail("the list has no items or no resourceVersion", Next::kList);
  }
  for (const json::Value& item : items->get_array()) {
    if (item.is_object()) sink_.OnListed(item.get_object());
  }
  continue_ = TextAt(page, {"metadata", "continue"}).value_or("");
  if (!continue_.empty()) return AskPage();
  version_ = *std::move(version);
  ++health_.lists;
  if (meters_.lists != nullptr) meters_.lists->Add();
  sink_.OnListEnd(version_);
  Fresh();
  Watch();
}

// --- watching

void Reflector::Watch() {
  const auto most = static_cast<uint64_t>(
      std::chrono::duration_cast<seconds>(kMostWatch - kLeastWatch).count());
  watch_time_ = kLeastWatch + seconds(api_.random.Below(most + 1));
  const auto lasts = std::chrono::duration_cast<seconds>(watch_time_).count();
  auto request = MakeRequest(
      api_, "GET",
      resource_.path + "?watch=1&allowWatchBookmarks=true&resourceVersion=" +
          Escape(version_) + "&timeoutSeconds=" + std::to_string(lasts) +
          Query());
  if (!request.ok()) return Fail(Message(request.status()), Next::kWatch);
  decoder_ = WatchDecoder();
  status_ = 0;
  refusal_.clear();
  retry_after_ = Duration::zero();
  progress_ = false;
  watch_began_ = api_.loop.Now();
  HoldSilence(kPatience);
  call_ = api_.web.Start(*std::move(request), *this);
}

void Reflector::HoldSilence(Duration patience) {
  api_.loop.Cancel(timer_);
  timer_ = api_.loop.RunAt(api_.loop.Now() + patience, [this] {
    timer_ = 0;
    EndWatch();
    Fail("the server fell silent", Next::kWatch);
  });
}

void Reflector::OnHead(const http::ResponseHead& head) {
  status_ = head.status;
  retry_after_ = RetryAfter(head.headers);
  HoldSilence(watch_time_ + kSilence);
  if (status_ == 200) Fresh();
}

void Reflector::OnBody(std::string_view piece) {
  HoldSilence(watch_time_ + kSilence);
  if (status_ != 200) {
    refusal_ += piece.substr(0, kMaxRefusal - refusal_.size());
    return;
  }
  std::vector<WatchEvent> events;
  const Status fed = decoder_.Feed(piece, events);
  for (const WatchEvent& event : events) {
    if (!Take(event)) return;
  }
  if (fed.ok()) return;
  // What it was about is not known, so only a list tells.
  EndWatch();
  Fail("the watch cannot be read: " + Message(fed), Next::kList);
}

bool Reflector::Take(const WatchEvent& event) {
  if (event.type == WatchEvent::Type::kError) {
    EndWatch();
    if (IsGone(event.object)) {
      Gone();
    } else {
      Fail("the watch ended: " +
               json::GetString(event.object, "message").value_or("no reason"),
           Next::kList);
    }
    return false;
  }
  progress_ = true;
  relist_at_once_ = true;
  Remember(event.object);
  if (event.type == WatchEvent::Type::kBookmark) {
    sink_.OnVersion(version_);
    return true;
  }
  if (meters_.events != nullptr) meters_.events->Add();
  if (event.type == WatchEvent::Type::kDeleted) {
    sink_.OnDeleted(event.object);
  } else {
    sink_.OnChanged(event.object);
  }
  return true;
}

void Reflector::Remember(const json::Object& object) {
  auto version = TextAt(object, {"metadata", "resourceVersion"});
  if (version && !version->empty()) version_ = *std::move(version);
}

void Reflector::OnEnd(const Status& how) {
  const int status = status_;
  const std::string refusal = std::move(refusal_);
  const bool lasted = api_.loop.Now() - watch_began_ >= kShort;
  EndWatch();
  if (how.ok() && status != 200) return Refused(status, refusal);
  if (how.ok() && lasted) relist_at_once_ = true;
  if (progress_ || (how.ok() && lasted)) return Watch();
  Fail(how.ok() ? "the watch ended at once" : Message(how), Next::kWatch);
}

void Reflector::Refused(int status, const std::string& body) {
  if (status == 410) return Gone();
  Fail(ReasonOf(status, body), Next::kWatch, retry_after_);
}

// The server no longer knows our version. One such answer is ordinary; a
// server that gives nothing else is spared.
void Reflector::Gone() {
  if (std::exchange(relist_at_once_, false)) return List();
  Fail("the server forgets faster than we list", Next::kList);
}

void Reflector::EndWatch() {
  call_.reset();
  api_.loop.Cancel(std::exchange(timer_, 0));
}

// --- how it fares

void Reflector::Fresh() {
  if (health_.fresh) return;
  health_.fresh = true;
  health_.problem.clear();
  sink_.OnHealth(health_);
}

void Reflector::Fail(std::string why, Next next, Duration at_least) {
  health_.fresh = false;
  health_.problem = std::move(why);
  ++health_.failures;
  if (meters_.failures != nullptr) meters_.failures->Add();
  Pause(next, at_least);
  sink_.OnHealth(health_);
}

void Reflector::Pause(Next next, Duration at_least) {
  const Time now = api_.loop.Now();
  const Duration wait = std::max(backoff_.Next(now, api_.random), at_least);
  api_.loop.Cancel(timer_);
  timer_ = api_.loop.RunAt(now + wait, [this, next] {
    timer_ = 0;
    next == Next::kList ? List() : Watch();
  });
}

Reflector::Meters MetersFor(Metrics& metrics, const std::string& source) {
  const std::string labels = "source=\"" + source + "\"";
  return {.lists = &metrics.counter(
              "herald_kubernetes_lists_total",
              "Whole lists that were read from an API server.", labels),
          .events = &metrics.counter("herald_kubernetes_watch_events_total",
                                     "Changes that watches told.", labels),
          .failures = &metrics.counter(
              "herald_kubernetes_failures_total",
              "Lists and watches that failed or broke off.", labels)};
}

}  // namespace herald::kubernetes
