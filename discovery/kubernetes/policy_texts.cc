// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/policy_texts.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "discovery/kubernetes/object_text.h"

namespace herald::kubernetes {
namespace {

struct Kind {
  std::string_view name;
  const char* plural;
  bool namespaced;
};
constexpr std::array<Kind, 5> kKinds = {{
    {"ClusterRoutingPolicy", "clusterroutingpolicies", false},
    {"JurisdictionSet", "jurisdictionsets", false},
    {"LabelSchema", "labelschemas", false},
    {"Override", "overrides", true},
    {"RoutingPolicy", "routingpolicies", true},
}};

// kubectl's own note of what it applied: the object once more.
constexpr std::string_view kLastApplied =
    "kubectl.kubernetes.io/last-applied-configuration";

// Annotations as the compiler is to see them; `seal` takes ours out.
json::Object Annotations(const json::Object& object, std::string& seal) {
  json::Object out;
  const json::Object* all = MapAt(object, {"metadata", "annotations"});
  if (all == nullptr) return out;
  for (const auto& member : *all) {
    const std::string_view key(member.key().data(), member.key().size());
    if (key == kLastApplied) continue;
    if (key == kSealAnnotation) {
      seal = json::GetString(*all, key).value_or("");
    } else {
      out[member.key()] = member.value();
    }
  }
  return out;
}

PolicyCondition ReadCondition(const json::Object& object) {
  PolicyCondition out;
  const json::Object* status = MapAt(object, {"status"});
  const json::Value* list =
      status == nullptr ? nullptr : status->if_contains("conditions");
  if (list == nullptr || !list->is_array()) return out;
  for (const json::Value& item : list->get_array()) {
    const json::Object* one = item.if_object();
    if (one == nullptr || json::GetString(*one, "type") != "Compiled") continue;
    out.status = json::GetString(*one, "status").value_or("");
    out.reason = json::GetString(*one, "reason").value_or("");
    out.message = json::GetString(*one, "message").value_or("");
    out.since = json::GetString(*one, "lastTransitionTime").value_or("");
    const json::Value* generation = one->if_contains("observedGeneration");
    if (generation != nullptr && generation->is_int64()) {
      out.generation = generation->get_int64();
    }
  }
  return out;
}

}  // namespace

std::string PolicyObject::Label() const {
  return kind + "/" + (space.empty() ? "" : space + "/") + name;
}

const char* PluralOf(std::string_view kind) {
  for (const Kind& one : kKinds) {
    if (one.name == kind) return one.plural;
  }
  return nullptr;
}

PolicyObject ReadPolicyObject(const json::Object& object) {
  PolicyObject out;
  out.kind = json::GetString(object, "kind").value_or("");
  out.space = TextAt(object, {"metadata", "namespace"}).value_or("");
  out.name = TextAt(object, {"metadata", "name"}).value_or("");
  if (const json::Object* metadata = MapAt(object, {"metadata"})) {
    const json::Value* generation = metadata->if_contains("generation");
    if (generation != nullptr && generation->is_int64()) {
      out.generation = generation->get_int64();
    }
  }
  out.condition = ReadCondition(object);
  json::Object metadata{{"name", json::View(out.name)}};
  if (!out.space.empty()) metadata["namespace"] = json::View(out.space);
  if (json::Object notes = Annotations(object, out.seal); !notes.empty()) {
    metadata["annotations"] = std::move(notes);
  }
  if (const json::Object* labels = MapAt(object, {"metadata", "labels"})) {
    if (!labels->empty()) metadata["labels"] = *labels;
  }
  json::Object shown{{"kind", json::View(out.kind)},
                     {"metadata", std::move(metadata)}};
  for (const char* key : {"apiVersion", "spec"}) {
    if (const json::Value* value = object.if_contains(key)) shown[key] = *value;
  }
  out.text = ToYaml(shown);
  return out;
}

// One kind in one namespace, or in all.
class KubernetesPolicies::Feed final : public ReflectorSink {
 public:
  Feed(KubernetesPolicies& policies, const Kind& kind, const std::string& space)
      : policies_(policies),
        kind_(kind.name),
        reflector_(
            policies.api_,
            {.path = kGroupPath +
                     (space.empty() ? std::string() : "/namespaces/" + space) +
                     "/" + kind.plural,
             .label_selector = policies.options_.selector},
            *this, policies.meters_) {}

