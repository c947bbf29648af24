// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/settings.h"

#include <array>
#include <filesystem>

#include "core/base/check.h"
#include "core/base/spiffe_id.h"
#include "core/yaml/map_reader.h"
#include "core/yaml/parse.h"
#include "discovery/facts.h"
#include "sidecar/injector/manifest.h"

namespace herald::injector {
namespace {

enum class OnBadPolicy { kRefuse, kWarn };
constexpr std::array<yaml::Choice<OnBadPolicy>, 2> kOnBadPolicy = {{
    {"refuse", OnBadPolicy::kRefuse},
    {"warn", OnBadPolicy::kWarn},
}};

enum class Pull { kAlways, kIfNotPresent, kNever };
constexpr std::array<yaml::Choice<Pull>, 3> kPulls = {{
    {"Always", Pull::kAlways},
    {"IfNotPresent", Pull::kIfNotPresent},
    {"Never", Pull::kNever},
}};

// A sidecar holds some ten megabytes and idles at next to nothing; small
// requests let it run anywhere, the limit ends one that leaks before it costs
// its node.
json::Object DefaultResources() {
  return {{"requests", {{"cpu", "10m"}, {"memory", "16Mi"}}},
          {"limits", {{"memory", "128Mi"}}}};
}

json::Object DefaultConfiguration() {
  const json::Object cluster = {{"kubernetes", json::Object()}};
  return {{"discovery", json::Array{cluster}},
          {"policy", json::Array{cluster}}};
}

Address Known(const char* text) {
  StatusOr<Address> address = Address::Parse(text);
  HERALD_CHECK(address.ok(), "a default of ours is an address");
  return *address;
}

// Reads one text; lives on the stack while it does.
class Reader {
 public:
  Reader(yaml::Problems& problems, const std::string& file, Settings& out)
      : problems_(problems),
        folder_(std::filesystem::path(file).parent_path()),
        out_(out) {}

  void Read(const yaml::Node& root) {
    yaml::MapReader map(root, problems_, "the injector's settings");
    if (!map) return;
    ReadTrustDomain(map);
    ReadSidecar(map);
    for (const yaml::Node& item : map.List("sites")) ReadSite(item);
    ReadWebhook(map);
  }

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  void ReadTrustDomain(yaml::MapReader& root) {
    const yaml::Node* node = root.Required("trustDomain");
    if (node == nullptr) return;
    auto text = yaml::ReadString(*node, problems_, "'trustDomain'");
    if (!text) return;
    if (!SpiffeId::Parse("spiffe://" + *text).ok() ||
        text->find('/') != std::string::npos) {
      problems_.Error(*node, "'" + *text + "' is no trust domain",
                      "write one like acme.example");
      return;
    }
    out_.trust_domain = *text;
  }

  void ReadSidecar(yaml::MapReader& root) {
    yaml::MapReader map = root.RequiredMap("sidecar");
    if (!map) return;
    SidecarTemplate& sidecar = out_.sidecar;
    sidecar.image = map.RequiredString("image");
    if (map.Enum<Pull>("imagePullPolicy", kPulls)) {
      sidecar.pull_policy = map.Optional("imagePullPolicy")->text;
    }
    sidecar.token_audience = map.String("tokenAudience").value_or("");
    sidecar.resources = ReadObject(map, "resources", DefaultResources());
    sidecar.configuration =
        ReadObject(map, "configuration", DefaultConfiguration());
    RefuseOurs(map.Optional("configuration"));
    for (const yaml::Node& item : map.List("files")) ReadFiles(item);
    if (yaml::MapReader identity = map.RequiredMap("identity")) {
      ReadIdentity(identity);
    }
  }

  void ReadFiles(const yaml::Node& item) {
    yaml::MapReader map(item, problems_, "a member of 'files'");
    if (!map) return;
    const auto secret = map.String("secret");
    const auto config_map = map.String("configMap");
    if (secret.has_value() == config_map.has_value()) {
      problems_.Error(item,
                      "a member of 'files' is either a 'secret' or a "
                      "'configMap'");
      return;
    }
    out_.sidecar.files.push_back(
        {.secret = secret.has_value(), .name = secret ? *secret : *config_map});
  }

