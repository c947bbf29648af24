// SPDX-License-Identifier: Apache-2.0
#include "sidecar/fanout/cache.h"

#include <algorithm>
#include <charconv>

#include "discovery/kubernetes/api.h"

namespace herald::fanout {
namespace {

uint64_t VersionOf(const json::Object& object) {
  const auto text = kubernetes::TextAt(object, {"metadata", "resourceVersion"});
  return text ? ParseVersion(*text).value_or(0) : 0;
}

// Of a status only whether it takes calls is routed by.
void TrimStatus(json::Object& object) {
  json::Value* status = object.if_contains("status");
  if (status == nullptr || !status->is_object()) return;
  json::Object kept;
  if (const json::Value* ready = status->get_object().if_contains("ready")) {
    kept["ready"] = *ready;
  }
  if (kept.empty()) {
    object.erase("status");
  } else {
    *status = std::move(kept);
  }
}

json::Object* Metadata(json::Object& object) {
  json::Value* metadata = object.if_contains("metadata");
  if (metadata == nullptr || !metadata->is_object()) return nullptr;
  return &metadata->get_object();
}

// Who wrote which field, and with what, is no client's business here.
void TrimMetadata(json::Object& metadata) {
  metadata.erase("managedFields");
  json::Value* annotations = metadata.if_contains("annotations");
  if (annotations != nullptr && annotations->is_object()) {
    annotations->get_object().erase(
        "kubectl.kubernetes.io/last-applied-configuration");
  }
}

Labels LabelsOf(const json::Object& object) {
  Labels out;
  const json::Object* labels =
      kubernetes::MapAt(object, {"metadata", "labels"});
  if (labels == nullptr) return out;
  for (const auto& [key, value] : *labels) {
    if (!value.is_string()) continue;
    out.emplace(
        std::string(key.data(), key.size()),
        std::string(value.get_string().data(), value.get_string().size()));
  }
  return out;
}

CachedPtr Trimmed(json::Object object) {
  auto out = std::make_shared<CachedObject>();
  out->space =
      kubernetes::TextAt(object, {"metadata", "namespace"}).value_or("");
  out->name = kubernetes::TextAt(object, {"metadata", "name"}).value_or("");
  out->labels = LabelsOf(object);
  json::Object* metadata = Metadata(object);
  if (metadata != nullptr) TrimMetadata(*metadata);
  TrimStatus(object);
  out->text = json::Serialize(object);
  if (metadata != nullptr) {
    metadata->erase("resourceVersion");
    metadata->erase("generation");
  }
  out->essence = crypto::Sha256(json::Serialize(object));
  return out;
}

// A deleted object goes with the version of its deletion: a client remembers
// it as the last it has seen.
CachedPtr WithVersion(const CachedObject& object, uint64_t version) {
  auto value = json::Parse(object.text);
  auto out = std::make_shared<CachedObject>(object);
  if (!value || !value->is_object()) return out;
  json::Object* metadata = Metadata(value->get_object());
  if (metadata == nullptr) return out;
  (*metadata)["resourceVersion"] = std::to_string(version);
  out->text = json::Serialize(*value);
  return out;
}

Cache::Key KeyOf(const CachedObject& object) {
  return {object.space, object.name};
}

}  // namespace

std::optional<uint64_t> ParseVersion(std::string_view text) {
  uint64_t out = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, out);
  if (text.empty() || error != std::errc() || at != end) return std::nullopt;
  return out;
}

std::optional<uint64_t> Cache::EventAfter(uint64_t version) const {
  if (version < forgotten_) return std::nullopt;
  const auto first =
      std::partition_point(events_.begin(), events_.end(),
                           [&](const auto& e) { return e.version <= version; });
  return evicted_ + static_cast<uint64_t>(first - events_.begin());
}

void Cache::OnListed(const json::Object& object) {
  CachedPtr now = Trimmed(object);
  listed_[KeyOf(*now)] = std::move(now);
}

// What changed while nobody watched is told as if it had changed now, so that
// a list of ours need not become a list of everybody.
void Cache::OnListEnd(std::string_view version) {
  const uint64_t now = std::max(version_, ParseVersion(version).value_or(0));
  if (!ready_) {
    objects_ = std::move(listed_);
    forgotten_ = now;
  } else {
    std::map<Key, CachedPtr> gone = objects_;
    for (const auto& [key, object] : listed_) {
      gone.erase(key);
      Replace(key, object, now);
    }
    for (const auto& [key, object] : gone) Replace(key, nullptr, now);
  }
  listed_.clear();
  version_ = now;
  ready_ = true;
  changed_();
}

void Cache::OnChanged(const json::Object& object) {
  CachedPtr now = Trimmed(object);
  const uint64_t version = std::max(version_, VersionOf(object));
  const Key key = KeyOf(*now);
  Replace(key, std::move(now), version);
  version_ = version;
  changed_();
}

void Cache::OnDeleted(const json::Object& object) {
  const CachedPtr last = Trimmed(object);
  const uint64_t version = std::max(version_, VersionOf(object));
  Replace(KeyOf(*last), nullptr, version);
  version_ = version;
  changed_();
}

void Cache::OnVersion(std::string_view version) {
  version_ = std::max(version_, ParseVersion(version).value_or(0));
}

void Cache::OnHealth(const kubernetes::ReflectorHealth& health) {
  fresh_ = health.fresh;
  problem_ = health.problem;
  changed_();
}

void Cache::Replace(const Key& key, CachedPtr now, uint64_t version) {
  CachedPtr& known = objects_[key];
  const bool same =
      known != nullptr && now != nullptr && known->essence == now->essence;
  if (!same && (known != nullptr || now != nullptr)) {
    // Gone: what is told of it bears the version of its end.
    CachedPtr before =
        now == nullptr ? WithVersion(*known, version) : std::move(known);
    Note({version, std::move(before), now});
  }
  known = std::move(now);
  if (known == nullptr) objects_.erase(key);
}

void Cache::Note(CachedEvent event) {
  events_.push_back(std::move(event));
  if (events_.size() <= events_max_) return;
  forgotten_ = std::max(forgotten_, events_.front().version);
  events_.pop_front();
  ++evicted_;
}

}  // namespace herald::fanout
