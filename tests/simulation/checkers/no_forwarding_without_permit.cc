// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checkers/no_forwarding_without_permit.h"

#include <algorithm>

namespace herald::simulation {
namespace {

std::string Name(const std::vector<std::string>& labels) {
  std::string out;
  for (const std::string& label : labels) {
    out += (out.empty() ? "" : ", ") + label;
  }
  return out.empty() ? "unlabelled" : out;
}

}  // namespace

Breaches NoForwardingWithoutPermit(const Journal& journal) {
  constexpr const char* kPromise = "no_forwarding_without_permit";
  Breaches out;
  for (const DeliveryEntry& delivery : journal.deliveries) {
    const CallEntry& call = journal.calls[delivery.call];
    bool caller = journal.Permitted(call.caller_node, call.began, delivery.at,
                                    call.labels, delivery.country);
    bool callee = journal.Permitted(delivery.node, delivery.at, delivery.at,
                                    call.labels, delivery.country);
    if (caller && callee) continue;
    out.push_back({Breach::Kind::kSafety, kPromise,
                   "call " + std::to_string(call.number) + " with data " +
                       Name(call.labels) + " reached " + delivery.node +
                       " in " + delivery.country});
  }
  for (const CallEntry& call : journal.calls) {
    if (call.returned_labels.empty()) continue;
    std::vector<std::string> labels = call.labels;
    labels.insert(labels.end(), call.returned_labels.begin(),
                  call.returned_labels.end());
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    if (labels == call.labels) continue;
    if (!journal.Permitted(call.served_by, call.began, call.ended, labels,
                           call.caller_country)) {
      out.push_back({Breach::Kind::kSafety, kPromise,
                     "the answer to call " + std::to_string(call.number) +
                         " with data " + Name(labels) + " came back to " +
                         call.caller_country});
    }
  }
  return out;
}

}  // namespace herald::simulation
