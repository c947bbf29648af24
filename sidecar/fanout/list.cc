// SPDX-License-Identifier: Apache-2.0
//
// A list, or a page of one. Pages are of the cache as it is when each is asked
// for, under the version of the first: a watch from that version tells all
// that changed in between.
#include <string>

#include "core/base/base64.h"
#include "core/json/json.h"
#include "discovery/kubernetes/api.h"
#include "sidecar/fanout/fan_out.h"

namespace herald::fanout {
namespace {

// "VERSION NAMESPACE/NAME"
struct Place {
  std::string version;
  Cache::Key after;
};

Place PlaceOf(const std::string& from) {
  Place out;
  const size_t space = from.find(' ');
  const size_t slash = from.find('/', space);
  if (space == std::string::npos || slash == std::string::npos) return out;
  out.version = from.substr(0, space);
  out.after = {from.substr(space + 1, slash - space - 1),
               from.substr(slash + 1)};
  return out;
}

}  // namespace

std::optional<uint64_t> ListedAt(const Question& question) {
  return ParseVersion(PlaceOf(question.from).version);
}

std::string RenderList(const Cache& cache, const Question& question) {
  Place place = PlaceOf(question.from);
  if (place.version.empty()) place.version = std::to_string(cache.version());
  std::string items, next;
  size_t count = 0;
  Cache::Key last;
  for (auto at = cache.objects().upper_bound(place.after);
       at != cache.objects().end(); ++at) {
    const CachedObject& object = *at->second;
    if (!question.space.empty() && object.space != question.space) continue;
    if (!question.selector.Selects(object.labels)) continue;
    if (question.limit > 0 && count == question.limit) {
      next =
          Base64UrlEncode(place.version + " " + last.first + "/" + last.second);
      break;
    }
    if (count++ > 0) items += ',';
    items += object.text;
    last = at->first;
  }
  json::Object metadata = {{"resourceVersion", place.version}};
  if (!next.empty()) metadata["continue"] = next;
  return "{\"apiVersion\":\"" + std::string(kubernetes::kApiVersion) +
         "\",\"kind\":\"" + std::string(question.kind->name) +
         "List\",\"metadata\":" + json::Serialize(metadata) + ",\"items\":[" +
         items + "]}\n";
}

}  // namespace herald::fanout