  void Start() { reflector_.Start(); }
  const std::map<Key, PolicyObject>& objects() const { return objects_; }
  const ReflectorHealth& health() const { return reflector_.health(); }
  const std::string& kind() const { return kind_; }

 private:
  void OnListBegin() override { listed_.clear(); }
  void OnListed(const json::Object& object) override { Put(object, listed_); }
  void OnListEnd(std::string_view) override {
    objects_ = std::move(listed_);
    listed_.clear();
    policies_.Touch();
  }
  void OnChanged(const json::Object& object) override {
    if (Put(object, objects_)) policies_.Touch();
  }
  void OnDeleted(const json::Object& object) override {
    objects_.erase({TextAt(object, {"metadata", "namespace"}).value_or(""),
                    TextAt(object, {"metadata", "name"}).value_or("")});
    policies_.Touch();
  }
  void OnHealth(const ReflectorHealth&) override {}

  // Whether the compiler could tell the difference.
  bool Put(const json::Object& object, std::map<Key, PolicyObject>& into) {
    PolicyObject read = ReadPolicyObject(object);
    // Members of a list do not say what they are.
    if (read.kind.empty()) {
      json::Object named = object;
      named["kind"] = json::View(kind_);
      named["apiVersion"] = kApiVersion;
      read = ReadPolicyObject(named);
    }
    PolicyObject& known = into[Key(read.space, read.name)];
    const bool same = known.text == read.text && known.seal == read.seal;
    known = std::move(read);
    return !same;
  }

  KubernetesPolicies& policies_;
  const std::string kind_;
  std::map<Key, PolicyObject> objects_;
  std::map<Key, PolicyObject> listed_;  // of the list under way
  Reflector reflector_;
};

KubernetesPolicies::KubernetesPolicies(const Api& api, Metrics& metrics,
                                       KubernetesPoliciesOptions options,
                                       std::function<void()> changed)
    : api_(api), options_(std::move(options)), changed_(std::move(changed)) {
  meters_ = MetersFor(metrics, options_.name + " policies");
  for (const Kind& kind : kKinds) {
    if (!kind.namespaced || options_.namespaces.empty()) {
      feeds_.push_back(std::make_unique<Feed>(*this, kind, ""));
      continue;
    }
    for (const std::string& space : options_.namespaces) {
      feeds_.push_back(std::make_unique<Feed>(*this, kind, space));
    }
  }
}

KubernetesPolicies::~KubernetesPolicies() { api_.loop.Cancel(rest_); }

void KubernetesPolicies::Start() {
  for (auto& feed : feeds_) feed->Start();
}

bool KubernetesPolicies::complete() const {
  return std::all_of(feeds_.begin(), feeds_.end(),
                     [](const auto& feed) { return feed->health().lists > 0; });
}

std::vector<PolicyObject> KubernetesPolicies::objects() const {
  std::vector<PolicyObject> out;
  for (const auto& feed : feeds_) {
    for (const auto& [key, object] : feed->objects()) out.push_back(object);
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.Label() < b.Label(); });
  return out;
}

std::string KubernetesPolicies::problem() const {
  std::string out;
  for (const auto& feed : feeds_) {
    if (feed->health().problem.empty()) continue;
    out += options_.name + ": " + feed->kind() + ": " + feed->health().problem +
           "\n";
  }
  return out;
}

// Waits on from here, but not for ever.
void KubernetesPolicies::Touch() {
  const Time now = api_.loop.Now();
  if (rest_ == 0) first_touch_ = now;
  api_.loop.Cancel(rest_);
  const Time until = std::min(now + kQuiet, first_touch_ + kMostWait);
  rest_ = api_.loop.RunAt(until, [this] {
    rest_ = 0;
    Rest();
  });
}

void KubernetesPolicies::Rest() {
  if (complete()) changed_();
}

}  // namespace herald::kubernetes
