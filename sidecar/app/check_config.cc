// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/check_config.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/spiffe_id.h"
#include "core/base/text_file.h"
#include "core/net/listen_socket.h"
#include "discovery/peers_file.h"
#include "policy/countries.h"
#include "policy/load.h"
#include "sidecar/app/policy_files.h"
#include "sidecar/app/process.h"
#include "sidecar/app/seals.h"

namespace herald::app {
namespace {

// A certificate that ends sooner than this deserves a word.
constexpr std::chrono::hours kSoon{24 * 7};

// Checks one configuration; lives on the stack while it does.
class Checker {
 public:
  Checker(CheckedConfig& out, std::string text, WallTime now,
          kubernetes::Pod pod)
      : out_(out), text_(std::move(text)), now_(now), pod_(std::move(pod)) {}

  void Check() {
    ParsedConfig parsed = ParseConfig(out_.config.file, text_, pod_);
    out_.config = std::move(parsed.config);
    Append(std::move(parsed.issues));
    CheckIdentity();
    CheckCodes(out_.config.node.site, out_.config.file, "'site'");
    CheckListeners();
    for (const auto& cluster : out_.config.discovery.Of<KubernetesSettings>()) {
      CheckCluster(cluster);
    }
    for (const KubernetesSettings& cluster : out_.config.policies.clusters) {
      CheckCluster(cluster);
    }
    for (const NamedFile& file : out_.config.discovery.files())
      CheckPeers(file);
    CheckPolicies();
  }

 private:
  void Append(Issues issues) {
    for (Issue& issue : issues) out_.issues.push_back(std::move(issue));
  }

  // A problem of what the configuration names, shown where it is named.
  void Report(Position at, std::string text, std::string hint = "") {
    out_.issues.push_back({.file = out_.config.file,
                           .at = at,
                           .text = std::move(text),
                           .hint = std::move(hint),
                           .source_line = LineOf(text_, at.line)});
  }

  void Warn(const std::string& file, Position at, std::string text,
            std::string hint = "") {
    out_.issues.push_back(
        {.severity = Issue::Severity::kWarning,
         .file = file,
         .at = at,
         .text = std::move(text),
         .hint = std::move(hint),
         .source_line = at.line > 0 ? LineOf(text_, at.line) : ""});
  }

  void CheckIdentity() {
    const IdentitySettings& settings = out_.config.identity;
    if (!settings.workload_api.empty()) {
      // Only a running sidecar is answered; asking would be no check.
      out_.identity = "the first SVID of " + settings.workload_api;
      return;
    }
    const net::IdentityFiles& files = settings.files;
    bool readable = true;
    for (const auto& [path, at] :
         {std::pair(files.certificate, settings.certificate_at),
          std::pair(files.key, settings.key_at),
          std::pair(files.trust, settings.trust_at)}) {
      if (path.empty()) {
        readable = false;  // reported by ParseConfig
      } else if (auto text = ReadTextFile(path); !text.ok()) {
        readable = false;
        Report(at, Message(text.status()));
      }
    }
    if (!readable) return;
    auto identity = net::Identity::Load(files, now_);
    if (!identity.ok()) {
      Report(PlaceOf(Message(identity.status())), Message(identity.status()));
      return;
    }
    out_.identity = (*identity)->id().text();
    trust_domain_ = std::string((*identity)->id().trust_domain());
    if ((*identity)->not_after() < now_ + kSoon) {
      Warn(out_.config.file, settings.certificate_at,
           files.certificate + " expires within a week");
    }
  }

  // Where the configuration names the file that an error begins with.
  Position PlaceOf(const std::string& message) const {
    const IdentitySettings& c = out_.config.identity;
    auto about = [&message](const std::string& path) {
      return message.rfind(path + ":", 0) == 0;
    };
    if (about(c.files.key)) return c.key_at;
    if (about(c.files.trust)) return c.trust_at;
    return c.certificate_at;
  }

  void CheckListeners() {
    for (const AgentListenerConfig& listen : out_.config.agent_listeners) {
      if (!listen.address.is_unix() || listen.where_possible) continue;
      if (listen.access == net::SocketAccess::kEverybody) continue;
      Status fine = net::CheckSocketFolder(listen.address.path());
      if (!fine.ok()) Report(listen.at, Message(fine));
    }
  }

