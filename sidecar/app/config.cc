// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/config.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <utility>

#include "core/base/check.h"
#include "core/yaml/map_reader.h"
#include "core/yaml/parse.h"
#include "discovery/facts.h"

namespace herald::app {
namespace {

constexpr std::array<yaml::Choice<AdminChanges>, 2> kAdminChanges = {{
    {"local", AdminChanges::kLocal},
    {"anybody", AdminChanges::kAnybody},
}};

constexpr std::array<yaml::Choice<AgentProtocol>, 2> kProtocols = {{
    {"http1", AgentProtocol::kHttp1},
    {"h2c", AgentProtocol::kH2c},
}};

constexpr std::array<yaml::Choice<net::SocketAccess>, 2> kAccess = {{
    {"owner", net::SocketAccess::kOwner},
    {"everybody", net::SocketAccess::kEverybody},
}};

// Each open call costs some 20 KiB, and windows for bodies besides.
constexpr int64_t kMostOpenCalls = 1'000'000;

// The host of an IP address, without its port.
std::string HostOf(const Address& address) {
  const std::string text = address.ToString();
  return text.substr(0, text.rfind(':'));
}

bool IsAny(const Address& address) {
  const std::string host = HostOf(address);
  return host == "0.0.0.0" || host == "[::]";
}

// Whether both would take the same port of the same interface.
bool Collide(const Address& a, const Address& b) {
  if (a.is_unix() || b.is_unix()) return a == b;
  if (a.port() == 0 || a.port() != b.port()) return false;
  return IsAny(a) || IsAny(b) || HostOf(a) == HostOf(b);
}

// For our own constants.
Address Known(const std::string& text) {
  StatusOr<Address> address = Address::Parse(text);
  HERALD_CHECK(address.ok(), "a default of ours is an address");
  return *address;
}

// Reads one text; lives on the stack while it does.
class Reader {
 public:
  Reader(yaml::Problems& problems, Config& config)
      : problems_(problems),
        config_(config),
        folder_(std::filesystem::path(config.file).parent_path()) {}

  void Read(const yaml::Node& root) {
    yaml::MapReader map(root, problems_, "the configuration");
    if (!map) return;
    ReadNode(map);
    const ResolvePath resolve = [this](const std::string& path) {
      return Resolve(path);
    };
    const char* socket = std::getenv("SPIFFE_ENDPOINT_SOCKET");
    config_.identity =
        ReadIdentity(map, resolve, socket == nullptr ? "" : socket);
    ReadAgents(map);
    ReadListen(map);
    config_.discovery = ReadDiscovery(map, resolve);
    config_.policies = ReadPolicyPlaces(map, resolve);
    ReadLimits(map);
    ReadCalls(map);
    config_.policy_settings =
        ReadPolicySettings(map, config_.node.name, resolve);
  }

 private:
  std::string Resolve(const std::string& path) const {
    return (folder_ / path).lexically_normal().string();
  }

  void ReadNode(yaml::MapReader& root) {
    const kubernetes::Pod& pod = config_.pod;
    config_.node.name = pod.name;
    if (!pod.space.empty()) config_.node.kubernetes_namespace = pod.space;
    yaml::MapReader node =
        pod.name.empty() ? root.RequiredMap("node") : root.Map("node");
    if (!node) return;
    if (pod.name.empty() || node.Optional("name") != nullptr) {
      config_.node.name = discovery::ReadName(node, "name");
    }
    if (node.Optional("namespace") != nullptr) {
      config_.node.kubernetes_namespace =
          discovery::ReadName(node, "namespace");
    }
    if (yaml::MapReader site = node.Map("site")) {
      config_.node.site = discovery::ReadSite(site);
    }
  }

  void ReadAgents(yaml::MapReader& root) {
    std::map<std::string, int> lines;
    for (const yaml::Node& item : root.List("agents")) {
      yaml::MapReader map(item, problems_, "an agent");
      if (!map) continue;
      AgentConfig agent;
      agent.agent = discovery::ReadAgent(map);
      if (map.Required("address") != nullptr) {
        agent.address = ReadAddress(map).value_or(Address());
      }
      if (!agent.address.is_unix() && agent.address.length() != 0 &&
          agent.address.port() == 0) {
        problems_.Error(*map.Optional("address"), "port 0 cannot be reached");
      }
      agent.protocol = map.Enum<AgentProtocol>("protocol", kProtocols)
                           .value_or(AgentProtocol::kHttp1);
      agent.card = ReadCard(map);
      auto [known, is_new] = lines.emplace(agent.agent.name, item.at.line);
      if (!is_new && !agent.agent.name.empty()) {
        problems_.Error(item, "agent '" + agent.agent.name +
                                  "' stands here "
                                  "twice; the first is in line " +
                                  std::to_string(known->second));
      }
      config_.agents.push_back(std::move(agent));
    }
  }

  std::string ReadCard(yaml::MapReader& map) {
    const yaml::Node* node = map.Optional("card");
    if (node == nullptr) return kDefaultCardPath;
    auto path = yaml::ReadString(*node, problems_, "'card'");
    if (!path || *path == "none") return "";
    if (path->starts_with('/') && path->find_first_of(" #") == path->npos) {
      return *path;
    }
    problems_.Error(*node, "'" + *path + "' is no path of a card",
                    "write a path on the agent itself, as in " +
                        std::string(kDefaultCardPath) + ", or none");
    return "";
  }

