// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/policy_settings.h"

#include <charconv>
#include <optional>
#include <utility>

namespace herald::app {
namespace {

// Smaller files would be rotated away before anybody read them.
constexpr uint64_t kLeastMaxBytes = uint64_t{64} << 10;
constexpr int64_t kMostKept = 1000;

// "64MiB": a whole number and KiB, MiB or GiB.
std::optional<uint64_t> ParseBytes(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value > (uint64_t{1} << 30)) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text == "KiB") return value << 10;
  if (text == "MiB") return value << 20;
  if (text == "GiB") return value << 30;
  return std::nullopt;
}

void ReadMaxBytes(yaml::MapReader& map, uint64_t& out) {
  const yaml::Node* node = map.Optional("maxBytes");
  if (node == nullptr) return;
  auto bytes =
      node->kind == yaml::Kind::kScalar ? ParseBytes(node->text) : std::nullopt;
  if (bytes && *bytes >= kLeastMaxBytes) {
    out = *bytes;
    return;
  }
  map.problems().Error(
      *node,
      "'maxBytes' is a size of at least 64KiB, not " + yaml::Describe(*node),
      "write 64MiB");
}

void ReadDecisionLog(yaml::MapReader& root, const ResolvePath& resolve,
                     DecisionLogConfig& out) {
  yaml::MapReader map = root.Map("decisionLog");
  if (!map) return;
  if (auto file = map.String("file")) out.file = resolve(*file);
  ReadMaxBytes(map, out.max_bytes);
  if (auto keep = map.Int("keep", {1, kMostKept})) {
    out.keep = static_cast<int>(*keep);
  }
  out.all = map.Bool("all").value_or(false);
}

void ReadHold(yaml::MapReader& root, PolicyHoldConfig& out) {
  yaml::MapReader map = root.Map("policyHold");
  if (!map) return;
  if (auto share = map.Number("share")) {
    out.share = *share;
    if (!(*share >= 0 && *share <= 1)) {
      map.problems().Error(*map.Optional("share"),
                           "'share' is between 0 and 1, where 1 never holds a "
                           "policy back");
    }
  }
  if (auto calls = map.Int("calls", {1})) {
    out.calls = static_cast<uint64_t>(*calls);
  }
}

}  // namespace

PolicySettings ReadPolicySettings(yaml::MapReader& root,
                                  const std::string& node,
                                  const ResolvePath& resolve) {
  PolicySettings out;
  for (const yaml::Node& item : root.List("policySigners")) {
    auto path =
        yaml::ReadString(item, root.problems(), "a member of 'policySigners'");
    if (path) out.signers.push_back({resolve(*path), item.at});
  }
  ReadHold(root, out.hold);
  out.decision_log.file = resolve(node + ".decisions.jsonl");
  ReadDecisionLog(root, resolve, out.decision_log);
  return out;
}

}  // namespace herald::app
