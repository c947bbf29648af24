// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/sidecar_container.h"

#include <utility>

#include "sidecar/injector/manifest.h"

namespace herald::injector {
namespace {

// Debian's and Kubernetes' usual nobody-in-particular of minimal images.
constexpr int kUser = 65532;

constexpr char kTokenFolder[] = "/var/run/secrets/kubernetes.io/serviceaccount";
// The least that the API server grants is 10 minutes; kubelet renews at 80 %.
constexpr int kTokenSeconds = 3600;

json::Object Variable(const char* name, const std::string& value) {
  return {{"name", name}, {"value", value}};
}

json::Object FromPod(const char* name, const char* field) {
  return {{"name", name},
          {"valueFrom", {{"fieldRef", {{"fieldPath", field}}}}}};
}

// Kubernetes puts other variables in place of $(NAME), and $ in place of $$.
std::string Literal(const std::string& text) {
  std::string out;
  for (char c : text) out.append(c == '$' ? 2 : 1, c);
  return out;
}

json::Object Probe(const char* path, int period, int failures) {
  return {{"httpGet", {{"path", path}, {"port", kHealthPort}}},
          {"periodSeconds", period},
          {"timeoutSeconds", 2},
          {"failureThreshold", failures}};
}

json::Object Mount(const char* volume, const char* path, bool read_only) {
  json::Object mount = {{"name", volume}, {"mountPath", path}};
  if (read_only) mount["readOnly"] = true;
  return mount;
}

json::Object SecurityContext() {
  return {{"runAsNonRoot", true},
          {"runAsUser", kUser},
          {"runAsGroup", kUser},
          {"readOnlyRootFilesystem", true},
          {"allowPrivilegeEscalation", false},
          {"privileged", false},
          {"capabilities", {{"drop", json::Array{"ALL"}}}},
          {"seccompProfile", {{"type", "RuntimeDefault"}}}};
}

json::Object EmptyVolume(const char* name, const char* limit) {
  return {{"name", name}, {"emptyDir", {{"sizeLimit", limit}}}};
}

// As every pod's own token: the sidecar reads it where client libraries do,
// also in pods that say automountServiceAccountToken: false to their agents.
json::Object TokenVolume(const std::string& audience) {
  json::Object token = {{"path", "token"},
                        {"expirationSeconds", kTokenSeconds}};
  if (!audience.empty()) token["audience"] = audience;
  const json::Object field = {
      {"path", "namespace"},
      {"fieldRef", {{"fieldPath", "metadata.namespace"}}}};
  const json::Array authority = {
      json::Object{{"key", "ca.crt"}, {"path", "ca.crt"}}};
  return {
      {"name", kTokenVolume},
      {"projected",
       {{"sources",
         json::Array{json::Object{{"serviceAccountToken", std::move(token)}},
                     json::Object{{"configMap",
                                   {{"name", "kube-root-ca.crt"},
                                    {"items", authority}}}},
                     json::Object{
                         {"downwardAPI", {{"items", json::Array{field}}}}}}}}}};
}

json::Object IdentityVolumeOf(const Workload& workload) {
  const IdentityVolume& identity = workload.settings.sidecar.identity;
  json::Object volume = {{"name", kIdentityVolume}};
  if (!identity.secret.empty()) {
    volume["secret"] = {{"secretName", Expanded(identity.secret, workload)}};
    return volume;
  }
  json::Object csi = {{"driver", identity.driver}, {"readOnly", true}};
  json::Object attributes;
  for (const auto& [name, value] : identity.attributes) {
    attributes[name] = Expanded(value, workload);
  }
  if (!attributes.empty()) csi["volumeAttributes"] = std::move(attributes);
  volume["csi"] = std::move(csi);
  return volume;
}

json::Object DefaultIdentity() {
  const std::string folder = std::string(kIdentityFolder) + "/";
  return {{"certificate", folder + "tls.crt"},
          {"key", folder + "tls.key"},
          {"trust", folder + "ca.crt"}};
}

json::Object DefaultListen() {
  return {{"agents",
           json::Array{json::Object{{"address", kAgentsAddress}},
                       json::Object{{"address", std::string("unix:") + kSocket},
                                    {"access", "everybody"}}}},
          {"health", "0.0.0.0:" + std::to_string(kHealthPort)}};
}

json::Array Arguments(const Workload& workload) {
  if (workload.config_map.empty()) return {"sidecar"};
  return {"sidecar", "--config", std::string(kConfigFolder) + "/herald.yaml"};
}

json::Array Environment(const Workload& workload) {
  json::Array out = {
      FromPod("POD_NAME", "metadata.name"),
      FromPod("POD_NAMESPACE", "metadata.namespace"),
      FromPod("POD_UID", "metadata.uid"), FromPod("POD_IP", "status.podIP"),
      FromPod("NODE_NAME", "spec.nodeName"),
      // Empty before Kubernetes 1.35, where the node is asked.
      FromPod("TOPOLOGY_REGION",
              "metadata.labels['topology.kubernetes.io/region']"),
      FromPod("TOPOLOGY_ZONE",
              "metadata.labels['topology.kubernetes.io/zone']")};
  if (workload.config_map.empty()) {
    out.push_back(
        Variable("HERALD_CONFIG", Literal(ConfigurationOf(workload))));
  }
  return out;
}

// A volume's name is a DNS label and a Secret's may have dots.
std::string VolumeOf(const FileVolume& files) {
  std::string name = "herald-files-" + files.name;
  for (char& c : name) {
    if (c == '.') c = '-';
  }
  return name;
}

json::Array Mounts(const Workload& workload) {
  json::Array out = {Mount(kSocketVolume, kSocketFolder, false),
                     Mount(kStateVolume, kStateFolder, false),
                     Mount(kTokenVolume, kTokenFolder, true),
                     Mount(kIdentityVolume, kIdentityFolder, true)};
  if (!workload.config_map.empty()) {
    out.push_back(Mount(kConfigVolume, kConfigFolder, true));
  }
  for (const FileVolume& files : workload.settings.sidecar.files) {
    out.push_back(json::Object{{"name", VolumeOf(files)},
                               {"mountPath", "/etc/herald-files/" + files.name},
                               {"readOnly", true}});
  }
  return out;
}

json::Array Ports() {
  return {json::Object{{"name", "herald-mesh"},
                       {"containerPort", kMeshPort},
                       {"protocol", "UDP"}},
          json::Object{{"name", "herald-mesh-tcp"},
                       {"containerPort", kMeshPort},
                       {"protocol", "TCP"}},
          json::Object{{"name", "herald-health"},
                       {"containerPort", kHealthPort},
                       {"protocol", "TCP"}}};
}

}  // namespace

std::string Expanded(std::string text, const Workload& workload) {
  auto fill = [&text](std::string_view name, const std::string& value) {
    for (size_t at = text.find(name); at != std::string::npos;
         at = text.find(name, at + value.size())) {
      text.replace(at, name.size(), value);
    }
  };
  fill("{namespace}", workload.kubernetes_namespace);
  fill("{serviceAccount}", workload.service_account);
  return text;
}

std::string ConfigurationOf(const Workload& workload) {
  const json::Object& given = workload.settings.sidecar.configuration;
  json::Object out;
  json::Object node;
  if (const json::Object* named = ObjectAt(&given, "node")) node = *named;
  if (!workload.site.is_null()) node["site"] = workload.site;
  out["node"] = std::move(node);
  out["identity"] = DefaultIdentity();
  out["agents"] = workload.agents;
  out["listen"] = DefaultListen();
  for (const auto& member : given) {
    if (member.key() == "node" || member.key() == "agents") continue;
    if (member.key() == "listen" && member.value().is_object()) {
      // A template that moves one listener keeps the others.
      for (const auto& listener : member.value().get_object()) {
        out["listen"].get_object()[listener.key()] = listener.value();
      }
      continue;
    }
    out[member.key()] = member.value();
  }
  return ToYaml(out);
}

json::Object SidecarContainer(const Workload& workload) {
  const SidecarTemplate& sidecar = workload.settings.sidecar;
  json::Object container = {{"name", kContainer},
                            {"image", sidecar.image},
                            {"imagePullPolicy", sidecar.pull_policy},
                            // In initContainers: native, so it starts before
                            // the agent, ends after it, and lets a Job end.
                            {"restartPolicy", "Always"},
                            {"args", Arguments(workload)},
                            {"workingDir", kStateFolder},
                            {"env", Environment(workload)},
                            {"ports", Ports()},
                            {"resources", sidecar.resources},
                            {"securityContext", SecurityContext()},
                            {"volumeMounts", Mounts(workload)}};
  // A minute to get its certificate and to bind; then the agent starts.
  container["startupProbe"] = Probe("/livez", 1, 60);
  container["livenessProbe"] = Probe("/livez", 10, 3);
  container["readinessProbe"] = Probe("/readyz", 5, 2);
  // Kubelet runs it when the pod's end begins, before the agent gets SIGTERM:
  // callers go elsewhere, the agent's own calls go on.
  container["lifecycle"] = {
      {"preStop", {{"exec", {{"command", {"/herald", "drain"}}}}}}};
  container["terminationMessagePolicy"] = "FallbackToLogsOnError";
  return container;
}

json::Array SidecarVolumes(const Workload& workload) {
  json::Array out = {EmptyVolume(kSocketVolume, "1Mi"),

                     // The decision log keeps nine files of 64 MiB.
                     EmptyVolume(kStateVolume, "1Gi"),
                     TokenVolume(workload.settings.sidecar.token_audience),
                     IdentityVolumeOf(workload)};
  if (!workload.config_map.empty()) {
    out.push_back(json::Object{{"name", kConfigVolume},
                               {"configMap", {{"name", workload.config_map}}}});
  }
  for (const FileVolume& files : workload.settings.sidecar.files) {
    json::Object volume = {{"name", VolumeOf(files)}};
    if (files.secret) {
      volume["secret"] = {{"secretName", files.name}};
    } else {
      volume["configMap"] = {{"name", files.name}};
    }
    out.push_back(std::move(volume));
  }
  return out;
}

json::Array AgentEnvironment() {
  // The socket for clients that know of it, the address for all others. It is
  // no proxy variable: whatever else the agent calls goes its usual way.
  return {Variable("HERALD_SOCKET", std::string("unix:") + kSocket),
          Variable("HERALD_AGENTS_ADDRESS", kAgentsAddress)};
}

// Read-only: a client connects all the same, and cannot put a socket of its
// own in the place of ours.
json::Object AgentMount() { return Mount(kSocketVolume, kSocketFolder, true); }

}  // namespace herald::injector
