// SPDX-License-Identifier: Apache-2.0
//
// For tests: a question that owns its texts, built as a sentence.
//
//   Question().Label("personal").Purpose("support").Peer("DE").Ask(program)
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/evaluate.h"

namespace herald::policy {

class Question {
 public:
  Question& Caller(std::string id) { return Set(caller_, std::move(id)); }
  Question& Callee(std::string name) { return Set(callee_, std::move(name)); }
  Question& Namespace(std::string name) { return Set(scope_, std::move(name)); }
  Question& Skill(std::string skill) { return Set(skill_, std::move(skill)); }
  Question& Purpose(std::string name) { return Set(purpose_, std::move(name)); }
  Question& Label(std::string name) {
    labels_.push_back(std::move(name));
    return *this;
  }
  Question& Endorsed(std::string name) {
    endorsements_.push_back(std::move(name));
    return *this;
  }
  Question& At(WallTime at) {
    at_ = at;
    return *this;
  }
  Question& Keys(const char* country) {
    keys_ = Country::Parse(country);
    return *this;
  }

  // Nodes in travel order; an empty country is unknown.
  Question& Peer(const char* country) { return Add(false, true, country); }
  Question& OpaqueRelay(const char* country) {
    return Add(true, false, country);
  }
  Question& ClearRelay(const char* country) { return Add(true, true, country); }
  Site& site() { return sites_.back(); }  // of the node added last

  Call call() const {
    return policy::Call{.caller = caller_,
                        .callee = callee_,
                        .caller_namespace = scope_,
                        .skill = skill_,
                        .labels = labels_,
                        .purpose = purpose_,
                        .endorsements = endorsements_,
                        .at = at_};
  }
  Path path() const { return policy::Path{nodes_, keys_}; }
  Decision Ask(const Program& program) const {
    return Evaluate(program, call(), path());
  }

 private:
  template <typename T>
  Question& Set(T& member, std::string value) {
    member = std::move(value);
    return *this;
  }
  Question& Add(bool relay, bool terminates, const char* country) {
    sites_.emplace_back();
    sites_.back().country = Country::Parse(country);
    nodes_.push_back(Node{relay, terminates, &sites_.back()});
    return *this;
  }

  std::string caller_;
  std::string callee_;
  std::optional<std::string> scope_;
  std::optional<std::string> skill_;
  std::vector<std::string> labels_;
  std::optional<std::string> purpose_;
  std::vector<std::string> endorsements_;
  std::deque<Site> sites_;
  std::vector<Node> nodes_;
  std::optional<Country> keys_;
  std::optional<WallTime> at_;
};

}  // namespace herald::policy
