// SPDX-License-Identifier: Apache-2.0
#include "policy/fixture_file.h"

#include <array>
#include <utility>

#include "core/yaml/map_reader.h"
#include "core/yaml/parse.h"
#include "policy/countries.h"
#include "policy/parse.h"
#include "policy/parse_moment.h"
#include "policy/parse_where.h"

namespace herald::policy {
namespace {

using yaml::Choice;
using yaml::MapReader;
using Audit = Obligations::Audit;

constexpr std::array<Choice<Verdict>, 2> kVerdicts = {
    Choice<Verdict>{"Permit", Verdict::kPermit}, {"Deny", Verdict::kDeny}};
constexpr std::array<Choice<Audit>, 3> kAudits = {
    Choice<Audit>{"none", Audit::kNone},
    {"digest", Audit::kDigest},
    {"full", Audit::kFull}};
constexpr std::array<Choice<bool>, 2> kEncrypt = {
    Choice<bool>{"endToEnd", true}, {"none", false}};
constexpr std::array<Choice<bool>, 2> kRoles = {Choice<bool>{"relay", true},
                                                {"peer", false}};

std::optional<Country> ReadCountry(const yaml::Node& node,
                                   yaml::Problems& problems) {
  std::optional<std::string> text =
      yaml::ReadString(node, problems, "a country");
  if (!text) return std::nullopt;
  std::optional<Country> country = Country::Parse(*text);
  if (country && IsAssigned(*country)) return country;
  problems.Error(node, "'" + *text + "' is no assigned ISO 3166-1 code",
                 HintForCode(*text));
  return std::nullopt;
}

std::optional<Country> CountryAt(MapReader& map, std::string_view key) {
  const yaml::Node* node = map.Optional(key);
  if (node == nullptr) return std::nullopt;
  return ReadCountry(*node, map.problems());
}

TestCase::Stop ParseStop(const yaml::Node& node, yaml::Problems& problems) {
  TestCase::Stop stop;
  MapReader map(node, problems, "a node of the path");
  map.Required("role");
  stop.relay = map.Enum<bool>("role", kRoles).value_or(false);
  stop.terminates = map.Bool("terminates").value_or(true);
  if (!stop.relay && !stop.terminates) {
    problems.Error(node, "a peer always sees clear text",
                   "'terminates: false' is for relays");
  }
  Site& site = stop.site;
  site.country = CountryAt(map, "country");
  site.tier = map.Enum<Tier>("tier", kTierChoices);
  site.operator_name = map.String("operator");
  if (map.Optional("operatorControl") != nullptr) {
    site.operator_control.emplace();
    for (const yaml::Node& item : map.List("operatorControl")) {
      if (auto country = ReadCountry(item, problems)) {
        site.operator_control->push_back(*country);
      }
    }
  }
  site.assurance = map.Strings("assurance");
  site.attestation = map.Enum<Attestation>("attestation", kAttestationChoices);
  site.retention = map.Duration("retention");
  return stop;
}

void ParseCall(MapReader map, TestCase& test) {
  test.caller = map.String("caller").value_or("");
  test.callee = map.String("callee").value_or("");
  test.scope = map.String("namespace");
  test.skill = map.String("skill");
  test.labels = map.Strings("labels").value_or(std::vector<std::string>{});
  test.purpose = map.String("purpose");
  test.legal_basis = map.String("legalBasis");
  test.endorsements =
      map.Strings("endorsements").value_or(std::vector<std::string>{});
  if (std::optional<Moment> at = ReadMoment(map, "at", Words::kTime)) {
    test.at = at->time;
  }
}

void ParseExpectedObligations(MapReader map, Expectation& expect) {
  if (!map) return;
  expect.audit = map.Enum<Audit>("audit", kAudits);
  expect.encrypt = map.Enum<bool>("encrypt", kEncrypt);
  expect.retain = map.Duration("retain");
  if (const yaml::Node* meter = map.Optional("meter")) {
    if (meter->kind == yaml::Kind::kList) {
      expect.meters = map.Strings("meter");
    } else if (auto one = map.String("meter")) {
      expect.meters = {std::move(*one)};
    }
  }
}

void ParseExpect(MapReader map, Expectation& expect) {
  map.Required("verdict");
  expect.verdict =
      map.Enum<Verdict>("verdict", kVerdicts).value_or(Verdict::kDeny);
  expect.rules = map.Strings("rules");
  ParseExpectedObligations(map.Map("obligations"), expect);
  expect.shadow = map.Enum<Verdict>("shadow", kVerdicts);
}

TestCase ParseCase(const yaml::Node& node, yaml::Problems& problems) {
  TestCase test;
  MapReader map(node, problems, "a case");
  test.name = map.RequiredString("name");
  ParseCall(map.RequiredMap("call"), test);
  map.Required("path");
  std::span<const yaml::Node> path = map.List("path");
  for (const yaml::Node& item : path) {
    test.path.push_back(ParseStop(item, problems));
    bool last = &item == &path.back();
    if (test.path.back().relay == last) {
      problems.Error(item,
                     last ? "the last node of a path is the peer"
                          : "only the last node is the peer",
                     last ? "role: peer" : "role: relay");
    }
  }
  if (const yaml::Node* node_path = map.Optional("path");
      node_path != nullptr && node_path->kind == yaml::Kind::kList &&
      path.empty()) {
    problems.Error(*node_path, "a path has at least the peer");
  }
  test.keys_held_in = CountryAt(map, "keysHeldIn");
  ParseExpect(map.RequiredMap("expect"), test.expect);
  return test;
}

TestFile ParseTest(MapReader& object) {
  TestFile file;
  {
    MapReader metadata = object.RequiredMap("metadata");
    file.name = metadata.RequiredString("name");
    metadata.Optional("labels");
    metadata.Optional("annotations");
  }
  MapReader spec = object.RequiredMap("spec");
  spec.Required("policies");
  file.policies = spec.Texts("policies").value_or(Texts{});
  spec.Required("cases");
  for (const yaml::Node& item : spec.List("cases")) {
    file.cases.push_back(ParseCase(item, object.problems()));
  }
  return file;
}

}  // namespace

Call TestCase::call() const {
  return Call{.caller = caller,
              .callee = callee,
              .caller_namespace = scope,
              .skill = skill,
              .labels = labels,
              .purpose = purpose,
              .legal_basis = legal_basis,
              .endorsements = endorsements,
              .at = at};
}

std::vector<Node> TestCase::nodes() const {
  std::vector<Node> nodes;
  for (const Stop& stop : path) {
    nodes.push_back(Node{stop.relay, stop.terminates, &stop.site});
  }
  return nodes;
}

std::vector<TestFile> ParseTests(yaml::Problems& problems) {
  std::vector<TestFile> files;
  for (const yaml::Node& node : yaml::ParseAll(problems)) {
    MapReader object(node, problems, "an object");
    if (!object) continue;
    const yaml::Node* version = object.Required("apiVersion");
    if (version != nullptr && version->text != kApiVersion) {
      problems.Error(*version,
                     "'apiVersion' must be " + std::string(kApiVersion));
    }
    const yaml::Node* kind = object.Required("kind");
    if (kind == nullptr || kind->text != "PolicyTest") {
      if (kind != nullptr) {
        problems.Error(*kind, "only PolicyTest objects can be tested",
                       "name the file under spec.policies of a PolicyTest");
      }
      object.IgnoreRest();
      continue;
    }
    files.push_back(ParseTest(object));
  }
  if (files.empty() && !problems.has_errors()) {
    problems.Error(Position{}, "there is no PolicyTest in this file");
  }
  return files;
}

}  // namespace herald::policy
