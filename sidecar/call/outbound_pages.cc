// SPDX-License-Identifier: Apache-2.0
//
// The pages that a sidecar has for its agents, under /.herald/.
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/spiffe_id.h"
#include "core/http/query.h"
#include "sidecar/call/catalogue.h"
#include "sidecar/call/catalogue_query.h"
#include "sidecar/call/outbound_call.h"

namespace herald::call {

bool OutboundCall::AnswerOwnPath(const Origin& origin,
                                 const CallFields& fields) {
  if (origin.listener_agent || fields.agent ||
      head_.path.compare(0, kOwnPaths.size(), kOwnPaths) != 0) {
    return false;
  }
  const auto [path, query] = http::SplitTarget(head_.path);
  const std::string one = std::string(kAgentsPath) + "/";
  const bool is_one = path.substr(0, one.size()) == one;
  const bool is_ai = path == kAiCatalogPath;
  if (path != kAgentsPath && !is_one && !is_ai) {
    AnswerWith(Outcome::kUnknownAgent,
               "there is no " + std::string(path) +
                   " here; the catalogue is /.herald/agents");
    return true;
  }
  const auto asked = ParseCatalogueQuery(query);
  if (!asked.ok()) {
    AnswerWith(Outcome::kBadRequest, Message(asked.status()));
  } else if (is_one) {
    call_.agent = path.substr(one.size());
    AnswerCatalogueEntry(asked->query);
  } else if (is_ai) {
    AnswerAiCatalog(asked->query);
  } else if (asked->watch && head_.method == "GET") {
    // Else it would not have come here.
    AnswerWith(Outcome::kOverloaded, std::to_string(CatalogueWatches::kMost) +
                                         " watch the catalogue of " +
                                         env().self.node + " already");
  } else {
    AnswerJson(OwnCatalogue(*env().snapshot()).Render(asked->query));
  }
  return true;
}

void OutboundCall::AnswerCatalogueEntry(const discovery::AgentQuery& query) {
  const auto snapshot = env().snapshot();
  auto body = OwnCatalogue(*snapshot).RenderOne(call_.agent, query);
  if (body) return AnswerJson(*std::move(body));
  if (query == discovery::AgentQuery()) return AnswerUnknownAgent();
  AnswerWith(Outcome::kUnknownAgent, "no peer serves an agent named '" +
                                         call_.agent + "' as it was asked for");
}

// The way to each card leads through the door by which this was asked.
void OutboundCall::AnswerAiCatalog(const discovery::AgentQuery& query) {
  const auto snapshot = env().snapshot();
  const StatusOr<SpiffeId> self = SpiffeId::Parse(env().self.identity);
  const std::string domain(self.ok() ? self->trust_domain() : "invalid");
  const std::string base =
      "http://" + (head_.authority.empty() ? "localhost" : head_.authority);
  AnswerJson(OwnCatalogue(*snapshot).RenderAiCatalog(base, domain, query),
             "application/ai-catalog+json");
}

Catalogue OutboundCall::OwnCatalogue(const discovery::Snapshot& snapshot) {
  const Self& self = env().self;
  return {.snapshot = snapshot,
          .own = self.agents,
          .own_site = self.site,
          .own_node = self.node,
          .peers = &env().peers};
}

void OutboundCall::AnswerJson(std::string body, std::string_view type) {
  Answer answer;
  answer.head.headers.Add("content-type", type);
  answer.head.content_length = body.size();
  if (head_.method != "HEAD") answer.body = std::move(body);
  relay_.Answer(answer.head, answer.body);
}

}  // namespace herald::call
