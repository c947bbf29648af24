// SPDX-License-Identifier: Apache-2.0
//
// The questions of random_policies.h.
#include <chrono>

#include "core/base/calendar.h"
#include "policy/random_policies.h"
#include "policy/random_words.h"

namespace herald::policy {

using namespace words;

Site RandomPolicies::RandomSite() {
  Site site;
  if (random_.Chance(0.85)) site.country = Country::Parse(Pick(kCountries));
  if (random_.Chance(0.85)) site.tier = static_cast<Tier>(random_.Below(4));
  if (random_.Chance(0.85)) {
    site.operator_control.emplace();
    while (random_.Chance(0.6)) {
      site.operator_control->push_back(*Country::Parse(Pick(kCountries)));
    }
  }
  if (random_.Chance(0.85)) {
    site.assurance.emplace();
    while (random_.Chance(0.6)) site.assurance->push_back(Pick(kAssurance));
  }
  if (random_.Chance(0.85)) {
    site.attestation = static_cast<Attestation>(random_.Below(4));
  }
  if (random_.Chance(0.7)) {
    site.retention = std::chrono::seconds(random_.Below(4));
  }
  return site;
}

TestCase::Stop RandomPolicies::Relay() {
  return {true, random_.Chance(0.5), RandomSite()};
}

std::string RandomPolicies::Label() {
  // Sometimes one that nobody knows.
  return random_.Chance(0.03) ? "strange" : Pick(kLabels);
}

TestCase RandomPolicies::Question() {
  TestCase question;
  question.name = "found at random";
  if (random_.Chance(0.9)) question.caller = Pick(kCallers);
  if (random_.Chance(0.9)) question.callee = Pick(kCallees);
  if (random_.Chance(0.6)) {
    question.scope = random_.Chance(0.1) ? "three" : Pick(kScopes);
  }
  if (random_.Chance(0.8)) question.skill = Pick(kSkills);
  while (random_.Chance(0.5)) question.labels.push_back(Label());
  if (random_.Chance(0.8)) question.purpose = Pick(kPurposes);
  if (random_.Chance(0.5)) question.legal_basis = Pick(kBases);
  while (random_.Chance(0.3)) {
    question.endorsements.push_back(Pick(kEndorsements));
  }
  if (random_.Chance(0.8)) {
    // On the grid of windows, or a nanosecond beside it.
    question.at = *ParseRfc3339(Moment()) +
                  std::chrono::nanoseconds(random_.Below(3)) -
                  std::chrono::nanoseconds(1);
  }
  while (random_.Chance(0.3)) question.path.push_back(Relay());
  question.path.push_back({false, true, RandomSite()});
  if (random_.Chance(0.8)) {
    question.keys_held_in = Country::Parse(Pick(kCountries));
  }
  return question;
}

void RandomPolicies::LoseAFact(TestCase& question) {
  Site& site = question.path[random_.Below(question.path.size())].site;
  switch (random_.Below(13)) {
    case 0:
      return site.country.reset();
    case 1:
      return site.tier.reset();
    case 2:
      return site.operator_control.reset();
    case 3:
      return site.assurance.reset();
    case 4:
      return site.attestation.reset();
    case 5:
      return site.retention.reset();
    case 6:
      return question.keys_held_in.reset();
    case 7:
      return question.purpose.reset();
    case 8:
      return question.skill.reset();
    case 9:
      return question.legal_basis.reset();
    case 10:
      return question.at.reset();
    case 11:
      return question.callee.clear();
    default:
      return question.caller.clear();
  }
}

}  // namespace herald::policy
