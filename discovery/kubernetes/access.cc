// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/access.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "core/base/base64.h"
#include "core/yaml/map_reader.h"
#include "core/yaml/parse.h"

namespace herald::kubernetes {
namespace {

constexpr char kAccount[] = "/var/run/secrets/kubernetes.io/serviceaccount/";

std::string Trimmed(std::string text) {
  const auto is_space = [](char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  };
  while (!text.empty() && is_space(text.back())) text.pop_back();
  const auto begin = std::find_if_not(text.begin(), text.end(), is_space);
  text.erase(text.begin(), begin);
  return text;
}

// Perhaps over several lines.
std::optional<std::string> FromBase64(std::string text) {
  text.erase(
      std::remove_if(text.begin(), text.end(),
                     [](char c) { return c == '\n' || c == '\r' || c == ' '; }),
      text.end());
  return Base64Decode(text);
}

// Reads one kubeconfig; lives on the stack while it does.
class Kubeconfig {
 public:
  Kubeconfig(const std::string& path, const std::string& text,
             const ReadFile& read)
      : problems_(path, text),
        folder_(std::filesystem::path(path).parent_path()),
        read_(read) {
    // Clients keep things of their own in it.
    problems_.TolerateUnknownKeys();
  }

  StatusOr<Access> Read(std::string context) {
    if (auto root = yaml::ParseOne(problems_)) {
      yaml::MapReader map(*root, problems_, "the kubeconfig");
      ReadContext(map, std::move(context));
    }
    Issues errors;
    for (Issue& issue : problems_.issues()) {
      if (issue.severity != Issue::Severity::kError) continue;
      issue.source_line.clear();  // it may hold a key
      errors.push_back(std::move(issue));
    }
    if (!errors.empty()) return InvalidArgument(Render(errors));
    return access_;
  }

 private:
  void ReadContext(yaml::MapReader& map, std::string context) {
    std::string current = map.String("current-context").value_or("");
    if (context.empty()) context = std::move(current);
    if (context.empty()) {
      problems_.Error(map.at(), "no context is current",
                      "name one beside the kubeconfig: context: NAME");
      return;
    }
    auto found = Find(map, "contexts", "context", context);
    if (!found) return;
    yaml::MapReader entry(*found, problems_, "context '" + context + "'");
    access_.space = entry.String("namespace").value_or("");
    const std::string cluster = entry.RequiredString("cluster");
    const std::string user = entry.String("user").value_or("");
    if (auto node = Find(map, "clusters", "cluster", cluster)) {
      yaml::MapReader reader(*node, problems_, "cluster '" + cluster + "'");
      ReadCluster(reader);
    }
    if (user.empty()) return;
    if (auto node = Find(map, "users", "user", user)) {
      yaml::MapReader reader(*node, problems_, "user '" + user + "'");
      ReadUser(reader);
    }
  }

  // What stands under `key` of the member of `list` that is called `name`.
  const yaml::Node* Find(yaml::MapReader& map, std::string_view list,
                         std::string_view key, const std::string& name) {
    for (const yaml::Node& item : map.List(list)) {
      if (item.kind != yaml::Kind::kMap) continue;
      const yaml::Node* called = item.Find("name");
      if (called == nullptr || called->text != name) continue;
      if (const yaml::Node* value = item.Find(key)) return value;
    }
    problems_.Error(map.at(), "there is no " + std::string(key) + " '" + name +
                                  "' in '" + std::string(list) + "'");
    return nullptr;
  }

  void Refuse(yaml::MapReader& map, std::string_view key, const char* instead) {
    const yaml::Node* node = map.Optional(key);
    if (node == nullptr || node->text == "false") return;
    problems_.Error(*node, "'" + std::string(key) + "' is not supported",
                    instead);
  }

  void ReadCluster(yaml::MapReader& map) {
    access_.server = map.RequiredString("server");
    if (!access_.server.empty() && !access_.server.starts_with("https://")) {
      problems_.Error(*map.Optional("server"),
                      "'server' must begin with https://");
    }
    access_.server_name = map.String("tls-server-name").value_or("");
    access_.trust = ReadText(map, "certificate-authority");
    Refuse(map, "insecure-skip-tls-verify",
           "name the server's roots: certificate-authority: FILE");
    Refuse(map, "proxy-url", "name a server that can be reached directly");
  }