  // The `address` of `map`: IP and port, or the path of a unix socket, which
  // is relative to the configuration.
  std::optional<Address> ReadAddress(yaml::MapReader& map) {
    const yaml::Node* node = map.Optional("address");
    if (node == nullptr || node->kind != yaml::Kind::kScalar ||
        node->text.substr(0, 5) != "unix:") {
      return discovery::ReadIpAddress(map, "address");
    }
    const std::string path = node->text.substr(5);
    StatusOr<Address> address = Address::Parse("unix:" + Resolve(path));
    if (address.ok()) return *address;
    problems_.Error(*node, "bad address: " + Message(address.status()));
    return std::nullopt;
  }

  void ReadListen(yaml::MapReader& root) {
    config_.mesh = Known(kDefaultMeshAddress);
    config_.admin = Known(kDefaultAdminAddress);
    yaml::MapReader listen = root.Map("listen");
    const yaml::Node* agents = listen.Optional("agents");
    if (agents == nullptr) {
      config_.agent_listeners = {
          {.address = Known(kDefaultAgentsAddress)},
          {.address = Known(std::string("unix:") + kDefaultAgentsSocket),
           .where_possible = true}};
    }
    for (const yaml::Node& item : listen.List("agents")) ReadListener(item);
    if (auto address = discovery::ReadIpAddress(listen, "mesh")) {
      config_.mesh = *address;
    }
    if (auto address = discovery::ReadIpAddress(listen, "admin")) {
      config_.admin = *address;
    }
    config_.health = discovery::ReadIpAddress(listen, "health");
    config_.admin_changes =
        listen.Enum<AdminChanges>("adminChanges", kAdminChanges)
            .value_or(AdminChanges::kLocal);
    // What takes mesh's number in TCP collides with the fall-back there.
    Claim(config_.mesh, "'mesh'", listen.Optional("mesh"), listen.at());
    Claim(config_.admin, "'admin'", listen.Optional("admin"), listen.at());
    if (config_.health) {
      Claim(*config_.health, "'health'", listen.Optional("health"),
            listen.at());
    }
  }

  void ReadListener(const yaml::Node& item) {
    yaml::MapReader map(item, problems_, "a listener");
    if (!map || map.Required("address") == nullptr) return;
    AgentListenerConfig listener;
    if (map.Optional("agent") != nullptr) {
      listener.agent = discovery::ReadName(map, "agent");
    }
    std::optional<Address> address = ReadAddress(map);
    if (!address) return;
    listener.address = *address;
    const yaml::Node* node = map.Optional("address");
    listener.at = node->at;
    if (auto access = map.Enum<net::SocketAccess>("access", kAccess)) {
      listener.access = *access;
      if (!address->is_unix()) {
        problems_.Error(*map.Optional("access"),
                        "'access' is for unix sockets; whoever reaches an IP "
                        "address may connect");
      }
    }
    Claim(*address, "a listener", node, item.at);
    if (!address->is_unix() && !address->is_loopback()) {
      problems_.Warning(node->at,
                        "whoever reaches " + address->ToString() +
                            " calls in this sidecar's name",
                        "agents on this machine need 127.0.0.1 only");
    }
    config_.agent_listeners.push_back(std::move(listener));
  }

  // Two listeners on one place are found here rather than when the second
  // cannot bind.
  void Claim(const Address& address, const std::string& who,
             const yaml::Node* node, Position otherwise) {
    const Position at = node != nullptr ? node->at : otherwise;
    for (const Claimed& other : claimed_) {
      if (!Collide(address, other.address)) continue;
      problems_.Error(at, who + " and " + other.who + " both listen on " +
                              address.ToString());
      return;
    }
    claimed_.push_back({address, who + (node == nullptr ? " (default)" : "")});
  }

  void ReadLimits(yaml::MapReader& root) {
    yaml::MapReader map = root.Map("limits");
    if (!map) return;
    if (auto calls = map.Int("openCalls", {1, kMostOpenCalls})) {
      config_.limits.open_calls = static_cast<size_t>(*calls);
    }
  }

  void ReadCalls(yaml::MapReader& root) {
    yaml::MapReader map = root.Map("calls");
    if (!map) return;
    config_.hedging = map.Bool("hedging").value_or(true);
  }

  struct Claimed {
    Address address;
    std::string who;
  };
  yaml::Problems& problems_;
  Config& config_;
  const std::filesystem::path folder_;
  std::vector<Claimed> claimed_;
};

}  // namespace

ParsedConfig ParseConfig(const std::string& file, std::string text,
                         kubernetes::Pod pod) {
  ParsedConfig out;
  out.config.file = file;
  out.config.pod = std::move(pod);
  yaml::Problems problems(file, std::move(text));
  if (std::optional<yaml::Node> root = yaml::ParseOne(problems)) {
    Reader(problems, out.config).Read(*root);
  }
  out.issues = problems.issues();
  return out;
}

}  // namespace herald::app
