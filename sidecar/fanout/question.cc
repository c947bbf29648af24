// SPDX-License-Identifier: Apache-2.0
#include "sidecar/fanout/question.h"

#include <algorithm>
#include <array>

#include "core/base/base64.h"
#include "core/http/query.h"
#include "core/json/json.h"
#include "discovery/kubernetes/api.h"
#include "sidecar/fanout/cache.h"

namespace herald::fanout {
namespace {

constexpr std::array<Kind, 6> kKinds = {{
    {"agents", "Agent", true},
    {"routingpolicies", "RoutingPolicy", true},
    {"clusterroutingpolicies", "ClusterRoutingPolicy", false},
    {"labelschemas", "LabelSchema", false},
    {"jurisdictionsets", "JurisdictionSet", false},
    {"overrides", "Override", true},
}};

// As the API server has them (--min-request-timeout 1800 s, and up to twice).
constexpr Duration kLeastWatch = std::chrono::minutes(30);
constexpr uint64_t kMostSeconds = 3600;

Status NotFound(std::string_view path) {
  return MakeStatus(StatusCode::kNotFound,
                    "nothing is served at '" + std::string(path) + "'");
}

// "/apis/herald.dev/v1alpha1[/namespaces/NS]/agents"
Status ReadPath(std::string_view path, Question& out) {
  std::string_view rest = path;
  const std::string_view group = kubernetes::kGroupPath;
  if (rest.substr(0, group.size()) != group) return NotFound(path);
  rest.remove_prefix(group.size());
  constexpr std::string_view kSpaces = "/namespaces/";
  if (rest.substr(0, kSpaces.size()) == kSpaces) {
    rest.remove_prefix(kSpaces.size());
    const size_t slash = rest.find('/');
    if (slash == 0 || slash == std::string_view::npos) return NotFound(path);
    out.space = rest.substr(0, slash);
    rest.remove_prefix(slash);
  }
  if (rest.substr(0, 1) != "/") return NotFound(path);
  rest.remove_prefix(1);
  for (const Kind& kind : kKinds) {
    if (kind.plural == rest && (kind.namespaced || out.space.empty())) {
      out.kind = &kind;
      return absl::OkStatus();
    }
  }
  return NotFound(path);
}

StatusOr<uint64_t> ReadNumber(const std::string& key,
                              const std::string& value) {
  const auto number = ParseVersion(value);
  if (number) return *number;
  return InvalidArgument("'" + key + "' is no number: '" + value + "'");
}

Status ReadPair(const std::string& key, const std::string& value,
                Question& out) {
  if (key == "labelSelector") {
    HERALD_ASSIGN_OR_RETURN(out.selector, Selector::Parse(value));
  } else if (key == "watch") {
    out.watch = value == "1" || value == "true";
  } else if (key == "allowWatchBookmarks") {
    out.bookmarks = value == "1" || value == "true";
  } else if (key == "resourceVersion" && !value.empty() && value != "0") {
    HERALD_ASSIGN_OR_RETURN(out.version, ReadNumber(key, value));
  } else if (key == "timeoutSeconds") {
    HERALD_ASSIGN_OR_RETURN(uint64_t seconds, ReadNumber(key, value));
    out.lasts = std::chrono::seconds(std::min(seconds, kMostSeconds));
  } else if (key == "limit") {
    HERALD_ASSIGN_OR_RETURN(uint64_t limit, ReadNumber(key, value));
    out.limit = limit;
  } else if (key == "continue" && !value.empty()) {
    const auto from = Base64UrlDecode(value);
    if (!from) return InvalidArgument("'continue' is not one of ours");
    out.from = *from;
  } else if (key == "fieldSelector" && !value.empty()) {
    return InvalidArgument(
        "fields are not selected by here; the API server does it");
  }
  return absl::OkStatus();
}

}  // namespace

std::span<const Kind> Kinds() { return kKinds; }

std::string RenderRefusal(const Refusal& refusal) {
  return json::Serialize(json::Object{{"kind", "Status"},
                                      {"apiVersion", "v1"},
                                      {"metadata", json::Object()},
                                      {"status", "Failure"},
                                      {"message", refusal.why},
                                      {"reason", refusal.reason},
                                      {"code", refusal.status}});
}

StatusOr<Question> ParseQuestion(std::string_view target, double drawn) {
  Question out;
  const auto [path, query] = http::SplitTarget(target);
  HERALD_RETURN_IF_ERROR(ReadPath(path, out));
  HERALD_ASSIGN_OR_RETURN(http::QueryPairs pairs, http::ParseQuery(query));
  for (const auto& [key, value] : pairs) {
    HERALD_RETURN_IF_ERROR(ReadPair(key, value, out));
  }
  if (out.lasts == Duration::zero()) {
    out.lasts =
        kLeastWatch + Duration(static_cast<int64_t>(
                          drawn * static_cast<double>(kLeastWatch.count())));
  }
  return out;
}

}  // namespace herald::fanout
