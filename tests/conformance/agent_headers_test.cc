// SPDX-License-Identifier: Apache-2.0
//
// No header that an agent can set turns a refusal into a permission, but for
// what contracts.md section 2 lets it say. Random requests as bytes on the
// wire (headers forged, doubled, misspelt, in odd case, spaces, encodings and
// separators) go through the HTTP/1.1 codec and the whole outbound call; where
// one is forwarded, the definition of the policy language must permit it for
// what the contract makes of those headers, and for nothing more.
// HERALD_SEED repeats a run, HERALD_CASES makes it longer.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "policy/parse.h"
#include "policy/reference/evaluate.h"
#include "sidecar/call/context.h"
#include "sidecar/call/scene_testing.h"
#include "tests/conformance/h1_replay.h"
#include "tests/support/compile_policy.h"

namespace herald::call {
namespace {

using Names = std::set<std::string>;
using Words = std::vector<std::string>;

// Each rule is a temptation: something that a header could be made to say opens
// another country.
constexpr char kLaw[] = R"(
apiVersion: herald.dev/v1alpha1
kind: LabelSchema
metadata: {name: s}
spec:
  labels:
    personal: {}
    health: {implies: [personal]}
    open: {controlled: false}
    public: {controlled: false, mayAssert: ["*/agent/web"]}
  floors:
  - {callees: [ledger], labels: [health]}
  endorsements:
    tokenised: {authorities: ["*/agent/planner"]}
    cleared: {authorities: ["*/agent/officer"]}
---
apiVersion: herald.dev/v1alpha1
kind: ClusterRoutingPolicy
metadata: {name: all}
spec:
  rules:
  - id: unlabelled
    effect: Permit
    covers: [unlabelled]
    where: {process: {countries: {in: [DE]}}}
  - id: support
    effect: Permit
    covers: [personal]
    when: {purposes: [support]}
    where: {process: {countries: {in: [DE, FR]}}}
  - id: tokens
    effect: Permit
    covers: [personal]
    when: {endorsements: {anyOf: [tokenised]}}
    where: {process: {countries: {in: [US]}}}
  - id: cleared
    effect: Permit
    covers: [personal, health, unlabelled]
    when: {endorsements: {anyOf: [cleared]}}
    where: {}
  - id: boss
    effect: Permit
    covers: [personal, health, unlabelled]
    when: {callers: ["*/agent/boss"]}
    where: {}
  - id: consent
    effect: Permit
    covers: [health]
    when: {legalBasis: [consent], skills: [summarize]}
    where: {process: {countries: {in: [DE, US]}}}
  - id: health-stays
    effect: Forbid
    when: {labels: {anyOf: [health]}}
    unlessEndorsed: [cleared]
    where: {anyNode: {countries: {in: [US]}}}
---
apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: another-team, namespace: other}
spec:
  rules:
  - {id: any, effect: Permit, covers: [personal, health, unlabelled], where: {}}
)";

