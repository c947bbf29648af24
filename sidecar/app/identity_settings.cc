// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/identity_settings.h"

#include "core/net/web_target.h"
#include "core/yaml/scalar.h"

namespace herald::app {
namespace {

constexpr char kNoSource[] =
    "'identity' names no source; give certificate, key and trust, or bundle "
    "and "
    "trust, or workloadApi (SPIFFE_ENDPOINT_SOCKET is not set)";

std::string RequiredPath(yaml::MapReader& map, std::string_view key,
                         const ResolvePath& resolve, Position& at) {
  const yaml::Node* node = map.Required(key);
  if (node == nullptr) return "";
  at = node->at;
  auto path =
      yaml::ReadString(*node, map.problems(), "'" + std::string(key) + "'");
  return path ? resolve(*path) : "";
}

// `socket` of the environment or of the configuration, where it stands `at`.
void UseWorkloadApi(yaml::MapReader& map, const std::string& socket,
                    Position at, IdentitySettings& out) {
  auto url = WorkloadApiUrl(socket);
  if (url.ok()) {
    out.workload_api = *url;
  } else {
    map.problems().Error(at, Message(url.status()));
  }
}

}  // namespace

StatusOr<std::string> WorkloadApiUrl(const std::string& text) {
  std::string url = text;
  if (url.rfind("tcp://", 0) == 0) url = "http://" + url.substr(6);
  if (url.rfind("unix:", 0) == 0) {
    const size_t path = url.find_first_not_of('/', 5);
    if (url[5] != '/' || path == std::string::npos) {
      return InvalidArgument("'" + text +
                             "' is no absolute path of a unix socket "
                             "(unix:/run/spire/agent.sock)");
    }
    url = "unix:/" + url.substr(path);
  }
  StatusOr<net::WebTarget> target = net::WebTarget::Parse(url);
  if (!target.ok() || target->tls) {
    return InvalidArgument("'" + text +
                           "' is not where a Workload API is "
                           "(unix:/run/spire/agent.sock, tcp://IP:PORT)");
  }
  return url;
}

IdentitySettings ReadIdentity(yaml::MapReader& root, const ResolvePath& resolve,
                              const std::string& endpoint_socket) {
  IdentitySettings out;
  if (endpoint_socket.empty() && root.Required("identity") == nullptr) {
    return out;
  }
  yaml::MapReader map = root.Map("identity");
  if (!map) {
    // Absent, or no map, which was said.
    if (root.Optional("identity") == nullptr) {
      UseWorkloadApi(root, endpoint_socket, root.at(), out);
    }
    return out;
  }
  if (map.Optional("bundle") != nullptr) {
    out.files.certificate =
        RequiredPath(map, "bundle", resolve, out.certificate_at);
    out.files.key = out.files.certificate;
    out.key_at = out.certificate_at;
    out.files.trust = RequiredPath(map, "trust", resolve, out.trust_at);
    return out;
  }
  const bool files = map.Optional("certificate") != nullptr ||
                     map.Optional("key") != nullptr ||
                     map.Optional("trust") != nullptr;
  const yaml::Node* api = map.Optional("workloadApi");
  if (api != nullptr || !files) {
    out.hint = map.String("hint").value_or("");
    const std::string socket = api != nullptr
                                   ? map.String("workloadApi").value_or("")
                                   : endpoint_socket;
    if (api == nullptr && socket.empty()) {
      map.problems().Error(map.at(), kNoSource);
    } else {
      UseWorkloadApi(map, socket, api != nullptr ? api->at : map.at(), out);
    }
    if (files) {
      map.problems().Error(map.at(),
                           "'identity' names both files and a Workload API");
    }
    return out;
  }
  out.files.certificate =
      RequiredPath(map, "certificate", resolve, out.certificate_at);
  out.files.key = RequiredPath(map, "key", resolve, out.key_at);
  out.files.trust = RequiredPath(map, "trust", resolve, out.trust_at);
  return out;
}

}  // namespace herald::app