  void ReadUser(yaml::MapReader& map) {
    const char* account =
        "use a service account's token, tokenFile, or a client certificate";
    Refuse(map, "exec", account);
    Refuse(map, "auth-provider", account);
    Refuse(map, "username", account);
    Refuse(map, "as", account);
    access_.certificate = ReadText(map, "client-certificate");
    access_.key = ReadText(map, "client-key");
    if (access_.certificate.text.empty() != access_.key.text.empty()) {
      problems_.Error(map.at(),
                      "client-certificate and client-key need each other");
    }
    access_.token = map.String("token").value_or("");
    if (auto file = map.String("tokenFile")) {
      access_.token_file = Resolve(*file);
      access_.token.clear();  // kubectl's order too
    }
  }

  // Under KEY-data the text itself, else under KEY its file.
  NamedText ReadText(yaml::MapReader& map, const std::string& key) {
    const yaml::Node* file = map.Optional(key);
    if (const yaml::Node* node = map.Optional(key + "-data")) {
      auto text = FromBase64(node->text);
      if (text) return {problems_.file() + ": " + key + "-data", *text};
      problems_.Error(*node, "'" + key + "-data' is no base64");
      return {};
    }
    if (file == nullptr) return {};
    auto path = yaml::ReadString(*file, problems_, "'" + key + "'");
    if (!path) return {};
    StatusOr<std::string> text = read_(Resolve(*path));
    if (text.ok()) return {Resolve(*path), *std::move(text)};
    problems_.Error(*file, Message(text.status()));
    return {};
  }

  std::string Resolve(const std::string& path) const {
    return (folder_ / path).lexically_normal().string();
  }

  yaml::Problems problems_;
  const std::filesystem::path folder_;
  const ReadFile& read_;
  Access access_;
};

}  // namespace

StatusOr<Access> ReadKubeconfig(const std::string& path,
                                const std::string& text,
                                const std::string& context,
                                const ReadFile& read) {
  return Kubeconfig(path, text, read).Read(context);
}

StatusOr<Access> ReadPodAccess(const Environment& environment,
                               const ReadFile& read) {
  auto host = environment("KUBERNETES_SERVICE_HOST");
  if (!host || host->empty()) {
    return InvalidArgument(
        "this is no pod (KUBERNETES_SERVICE_HOST is not set); outside of a "
        "cluster write kubernetes: {kubeconfig: FILE}");
  }
  if (host->find(':') != std::string::npos) *host = "[" + *host + "]";
  Access access;
  access.server = "https://" + *host + ":" +
                  environment("KUBERNETES_SERVICE_PORT").value_or("443");
  access.trust.name = std::string(kAccount) + "ca.crt";
  HERALD_ASSIGN_OR_RETURN(access.trust.text, read(access.trust.name));
  access.token_file = std::string(kAccount) + "token";
  auto space = read(std::string(kAccount) + "namespace");
  if (space.ok()) access.space = Trimmed(*std::move(space));
  return access;
}

std::function<StatusOr<std::string>()> TokenOf(const Access& access,
                                               ReadFile read) {
  if (!access.token_file.empty()) {
    return [path = access.token_file,
            read = std::move(read)]() -> StatusOr<std::string> {
      HERALD_ASSIGN_OR_RETURN(std::string text, read(path));
      text = Trimmed(std::move(text));
      if (text.empty()) return Unavailable(path + ": holds no token");
      return text;
    };
  }
  if (access.token.empty()) return nullptr;
  return [token = access.token]() -> StatusOr<std::string> { return token; };
}

Pod ReadPod(const Environment& environment) {
  auto get = [&](const char* name) { return environment(name).value_or(""); };
  return {.name = get("POD_NAME"),
          .space = get("POD_NAMESPACE"),
          .uid = get("POD_UID"),
          .ip = get("POD_IP"),
          .node = get("NODE_NAME"),
          .region = get("TOPOLOGY_REGION"),
          .zone = get("TOPOLOGY_ZONE")};
}

}  // namespace herald::kubernetes
