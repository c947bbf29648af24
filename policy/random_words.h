// SPDX-License-Identifier: Apache-2.0
//
// For tests: the small vocabularies of random_policies.h. Few words, so that
// rules and questions meet often; odd ones, so that they meet at the edges.
// What YAML would take for something else is quoted where it is a pattern.
#pragma once

#include <string>
#include <vector>

namespace herald::policy::words {

using Words = std::vector<std::string>;

// l62 is the 64th label of a full schema, `unlabelled` counted.
inline const Words kLabels = {"a", "b", "c", "l62", "unlabelled"};
inline const Words kCountries = {"DE", "FR", "US", "CN"};
inline const Words kSets = {"DE", "FR", "US", "EU", "WIDE", "NONE", "CN"};
inline const Words kPurposes = {"p", "q"};
inline const Words kBases = {"consent", "contract"};
inline const Words kSkills = {"s", "llm/a", "llm/a/b", "llm"};
inline const Words kSkillPatterns = {"s",      "\"llm/*\"", "\"*\"",
                                     "llm/a",  "\"*a*\"",   "\"l*/*b\"",
                                     "\"**\"", "\"*/a/*\""};
inline const Words kCallees = {"x", "xy", "yx"};
inline const Words kCalleePatterns = {"x", "\"x*\"", "xy", "\"*x*y*\"",
                                      "\"*x\""};
inline const Words kScopes = {"one", "two"};
inline const Words kCallers = {"spiffe://t/ns/one/sa/a",
                               "spiffe://t/ns/two/sa/b"};
inline const Words kCallerPatterns = {
    "\"spiffe://t/ns/one/*\"", "\"*/sa/b\"", "\"*/ns/*/sa/*\"",
    "\"spiffe://t/ns/two/sa/b\"", "\"*//*/x\""};
inline const Words kEndorsements = {"e", "f"};
inline const Words kTiers = {"Device", "FarEdge", "NearEdge", "Cloud"};
inline const Words kAssurance = {"iso", "pci"};
inline const Words kLevels = {"none", "declared", "platform", "hardware"};

}  // namespace herald::policy::words
