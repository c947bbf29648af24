// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/delivery.h"

#include <utility>

#include "core/base/base64.h"

namespace herald::call {

Delivery::Delivery(Environment& environment, const CallFacts& call,
                   std::optional<Time> deadline, uint32_t hops,
                   std::vector<std::string> passed)
    : handles_(environment.handles), handle_(environment.secret()) {
  passed.push_back(call.agent);
  handles_.Add(handle_, {.call_id = call.id,
                         .labels = call.labels,
                         .purpose = call.purpose,
                         .legal_basis = call.legal_basis,
                         .deadline = deadline,
                         .hops = hops,
                         .passed = std::move(passed)});
}

Delivery::~Delivery() { handles_.Remove(handle_); }

void Delivery::AddTo(http::Headers& headers, const CallFacts& call) const {
  headers.Add("herald-call", handle_);
  if (!call.caller.empty()) headers.Add("herald-caller", call.caller);
  if (call.labels.empty()) return;
  std::string labels;
  for (const std::string& label : call.labels) {
    if (!labels.empty()) labels += ", ";
    labels += label;
  }
  headers.Add("herald-labels", labels);
}

std::string MakeCallId(Random& random) {
  std::string id;
  do {
    uint64_t words[2] = {random.Next(), random.Next()};
    id = Base64UrlEncode({reinterpret_cast<const char*>(words), sizeof words});
  } while (id[0] == '-');
  return id;
}

}  // namespace herald::call
