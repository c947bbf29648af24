// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/agent_guard.h"

#include <algorithm>
#include <string_view>

#include "sidecar/injector/pod.h"

namespace herald::injector {
namespace {

constexpr std::string_view kAccount = "system:serviceaccount:";
constexpr char kPodName[] = "authentication.kubernetes.io/pod-name";
constexpr char kPodUid[] = "authentication.kubernetes.io/pod-uid";

// The writer, where it is a pod.
struct Writer {
  std::string kubernetes_namespace;
  std::string service_account;
  std::string pod_name;
  std::string pod_uid;
};

std::string ReadWriter(const UserInfo& user, Writer& out) {
  const std::string_view name = user.name;
  if (name.substr(0, kAccount.size()) != kAccount) {
    return user.name + " is no service account";
  }
  const std::string_view rest = name.substr(kAccount.size());
  const size_t colon = rest.find(':');
  if (colon == std::string_view::npos) {
    return user.name + " is no service account";
  }
  out.kubernetes_namespace = rest.substr(0, colon);
  out.service_account = rest.substr(colon + 1);
  out.pod_name = user.Extra(kPodName);
  out.pod_uid = user.Extra(kPodUid);
  if (out.pod_name.empty() || out.pod_uid.empty()) {
    return "the token of " + user.name +
           " is bound to no pod; a sidecar uses the projected one";
  }
  return "";
}

bool IsAdmin(const UserInfo& user, const GuardSettings& guard) {
  return std::any_of(
      user.groups.begin(), user.groups.end(), [&](const std::string& group) {
        return std::find(guard.admins.begin(), guard.admins.end(), group) !=
               guard.admins.end();
      });
}

bool IsOwnedBy(const json::Object* metadata, const Writer& writer) {
  const json::Array* owners = ArrayAt(metadata, "ownerReferences");
  if (owners == nullptr || owners->size() != 1) return false;
  const json::Object* owner = owners->front().if_object();
  return owner != nullptr && json::GetString(*owner, "kind") == "Pod" &&
         json::GetString(*owner, "apiVersion") == "v1" &&
         json::GetString(*owner, "name") == writer.pod_name &&
         json::GetString(*owner, "uid") == writer.pod_uid;
}

}  // namespace

std::string WhyNotAgent(const AdmissionRequest& request,
                        const Settings& settings) {
  if (IsAdmin(request.user, settings.guard)) return "";
  Writer writer;
  std::string why = ReadWriter(request.user, writer);
  if (!why.empty()) return why;
  if (writer.kubernetes_namespace != request.kubernetes_namespace) {
    return "pod " + writer.pod_name + " of namespace " +
           writer.kubernetes_namespace + " writes Agents of its own only";
  }
  const Pod agent(request.object);
  const json::Object* metadata = agent.metadata();
  if (metadata == nullptr || agent.spec() == nullptr) {
    return "an Agent has 'metadata' and 'spec'";
  }
  const std::string name = json::GetString(*metadata, "name").value_or("");
  if (name != writer.pod_name) {
    return "pod " + writer.pod_name + " may write Agent " + writer.pod_name +
           ", not '" + name + "'";
  }
  if (!IsOwnedBy(metadata, writer)) {
    return "its only owner must be Pod " + writer.pod_name + " with uid " +
           writer.pod_uid + ", so that it goes with it";
  }
  const std::string expected = "spiffe://" + settings.trust_domain + "/ns/" +
                               writer.kubernetes_namespace + "/sa/" +
                               writer.service_account;
  const std::string identity =
      json::GetString(*agent.spec(), "identity").value_or("");
  if (identity != expected) {
    return "spec.identity is '" + identity + "', but the writer is " + expected;
  }
  return "";
}

}  // namespace herald::injector
