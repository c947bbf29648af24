// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/injection.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "sidecar/injector/json_patch.h"
#include "sidecar/injector/pod.h"
#include "sidecar/injector/served_agents.h"
#include "sidecar/injector/sidecar_container.h"

namespace herald::injector {
namespace {

// Kubelet's own mark of a pod that it read from a file of its node.
constexpr char kMirror[] = "kubernetes.io/config.mirror";

Injection Leave(std::string why, bool wished) {
  return {.why = std::move(why), .wished = wished};
}

Injection Refuse(std::string at, std::string why) {
  return {.verdict = Injection::Verdict::kRefuse,
          .why = std::move(why),
          .at = std::move(at)};
}

bool OptsOut(const Pod& pod) {
  return pod.Annotation(kInject) == "false" || pod.Label(kInject) == "false";
}

bool IsWindows(const Pod& pod) {
  const json::Object* os = ObjectAt(pod.spec(), "os");
  return os != nullptr && json::GetString(*os, "name") == "windows";
}

// Reasons to leave the pod alone; empty `why`: none.
Injection ReasonsToLeave(const Pod& pod) {
  if (OptsOut(pod)) {
    return Leave(std::string(kInject) + " is \"false\"", true);
  }
  if (pod.Has("initContainers", kContainer)) {
    return Leave("it has a sidecar", true);
  }
  if (pod.Annotation(kMirror)) {
    return Leave("its node's kubelet made it from a file of its own", true);
  }
  if (pod.Has("containers", kContainer)) {
    return Leave("a container of it is named 'herald' already", false);
  }
  if (pod.SpecFlag("hostNetwork")) {
    return Leave(
        "it uses its node's network, where a sidecar's ports would be "
        "everybody's",
        false);
  }
  if (IsWindows(pod)) {
    return Leave("Herald has no sidecar for Windows", false);
  }
  for (const char* volume : {kSocketVolume, kStateVolume, kTokenVolume,
                             kIdentityVolume, kConfigVolume}) {
    if (pod.Has("volumes", volume)) {
      return Leave(
          std::string("a volume of it is named '") + volume + "' already",
          false);
    }
  }
  return {};
}

// What an API server would refuse anyway, said before it breaks our reading.
Injection WrongShape(const json::Value& pod) {
  if (!pod.is_object()) return Refuse("", "is no object");
  const std::pair<const char*, bool> maps[] = {
      {"/metadata", true},         {"/metadata/annotations", true},
      {"/metadata/labels", true},  {"/spec", true},
      {"/spec/containers", false}, {"/spec/initContainers", false},
      {"/spec/volumes", false}};
  for (const auto& [place, is_map] : maps) {
    const json::Value* value = At(pod, place);
    if (value == nullptr || value->is_null()) continue;
    if (is_map ? value->is_object() : value->is_array()) continue;
    return Refuse(place, is_map ? "must be a map" : "must be a list");
  }
  const json::Value* containers = At(pod, "/spec/containers");
  if (containers == nullptr || !containers->is_array() ||
      containers->get_array().empty()) {
    return Refuse("/spec", "has no containers");
  }
  return {};
}

bool Fits(const std::string& pattern, const std::string& name) {
  if (pattern.empty() || pattern.back() != '*') return pattern == name;
  const std::string_view front(pattern.data(), pattern.size() - 1);
  return name.compare(0, front.size(), front) == 0;
}

bool Fits(const SiteRule& rule, const Pod& pod, const std::string& name_space) {
  const auto& names = rule.namespaces;
  auto fits = [&](const auto& pattern) { return Fits(pattern, name_space); };
  if (!names.empty() && !std::any_of(names.begin(), names.end(), fits)) {
    return false;
  }
  const json::Object* asked = ObjectAt(pod.spec(), "nodeSelector");
  for (const auto& [label, value] : rule.node_selector) {
    if (asked == nullptr || json::GetString(*asked, label) != value) {
      return false;
    }
  }
  return true;
}

// Writes the additions for one pod.
class Patch {
 public:
  explicit Patch(const json::Value& pod) : pod_(pod) {}

  json::Array Take() { return std::move(out_); }

  // An entry of a map of texts; neither it nor what holds it need be there.
  void Put(const std::string& parent, const char* map, const char* key,
           const char* text) {
    const std::string place = Below(parent, map);
    const json::Object entry = {{key, text}};
    if (Is<json::Object>(place)) {
      Add(Below(place, key), text);
    } else if (Is<json::Object>(parent)) {
      Add(place, entry);
    } else {
      Add(parent, json::Object{{map, entry}});
    }
  }

