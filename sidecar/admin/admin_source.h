// SPDX-License-Identifier: Apache-2.0
//
// What the admin pages show, asked when somebody looks. App implements it, who
// alone knows all parts of the sidecar; the pages know none of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json/json.h"

namespace herald::admin {

// A text and what it is, "application/yaml" for example.
struct Document {
  std::string content_type;
  std::string text;
};

// What an explanation came to: `value` is the answer, or, when `understood` is
// false, a problem document that says what is wrong with the question.
struct Explanation {
  bool understood = true;
  json::Value value;
};

// What came of a request to change something.
struct Change {
  int status = 200;
  json::Value value;  // a problem document where it failed
};

// Owned by app, outlives the pages. Every call answers at once.
class AdminSource {
 public:
  virtual ~AdminSource() = default;

  // Why calls should not come here yet, or any more; empty when they may.
  virtual std::vector<std::string> NotReadyBecause() = 0;

  // What somebody should look at although calls may come.
  virtual std::vector<std::string> Notices() = 0;

  // A list of {name, identity, agents, site, source, stale, state,
  // transport, rttMs, rttVarMs, ttfbMs, inFlight, limit, score, terms, tier,
  // allowed}.
  virtual json::Value Peers() = 0;

  // The catalogue, as agents see it at /.herald/agents, of what `query`
  // ("skill=plan&country=DE") finds.
  virtual Explanation Agents(std::string_view query) = 0;

  // What discovery's sources said last: a list of {source, ok, staleSeconds,
  // problem, loads, failures}.
  virtual json::Value Discovery() = 0;

  // The configuration in force, defaults included. Never a secret.
  virtual Document Config() = 0;

  // The policies in force.
  virtual Document Policy() = 0;

  // Would this call be permitted, and why? `question` is what
  // `herald policy explain` sends.
  virtual Explanation Explain(const json::Value& question) = 0;

  // Where would this call go, and why? `question` is {agent, labels, purpose,
  // skill, affinity}.
  virtual Explanation Route(const json::Value& question) = 0;

  // The policy in force: {hash, since, from, files, refused, held, history,
  // observed, overrides, reviews, meters, counts}.
  virtual json::Value PolicyStatus() = 0;

  // Whether a client may change something: one of this machine, or another.
  virtual bool MayChange(bool local) = 0;

  // Puts an earlier policy in force; `to` is the beginning of its hash, or
  // empty for the one before.
  virtual Change Rollback(const std::string& to) = 0;

  // Takes leave of those who call this sidecar's agents; its agents' own calls
  // go on. Again: only says how far it is.
  virtual Change Drain() = 0;

  // {lines: [...]}: what is remembered of the decisions on a call; null when
  // nothing is.
  virtual json::Value Decisions(std::string_view call) = 0;
};

}  // namespace herald::admin
