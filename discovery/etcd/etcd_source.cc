// SPDX-License-Identifier: Apache-2.0
#include "discovery/etcd/etcd_source.h"

#include <algorithm>
#include <utility>

#include "core/base/base64.h"
#include "core/base/check.h"
#include "discovery/etcd/encoding.h"
#include "discovery/etcd/peer_value.h"
#include "discovery/facts.h"

namespace herald::etcd {
namespace {

using Peers = std::vector<discovery::EndpointPtr>;

}  // namespace

EtcdSource::EtcdSource(Api& api, Random& random, Metrics& metrics,
                       EtcdSourceOptions options)
    : api_(api),
      random_(random),
      options_(std::move(options)),
      prefix_(KeyOf(options_.prefix, "")),
      reads_(metrics.counter("herald_etcd_reads_total",
                             "Times that all peers were read from etcd.")),
      events_(metrics.counter("herald_etcd_watch_events_total",
                              "Changes that etcd's watches told.")),
      failures_(metrics.counter(
          "herald_etcd_failures_total",
          "Readings and watches of etcd that failed or broke off.")) {
  status_.source = options_.name;
}

EtcdSource::~EtcdSource() { Stop(); }

void EtcdSource::Start(discovery::SourceSink* sink) {
  HERALD_CHECK(sink_ == nullptr, "a source is started once");
  sink_ = sink;
  Read();
}

void EtcdSource::Stop() {
  api_.loop().Cancel(std::exchange(timer_, 0));
  question_.reset();
  call_.reset();
  sink_ = nullptr;
}

// --- reading all

void EtcdSource::Read() {
  read_.clear();
  names_.clear();
  read_at_ = 0;
  AskPage(prefix_);
}

// Pages are of one revision, so that together they are a state that was.
void EtcdSource::AskPage(const std::string& from) {
  json::Object body{{"key", Base64Encode(from)},
                    {"range_end", Base64Encode(EndOfPrefix(prefix_))},
                    {"limit", kPage}};
  if (read_at_ != 0) body["revision"] = std::to_string(read_at_);
  question_ = api_.Ask(
      "/v3/kv/range", std::move(body),
      [this](StatusOr<json::Object> answer) { OnPage(std::move(answer)); });
}

void EtcdSource::OnPage(StatusOr<json::Object> answer) {
  const auto over = std::move(question_);
  if (!answer.ok()) {
    // The store was compacted between two pages.
    if (answer.status().code() == StatusCode::kOutOfRange) return Compacted();
    return Fail(Message(answer.status()), Next::kRead);
  }
  Status taken = TakePage(*answer);
  if (!taken.ok()) Fail(Message(taken), Next::kRead);
}

Status EtcdSource::TakePage(const json::Object& page) {
  const json::Object* header = ObjectAt(page, "header");
  if (header == nullptr || NumberAt(*header, "revision") == 0) {
    return Unavailable(
        "what answers there is no etcd: a range without a "
        "revision");
  }
  if (read_at_ == 0) read_at_ = NumberAt(*header, "revision");
  std::string last;
  for (const json::Value& item : ListAt(page, "kvs")) {
    auto key = BytesAt(item.get_object(), "key");
    auto value = BytesAt(item.get_object(), "value");
    if (!key || !value) return Unavailable("a key or value is no base64");
    last = *key;
    const std::string name = NameIn(*key);
    if (name.empty()) continue;
    names_.insert(name);
    Peers ways = Parse(name, *value);
    read_.insert(read_.end(), ways.begin(), ways.end());
  }
  if (!FlagAt(page, "more") || last.empty()) {
    FinishRead();
  } else {
    AskPage(last + '\0');
  }
  return absl::OkStatus();
}

void EtcdSource::FinishRead() {
  std::vector<std::string> gone;
  for (const std::string& name : known_) {
    if (!names_.contains(name)) gone.push_back(name);
  }
  std::erase_if(faults_, [this](const auto& fault) {
    return !names_.contains(fault.first);
  });
  known_ = std::exchange(names_, {});
  revision_ = read_at_;
  reads_.Add();
  ++status_.loads;
  sink_->OnChange(std::exchange(read_, {}), std::move(gone));
  Watch();
}

// --- watching

void EtcdSource::Watch() {
  decoder_ = WatchDecoder();
  http_status_ = 0;
  refusal_.clear();
  progress_ = false;
  watch_began_ = api_.loop().Now();
  call_ = api_.Watch({{"key", Base64Encode(prefix_)},
                      {"range_end", Base64Encode(EndOfPrefix(prefix_))},
                      {"start_revision", std::to_string(revision_ + 1)},
                      {"progress_notify", true},
                      {"fragment", true}},
                     *this);
  timer_ = api_.loop().RunAt(watch_began_ + kPatience, [this] {
    timer_ = 0;
    call_.reset();
    Fail("no answer in time", Next::kWatch);
  });
}

void EtcdSource::OnHead(const http::ResponseHead& head) {
  http_status_ = head.status;
}

void EtcdSource::OnBody(std::string_view piece) {
  constexpr size_t kShown = 4096;
  if (http_status_ != 200) {
    refusal_ += piece.substr(0, kShown - std::min(kShown, refusal_.size()));
    return;
  }
  std::vector<WatchMessage> messages;
  Status fed = decoder_.Feed(piece, messages);
  for (const WatchMessage& message : messages) {
    if (!Take(message)) return;
  }
  if (fed.ok()) return;
  call_.reset();
  Fail(Message(fed), Next::kWatch);
}

bool EtcdSource::Take(const WatchMessage& message) {
  if (message.canceled) {
    call_.reset();
    if (message.compact_revision > 0) {
      Compacted();
    } else {
      Fail("etcd ended the watch: " + message.reason, Next::kWatch);
    }
    return false;
  }
  api_.loop().Cancel(std::exchange(timer_, 0));
  progress_ = true;
  // A watch of what is compacted begins, too, before it is canceled.
  if (!message.created) reread_at_once_ = true;
  if (!message.changes.empty()) {
    TakeChanges(message.changes);
    // Of a revision in pieces, those that come again do no harm.
    if (!message.fragment) revision_ = message.changes.back().revision;
  } else if (!message.created) {
    revision_ = std::max(revision_, message.revision);  // nothing up to there
  }
  Tell(true, "");
  return true;
}

void EtcdSource::TakeChanges(const std::vector<Change>& changes) {
  events_.Add(changes.size());
  // The last word on each name counts.
  std::map<std::string, Peers> upserts;
  std::set<std::string> removals;
  for (const Change& change : changes) {
    const std::string name = NameIn(change.key);
    if (name.empty()) {
      const bool own = change.key == prefix_ + options_.own;
      if (own && !change.value && options_.own_is_gone) options_.own_is_gone();
      continue;
    }
    if (!change.value) {
      upserts.erase(name);
      faults_.erase(name);
      if (known_.erase(name) > 0) removals.insert(name);
      continue;
    }
    known_.insert(name);
    Peers ways = Parse(name, *change.value);
    if (ways.empty()) continue;
    removals.erase(name);
    upserts[name] = std::move(ways);
  }
  if (upserts.empty() && removals.empty()) return;
  Peers peers;
  for (auto& [name, ways] : upserts) {
    peers.insert(peers.end(), ways.begin(), ways.end());
  }
  sink_->OnChange(std::move(peers), {removals.begin(), removals.end()});
}

// What we were to go on from is gone; the store's present state is not.
void EtcdSource::Compacted() {
  api_.loop().Cancel(std::exchange(timer_, 0));
  if (std::exchange(reread_at_once_, false)) return Read();
  Fail("the history that we went on from was thrown away (compaction)",
       Next::kRead);
}

void EtcdSource::OnEnd(const Status& how) {
  api_.loop().Cancel(std::exchange(timer_, 0));
  const auto over = std::move(call_);
  if (http_status_ != 0 && http_status_ != 200) {
    const Status refused = StatusOf(http_status_, refusal_);
    api_.ForgetToken();  // should that be why
    return Fail(Message(refused), Next::kRead);
  }
  if (!how.ok()) return Fail(Message(how), Next::kWatch);
  const bool lasted = progress_ && api_.loop().Now() - watch_began_ >= kShort;
  if (lasted) return Watch();
  Fail("the watch ended at once", Next::kWatch);
}

// --- what keys say

std::string EtcdSource::NameIn(const std::string& key) const {
  if (key.compare(0, prefix_.size(), prefix_) != 0) return "";
  std::string name = key.substr(prefix_.size());
  return name == options_.own || !discovery::IsName(name) ? "" : name;
}

Peers EtcdSource::Parse(const std::string& name, const std::string& value) {
  PeerValue read = ReadPeerValue(name, value);
  if (read.fault.empty()) {
    faults_.erase(name);
  } else {
    faults_[name] = std::move(read.fault);
  }
  return std::move(read.ways);
}

// --- how it fares

void EtcdSource::Fail(const std::string& why, Next next) {
  failures_.Add();
  ++status_.failures;
  Tell(false, why);
  Pause(next);
}

void EtcdSource::Pause(Next next) {
  api_.loop().Cancel(timer_);
  const Time now = api_.loop().Now();
  timer_ = api_.loop().RunAt(now + backoff_.Next(now, random_), [this, next] {
    timer_ = 0;
    next == Next::kRead ? Read() : Watch();
  });
}

// Only what is news.
void EtcdSource::Tell(bool ok, const std::string& why) {
  std::string problem = Problem(why);
  const bool news = !std::exchange(told_, true) || ok != status_.ok ||
                    problem != status_.problem;
  if (!news) return;
  status_.ok = ok;
  status_.problem = std::move(problem);
  sink_->OnStatus(status_);
}

std::string EtcdSource::Problem(const std::string& why) const {
  std::string out = why.empty() ? "" : why + "\n";
  if (faults_.empty()) return out;
  out += std::to_string(faults_.size()) + " of " +
         std::to_string(known_.size()) +
         " keys say nothing that can be used:\n";
  size_t named = 0;
  for (const auto& [name, fault] : faults_) {
    if (++named > kMostNamed) break;
    out += fault;
  }
  return out;
}

std::string KeyOf(const std::string& prefix, const std::string& name) {
  return prefix + "peers/" + name;
}

}  // namespace herald::etcd