  // Members at the end of a list that may not be there yet.
  void Append(const std::string& list, const json::Array& values) {
    if (!Is<json::Array>(list)) {
      Add(list, values);
      return;
    }
    for (const json::Value& value : values) Add(list + "/-", value);
  }

  // One at its front, before which nothing else may have been put.
  void Prepend(const std::string& list, json::Object value) {
    if (Is<json::Array>(list)) {
      Add(Below(list, size_t{0}), std::move(value));
    } else {
      Add(list, json::Array{std::move(value)});
    }
  }

 private:
  template <typename T>
  bool Is(const std::string& place) const {
    const json::Value* value = At(pod_, place);
    if (value == nullptr) return false;
    if constexpr (std::is_same_v<T, json::Object>) return value->is_object();
    return value->is_array();
  }
  void Add(const std::string& place, json::Value value) {
    out_.push_back(Addition(place, std::move(value)));
  }

  const json::Value& pod_;
  json::Array out_;
};

bool Names(const json::Object& container, const char* list, const char* key,
           const std::string& value) {
  const json::Array* members = ArrayAt(&container, list);
  if (members == nullptr) return false;
  return std::any_of(members->begin(), members->end(), [&](const auto& member) {
    const json::Object* object = member.if_object();
    return object != nullptr && json::GetString(*object, key) == value;
  });
}

// The pod's own containers learn where the sidecar is; what they say of it
// themselves stays.
void TellContainers(const json::Value& pod, const std::string& list,
                    Patch& patch) {
  const json::Value* containers = At(pod, list);
  if (containers == nullptr || !containers->is_array()) return;
  for (size_t i = 0; i < containers->get_array().size(); ++i) {
    const json::Object* container = containers->get_array()[i].if_object();
    if (container == nullptr) continue;
    json::Array told;
    for (const json::Value& variable : AgentEnvironment()) {
      const auto name = json::GetString(variable.get_object(), "name");
      if (!Names(*container, "env", "name", *name)) told.push_back(variable);
    }
    const std::string place = Below(list, i);
    if (!told.empty()) patch.Append(place + "/env", told);
    if (!Names(*container, "volumeMounts", "mountPath", kSocketFolder)) {
      patch.Append(place + "/volumeMounts", {AgentMount()});
    }
  }
}

Workload WorkloadOf(const Pod& pod, std::string_view name_space,
                    const Settings& settings) {
  Workload out{.settings = settings,
               .kubernetes_namespace = std::string(name_space),
               .service_account = pod.ServiceAccount(),
               .config_map = pod.Annotation(kConfigMap).value_or("")};
  if (name_space.empty()) out.kubernetes_namespace = pod.Namespace();
  for (const SiteRule& rule : settings.sites) {
    if (!Fits(rule, pod, out.kubernetes_namespace)) continue;
    out.site = rule.site;
    break;
  }
  return out;
}

}  // namespace

Injection Inject(const json::Value& pod, std::string_view kubernetes_namespace,
                 const Settings& settings) {
  Injection wrong = WrongShape(pod);
  if (!wrong.why.empty()) return wrong;
  const Pod reader(pod);
  Injection leave = ReasonsToLeave(reader);
  if (!leave.why.empty()) return leave;

  Workload workload = WorkloadOf(reader, kubernetes_namespace, settings);
  const std::string annotations = "/metadata/annotations";
  if (auto text = reader.Annotation(kAgents)) {
    ServedAgents served = ReadServedAgents(*text);
    if (HasErrors(served.issues)) {
      return Refuse(Below(annotations, kAgents), Render(served.issues));
    }
    workload.agents = std::move(served.agents);
  }
  if (ConfigurationOf(workload).size() > kMaxConfiguration) {
    return Refuse(Below(annotations, kAgents),
                  "with it the sidecar's configuration is larger than 64 KiB");
  }

  Patch patch(pod);
  TellContainers(pod, "/spec/containers", patch);
  TellContainers(pod, "/spec/initContainers", patch);
  patch.Append("/spec/volumes", SidecarVolumes(workload));
  patch.Prepend("/spec/initContainers", SidecarContainer(workload));
  patch.Put("/metadata", "annotations", kInjected, "true");
  return {.verdict = Injection::Verdict::kInject, .patch = patch.Take()};
}

}  // namespace herald::injector