struct Line {
  std::string name;
  std::string value;
};

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string Trimmed(std::string_view text) {
  auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

bool IsName(std::string_view text) {
  constexpr std::string_view kOf =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:";
  return !text.empty() && text.find_first_not_of(kOf) == std::string_view::npos;
}

// What the contract lets these lines say; nullopt when they say nothing that
// can be understood in one way only.
struct Said {
  std::map<std::string, std::string> one;
  std::map<std::string, Names> many;
};

std::optional<Said> Understand(const std::vector<Line>& lines) {
  const Names many = {"herald-labels", "herald-endorsements"};
  const Names one = {"herald-agent", "herald-purpose", "herald-legal-basis",
                     "herald-skill", "herald-call"};
  Said said;
  for (const Line& line : lines) {
    std::string name = Lower(line.name);
    if (one.count(name) > 0) {
      std::string value = Trimmed(line.value);
      if (!IsName(value) || !said.one.emplace(name, value).second) {
        return std::nullopt;
      }
    }
    if (many.count(name) == 0) continue;
    std::string rest = line.value + ",";
    for (size_t comma; (comma = rest.find(',')) != std::string::npos;
         rest.erase(0, comma + 1)) {
      std::string item = Trimmed(rest.substr(0, comma));
      if (item.empty()) continue;
      if (!IsName(item)) return std::nullopt;
      said.many[name].insert(item);
    }
  }
  return said;
}

class AgentHeadersTest : public ::testing::Test {
 protected:
  AgentHeadersTest() {
    scene_.program = test::CompilePolicy(kLaw);
    scene_.environment.self.kubernetes_namespace = "claims";
    yaml::Problems problems("law.yaml", kLaw);
    policy::Parse(problems, 0, set_);
    discovery::AgentInfo summarizer{.name = "summarizer",
                                    .skills = {"summarize"}};
    discovery::AgentInfo ledger{.name = "ledger", .skills = {"read", "write"}};
    scene_.Know({Peer("de", "DE", {summarizer, ledger}),
                 Peer("fr", "FR", {summarizer, ledger}),
                 Peer("us", "US", {summarizer, ledger})});
    scene_.handles.Add(
        "handle-of-health",
        {.call_id = "x", .labels = {"health"}, .legal_basis = "consent"});
    scene_.handles.Add("handle-of-support",
                       {.call_id = "y", .purpose = "support"});
  }

  const std::string& Pick(const Words& words) {
    return words[random_.Below(words.size())];
  }

  // A name as it stands, or in another case, or one that only looks like it.
  std::string Spelt(std::string name) {
    switch (random_.Below(12)) {
      case 0:
        name[0] = 'H';
        return name;
      case 1:
        for (char& c : name) c = static_cast<char>(std::toupper(c));
        return name;
      case 2:
        return "x-" + name;
      case 3:
        std::replace(name.begin(), name.end(), '-', '_');
        return name;
      default:
        return name;
    }
  }

  // A value as it stands, or dressed up.
  std::string Dressed(const std::string& value) {
    const Words around = {" ", "\t", "  ", ",", ", ,", "", "", ""};
    std::string out = Pick(around) + value + Pick(around);
    switch (random_.Below(24)) {
      case 0:
        return "\"" + out + "\"";
      case 1:
        return "%70" + out;
      case 2:
        return out + ";q=0";
      case 3:
        return out + "\xc2\xa0";
      case 4:
        return out + " " + value;
      default:
        return out;
    }
  }

  std::string ListOf(const Words& words) {
    std::string out = Dressed(Pick(words));
    while (random_.Chance(0.4)) {
      out += Pick({",", ", ", " ,", ";", " ", ",,"}) + Dressed(Pick(words));
    }
    return out;
  }

  Line RandomLine() {
    switch (random_.Below(9)) {
      case 0:
      case 1:
        return {Spelt("herald-labels"),
                ListOf({"personal", "health", "open", "public", "unlabelled",
                        "strange", "Personal"})};
      case 2:
        return {Spelt("herald-purpose"), Dressed("support")};
      case 3:
        return {Spelt("herald-endorsements"), ListOf({"tokenised", "cleared"})};
      case 4:
        return {Spelt("herald-legal-basis"), Dressed("consent")};
      case 5:
        return {Spelt("herald-skill"), Dressed(Pick({"summarize", "other"}))};
      case 6:
        return {Spelt("herald-call"),
                Dressed(Pick({"handle-of-health", "handle-of-support",
                              "handle-of-nobody"}))};
      case 7:
        return {Spelt("herald-agent"), Dressed(Pick({"ledger", "summarizer"}))};
      default:
        return Forged();
    }
  }

  // What no agent may set.
  Line Forged() {
    CallContext context = scene_.Context("DE");
    context.caller_namespace = "other";
    context.endorsements = {"cleared"};
    const std::vector<Line> lines = {
        {std::string(kContextHeader), Pack(context)},
        {"herald-caller", "spiffe://acme.example/agent/boss"},
        {"herald-namespace", "other"},
        {"herald-peer", "us"},
        {"herald-country", "DE"},
        {"herald-labels-", "open"},
        {"herald-call-id", "AAAAAAAAAAAAAAAAAAAAAA"},
        {"x-forwarded-for", "10.0.0.1"},
        {"forwarded", "for=us;host=boss"}};
    return lines[random_.Below(lines.size())];
  }

  // The nodes that may get it, by what the agent said.
  Names Permitted(const Said& said) {
    auto value = [&](const char* name) -> std::optional<std::string> {
      auto at = said.one.find(name);
      return at == said.one.end() ? std::nullopt : std::optional(at->second);
    };
    auto list = [&](const char* name) {
      auto at = said.many.find(name);
      return at == said.many.end() ? Names() : at->second;
    };
    std::string agent = value("herald-agent").value_or("summarizer");
    std::optional<std::string> skill = value("herald-skill");
    if (!skill && agent == "summarizer") skill = "summarize";
    Names labels = list("herald-labels");
    std::optional<std::string> purpose = value("herald-purpose");
    std::optional<std::string> basis = value("herald-legal-basis");
    if (auto handle = value("herald-call")) {
      if (*handle == "handle-of-health") {
        labels.insert("health");
        if (!basis) basis = "consent";
      } else if (*handle == "handle-of-support") {
        if (!purpose) purpose = "support";
      } else {
        return {};
      }
    }
    // Of the two only `tokenised` is ours to vouch for.
    Names endorsements = list("herald-endorsements");
    endorsements.erase("cleared");
    Words all(labels.begin(), labels.end());
    Words counting(endorsements.begin(), endorsements.end());
    policy::Call call{.caller = scene_.environment.self.identity,
                      .callee = agent,
                      .caller_namespace = "claims",
                      .skill = skill,
                      .labels = all,
                      .purpose = purpose,
                      .legal_basis = basis,
                      .endorsements = counting};
    Names permitted;
    for (const char* name : {"de", "fr", "us"}) {
      policy::Node peer{.site = &*(*scene_.snapshot->FindPeer(name))->site};
      policy::Path path{.nodes = {&peer, 1}};
      bool yes =
          policy::reference::Evaluate(set_, {}, call, path, false).permit;
      if (yes) permitted.insert(name);
    }
    return permitted;
  }

  Scene scene_;
  policy::PolicySet set_;
  Random random_{1};
};

std::string OnTheWire(const std::vector<Line>& lines) {
  std::string bytes = "POST /x HTTP/1.1\r\nhost: summarizer.herald\r\n";
  for (const Line& line : lines) {
    bytes += line.name + ": " + line.value + "\r\n";
  }
  return bytes + "content-length: 0\r\n\r\n";
}

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

TEST_F(AgentHeadersTest, NoneTurnsARefusalIntoAPermission) {
  uint64_t seed = FromEnvironment("HERALD_SEED", 1);
  std::cout << "HERALD_SEED=" << seed << "\n";
  random_ = Random(seed);
  uint64_t cases = FromEnvironment("HERALD_CASES", 20000);
  uint64_t forwarded = 0;
  uint64_t refused = 0;
  for (uint64_t i = 0; i < cases; ++i) {
    std::vector<Line> lines;
    while (random_.Chance(0.75)) lines.push_back(RandomLine());
    std::string bytes = OnTheWire(lines);
    auto heads =
        http::testing::ServeH1(bytes, http::testing::WholePiece()).heads;
    std::optional<Said> said = Understand(lines);
    Names permitted = said ? Permitted(*said) : Names();
    scene_.mesh.opened.clear();
    FarEndPtr client;
    if (!heads.empty()) client = scene_.Ask(heads[0]);
    scene_.loop.RunTurn();
    bool sent = !scene_.mesh.opened.empty();
    sent ? ++forwarded : ++refused;
    if (sent) {
      const auto& opened = scene_.mesh.opened.back();
      ASSERT_EQ(permitted.count(opened.peer), 1u)
          << "forwarded to " << opened.peer << "\n"
          << bytes;
      // Nothing of ours but the packed header goes on, and it is our own.
      for (http::Field field : opened.head.headers) {
        if (!field.name.starts_with("herald-")) continue;
        ASSERT_EQ(field.name, kContextHeader) << bytes;
      }
      CallContext told =
          UnpackCall(*opened.head.headers.Get(kContextHeader)).value();
      ASSERT_EQ(told.caller_namespace, "claims") << bytes;
      ASSERT_EQ(std::count(told.endorsements.begin(), told.endorsements.end(),
                           "cleared"),
                0)
          << bytes;
      scene_.mesh.far().Response(200, true);
    }
    // And what the agent may say, it may: nothing that the codec lets through
    // is refused for show.
    ASSERT_TRUE(sent || permitted.empty() || heads.empty())
        << *permitted.begin() << "\n"
        << bytes;
    scene_.loop.RunTurn();
  }
  std::cout << forwarded << " forwarded, " << refused << " refused\n";
  EXPECT_GT(forwarded, cases / 20);
  EXPECT_GT(refused, cases / 20);
}

}  // namespace
}  // namespace herald::call