  // What differs from pod to pod is not the template's to say.
  void RefuseOurs(const yaml::Node* configuration) {
    if (configuration == nullptr) return;
    if (const yaml::Node* agents = configuration->Find("agents")) {
      problems_.Error(*agents, "agents are told by each pod",
                      "annotate the pod: herald.dev/agents: planner=8080");
    }
    const yaml::Node* node = configuration->Find("node");
    const yaml::Node* name = node != nullptr ? node->Find("name") : nullptr;
    if (name != nullptr) {
      problems_.Error(*name, "a sidecar in a pod has the pod's name",
                      "leave 'name' out");
    }
  }

  json::Object ReadObject(yaml::MapReader& map, std::string_view key,
                          json::Object otherwise) {
    const yaml::Node* node = map.Optional(key);
    if (node == nullptr) return otherwise;
    if (node->kind != yaml::Kind::kMap) {
      problems_.Error(*node, "'" + std::string(key) + "' must be a map, not " +
                                 yaml::Describe(*node));
      return otherwise;
    }
    return ToJson(*node).get_object();
  }

  void ReadIdentity(yaml::MapReader& map) {
    IdentityVolume& identity = out_.sidecar.identity;
    identity.secret = map.String("secret").value_or("");
    if (yaml::MapReader csi = map.Map("csi")) {
      identity.driver = csi.RequiredString("driver");
      identity.attributes = ReadPairs(csi, "attributes");
    }
    if (identity.secret.empty() == identity.driver.empty()) {
      problems_.Error(map.at(), "'identity' is either 'secret' or 'csi'",
                      "identity: {secret: \"herald-{serviceAccount}\"}");
    }
  }

  Pairs ReadPairs(yaml::MapReader& map, std::string_view key) {
    Pairs out;
    yaml::MapReader pairs = map.Map(key);
    if (!pairs) return out;
    for (const yaml::Entry& entry : pairs.Entries()) {
      auto value =
          yaml::ReadString(entry.value, problems_, "'" + entry.key + "'");
      if (value) out.emplace_back(entry.key, *value);
    }
    return out;
  }

  void ReadSite(const yaml::Node& item) {
    yaml::MapReader map(item, problems_, "a rule of 'sites'");
    if (!map) return;
    SiteRule rule;
    rule.namespaces =
        map.Strings("namespaces").value_or(std::vector<std::string>());
    rule.node_selector = ReadPairs(map, "nodeSelector");
    const yaml::Node* site = map.Required("site");
    if (site == nullptr) return;
    if (yaml::MapReader facts(*site, problems_, "'site'"); facts) {
      discovery::ReadSite(facts);  // for its problems
    }
    rule.site = ToJson(*site);
    out_.sites.push_back(std::move(rule));
  }

  void ReadWebhook(yaml::MapReader& root) {
    out_.listen = discovery::ReadIpAddress(root, "listen")
                      .value_or(Known(kDefaultListen));
    out_.certificate = Path(root, "certificate");
    out_.key = Path(root, "key");
    out_.kubeconfig = Path(root, "kubeconfig");
    if (out_.certificate.empty() != out_.key.empty()) {
      problems_.Error(root.at(), "'certificate' and 'key' go together");
    }
    if (yaml::MapReader guard = root.Map("guard")) {
      if (auto admins = guard.Strings("admins")) out_.guard.admins = *admins;
      out_.policies.refuse =
          guard.Enum<OnBadPolicy>("policies", kOnBadPolicy)
              .value_or(OnBadPolicy::kRefuse) == OnBadPolicy::kRefuse;
    }
  }

  std::string Path(yaml::MapReader& root, std::string_view key) {
    auto path = root.String(key);
    return path ? (folder_ / *path).lexically_normal().string() : "";
  }

  yaml::Problems& problems_;
  const std::filesystem::path folder_;
  Settings& out_;
};

}  // namespace

ParsedSettings ParseSettings(const std::string& file, std::string text) {
  ParsedSettings out;
  yaml::Problems problems(file, std::move(text));
  if (std::optional<yaml::Node> root = yaml::ParseOne(problems)) {
    Reader(problems, file, out.settings).Read(*root);
  }
  out.issues = problems.issues();
  return out;
}

Settings DefaultSettings(const std::string& image) {
  Settings out;
  out.sidecar.image = image;
  out.sidecar.resources = DefaultResources();
  out.sidecar.configuration = DefaultConfiguration();
  out.sidecar.identity.secret = "herald-{serviceAccount}";
  out.listen = Known(kDefaultListen);
  return out;
}

}  // namespace herald::injector