  // A kubeconfig and the files it names; the pod's own account is known in the
  // pod alone.
  void CheckCluster(const KubernetesSettings& settings) {
    const kubernetes::ReadFile read = ProcessFiles();
    if (!settings.trust.empty()) {
      auto trust = read(settings.trust);
      if (!trust.ok()) Report(settings.at, Message(trust.status()));
    }
    if (settings.kubeconfig.empty()) return;
    auto text = read(settings.kubeconfig);
    if (!text.ok()) {
      Report(settings.at, Message(text.status()));
      return;
    }
    auto access = kubernetes::ReadKubeconfig(settings.kubeconfig, *text,
                                             settings.context, read);
    if (!access.ok()) Report(settings.at, Message(access.status()));
  }

  void CheckPeers(const NamedFile& file) {
    auto text = ReadTextFile(file.path);
    if (!text.ok()) {
      Report(file.at, Message(text.status()));
      return;
    }
    discovery::PeersFile parsed =
        discovery::ParsePeersFile(file.path, *std::move(text));
    Append(std::move(parsed.issues));
    out_.peers += parsed.peers.size();
    for (const discovery::Endpoint& peer : parsed.peers) {
      CheckPeer(peer, file.path);
    }
  }

  void CheckPeer(const discovery::Endpoint& peer, const std::string& file) {
    const std::string who = "peer '" + peer.name + "'";
    CheckCodes(peer.site, file, who);
    auto id = SpiffeId::Parse(peer.identity);
    if (trust_domain_ && id.ok() && id->trust_domain() != *trust_domain_) {
      Warn(file, {},
           who + " is of trust domain " + std::string(id->trust_domain()) +
               ", which ours, " + *trust_domain_ + ", does not vouch for");
    }
    if (peer.name.empty()) return;
    auto [known, is_new] = peer_files_.emplace(peer.name, file);
    if (!is_new && known->second != file) {
      Warn(file, {},
           who + " also stands in " + known->second + ", which counts");
    }
  }

  void CheckCodes(const Site& site, const std::string& file,
                  const std::string& who) {
    std::vector<Country> codes =
        site.operator_control.value_or(std::vector<Country>());
    if (site.country) codes.push_back(*site.country);
    for (Country code : codes) {
      if (policy::IsAssigned(code)) continue;
      Warn(file, {},
           who + ": " + code.ToString() +
               " is no country's code, so no "
               "policy's set of countries has it",
           policy::HintForCode(code.ToString()));
    }
  }

  Signers ReadKeys() {
    Signers keys;
    for (const NamedFile& file : out_.config.policy_settings.signers) {
      auto read = ReadSigners({file.path});
      if (read.ok()) {
        keys.push_back(read->front());
      } else {
        Report(file.at, Message(read.status()));
      }
    }
    return keys;
  }

  void CheckPolicies() {
    const std::vector<NamedFile>& named = out_.config.policies.files;
    if (out_.config.policies.empty()) {
      Warn(out_.config.file, {}, "no policy is named: every call is refused");
      return;
    }
    std::vector<policy::SourceText> texts;
    for (const NamedFile& file : named) {
      auto read = ReadPolicies({file.path});
      if (!read.ok()) {
        Report(file.at, Message(read.status()));
        continue;
      }
      if (read->empty()) {
        Warn(out_.config.file, file.at,
             file.path + " holds no *.yaml or *.yml");
      }
      for (policy::SourceText& text : *read) texts.push_back(std::move(text));
    }
    out_.policy_texts = texts.size();
    CheckSeals(ReadKeys(), texts);
    Append(policy::Load(texts).issues);
  }

  CheckedConfig& out_;
  const std::string text_;
  const WallTime now_;
  const kubernetes::Pod pod_;
  std::optional<std::string> trust_domain_;
  std::map<std::string, std::string> peer_files_;  // name to file
};

}  // namespace

CheckedConfig CheckConfig(const std::string& file, WallTime now,
                          kubernetes::Pod pod) {
  CheckedConfig out;
  out.config.file = file;
  auto text = ReadTextFile(file);
  if (!text.ok()) {
    const std::string why = Message(text.status());
    // The error begins with the file, as the issue does.
    out.issues.push_back({.file = file, .text = why.substr(file.size() + 2)});
    return out;
  }
  Checker(out, *std::move(text), now, std::move(pod)).Check();
  return out;
}

}  // namespace herald::app
