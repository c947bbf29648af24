// SPDX-License-Identifier: Apache-2.0
#include "policy/diff.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <utility>

#include "policy/class_values.h"
#include "policy/inquiry.h"
#include "policy/judge.h"
#include "policy/node_view.h"

namespace herald::policy {
namespace {

// More questions than these would take minutes; beyond, an even part is asked.
constexpr size_t kMaxQuestions = 6'000'000;

Decision Ask(const Program& program, const Call& call, const Path& path) {
  return Judge(program, call, path, Extent::kEnforced, nullptr);
}

std::vector<std::string> Texts(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

bool Includes(const std::vector<std::string>& all,
              const std::vector<std::string>& some) {
  return std::all_of(some.begin(), some.end(), [&](const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  });
}

std::string Join(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : ", ") + text;
  }
  return out;
}

// A case is named after what happened to it.
std::string NameOf(const Flip& flip) {
  std::string by = flip.unpermitted.empty()
                       ? Join(flip.denied_by)
                       : "want of a permit for " + Join(flip.unpermitted);
  if (by.empty()) by = flip.reason;
  return flip.now == Verdict::kPermit
             ? "newly permitted, refused before by " + by
             : "newly refused by " + by;
}

// What both sides say of one question.
struct Both {
  Decision before;
  Decision after;
  bool flips() const { return before.verdict != after.verdict; }
  bool operator==(const Both& other) const {
    auto same = [](const Decision& a, const Decision& b) {
      return a.verdict == b.verdict && a.rules == b.rules &&
             a.unpermitted == b.unpermitted && a.reason == b.reason;
    };
    return same(before, other.before) && same(after, other.after);
  }
};

// All paths as one program sees them.
class Viewed {
 public:
  Viewed(const Program& program, const std::vector<PathClass>& paths) {
    for (const PathClass& path : paths) {
      std::vector<ViewedNode>& nodes = nodes_.emplace_back();
      for (const TestCase::Stop& stop : path.stops) {
        views_.emplace_back(program, stop.site);
        nodes.push_back({stop.relay, stop.terminates, &views_.back()});
      }
      keys_.push_back(path.keys_held_in);
    }
  }
  ViewedPath path(size_t i) const { return {nodes_[i], keys_[i]}; }

 private:
  std::deque<NodeView> views_;  // stay where they are
  std::vector<std::vector<ViewedNode>> nodes_;
  std::vector<std::optional<Country>> keys_;
};

class Differ {
 public:
  Differ(const Judgement& before, const Judgement& after)
      : sides_{before, after}, classes_(ClassesOf(sides_)) {}

  PolicyDiff Compare();

 private:
  Both AskBoth(const TestCase& test) const {
    std::vector<Node> nodes = test.nodes();
    Path path{nodes, test.keys_held_in};
    Call call = test.call();
    return {Ask(*sides_[0].program, call, path),
            Ask(*sides_[1].program, call, path)};
  }
  void Note(const TestCase& test, const Both& both);
  Flip* Find(const Flip& flip);
  void Simplify(TestCase& test, const Both& both) const;
  void SimplifyPath(TestCase& test, const Both& both) const;
  template <typename Values, typename Put>
  void Drop(TestCase& test, const Both& both, const Values& values,
            Put put) const;

  std::array<Judgement, 2> sides_;
  const CallValues call_values_ = CallValuesOf(sides_);
  const NodeValues node_values_ = NodeValuesOf(sides_);
  Classes classes_;
  PolicyDiff diff_;
};

// A flip that the same rules refuse, or some of them.
Flip* Differ::Find(const Flip& flip) {
  for (Flip& known : diff_.flips) {
    if (known.now == flip.now && known.reason == flip.reason &&
        known.denied_by.empty() == flip.denied_by.empty() &&
        Includes(flip.denied_by, known.denied_by) &&
        Includes(flip.unpermitted, known.unpermitted)) {
      return &known;
    }
  }
  return nullptr;
}

void Differ::Note(const TestCase& test, const Both& both) {
  bool denied_now = both.after.verdict == Verdict::kDeny;
  const Decision& denial = denied_now ? both.after : both.before;
  const Decision& permit = denied_now ? both.before : both.after;
  ++(denied_now ? diff_.newly_denied : diff_.newly_permitted);
  Flip flip;
  flip.now = both.after.verdict;
  flip.denied_by = Texts(denial.rules);
  flip.unpermitted = denial.unpermitted;
  flip.reason = denial.reason;
  if (Flip* known = Find(flip)) {
    ++known->classes;
    return;
  }
  flip.permitted_by = Texts(permit.rules);
  flip.classes = 1;
  flip.witness = test;
  flip.witness.name = NameOf(flip);
  Simplify(flip.witness, both);
  flip.witness.expect.verdict = flip.now;
  flip.witness.expect.rules = Texts(both.after.rules);
  diff_.flips.push_back(std::move(flip));
}

// Takes a fact out where neither side would say anything else, whatever it
// were. `put` gives the test one of `values`, among which is the unknown; the
// test is left with it, or as it was.
template <typename Values, typename Put>
void Differ::Drop(TestCase& test, const Both& both, const Values& values,
                  Put put) const {
  TestCase other = test;
  for (const auto& value : values) {
    put(other, value);
    if (!(AskBoth(other) == both)) return;
  }
  put(test, values.back());
}

void Differ::Simplify(TestCase& test, const Both& both) const {
  const CallValues& v = call_values_;
  auto known = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  // The unknown, or none, comes first among these two.
  auto times = v.times;
  std::reverse(times.begin(), times.end());
  Drop(test, both, times, [](TestCase& t, const auto& at) { t.at = at; });
  auto endorsements = v.endorsements;
  std::reverse(endorsements.begin(), endorsements.end());
  Drop(test, both, endorsements,
       [](TestCase& t, const auto& some) { t.endorsements = some; });
  Drop(test, both, v.callees,
       [](TestCase& t, const std::string& one) { t.callee = one; });
  Drop(test, both, v.legal_bases, [&](TestCase& t, const std::string& one) {
    t.legal_basis = known(one);
  });
  Drop(test, both, v.callers, [](TestCase& t, const CallerValue& one) {
    t.caller = one.caller;
    t.scope = one.scope;
  });
  Drop(test, both, v.skills,
       [&](TestCase& t, const std::string& one) { t.skill = known(one); });
  Drop(test, both, v.purposes,
       [&](TestCase& t, const std::string& one) { t.purpose = known(one); });
  SimplifyPath(test, both);
}

void Differ::SimplifyPath(TestCase& test, const Both& both) const {
  const NodeValues& v = node_values_;
  Drop(test, both, v.keys,
       [](TestCase& t, const auto& one) { t.keys_held_in = one; });
  for (size_t i = 0; i < test.path.size(); ++i) {
    auto drop = [&](const auto& values, auto put) {
      Drop(test, both, values,
           [&](TestCase& t, const auto& value) { put(t.path[i].site, value); });
    };
    drop(v.controls,
         [](Site& site, const auto& one) { site.operator_control = one; });
    drop(v.tiers, [](Site& site, const auto& one) { site.tier = one; });
    drop(v.assurances,
         [](Site& site, const auto& one) { site.assurance = one; });
    drop(v.attestations,
         [](Site& site, const auto& one) { site.attestation = one; });
    drop(v.retentions,
         [](Site& site, const auto& one) { site.retention = one; });
    drop(v.countries, [](Site& site, const auto& one) { site.country = one; });
  }
}

PolicyDiff Differ::Compare() {
  diff_.calls = classes_.calls.size();
  diff_.paths = classes_.paths.size();
  diff_.bounds = classes_.bounds;
  const Viewed before(*sides_[0].program, classes_.paths);
  const Viewed after(*sides_[1].program, classes_.paths);
  size_t questions = diff_.calls * diff_.paths;
  size_t step = questions / kMaxQuestions + 1;
  if (step > 1) {
    diff_.bounds.push_back("questions: " + std::to_string(questions / step) +
                           " of " + std::to_string(questions) +
                           ", taken evenly");
  }
  size_t skip = 0;
  for (const TestCase& call : classes_.calls) {
    Call asked = call.call();
    Inquiry was(*sides_[0].program, asked);
    Inquiry is(*sides_[1].program, asked);
    for (size_t i = 0; i < classes_.paths.size(); ++i) {
      if (skip > 0) {
        --skip;
        continue;
      }
      skip = step - 1;
      if (was.Ask(before.path(i)).verdict == is.Ask(after.path(i)).verdict) {
        continue;
      }
      TestCase test = call;
      test.path = classes_.paths[i].stops;
      test.keys_held_in = classes_.paths[i].keys_held_in;
      Note(test, AskBoth(test));
    }
  }
  std::stable_sort(diff_.flips.begin(), diff_.flips.end(),
                   [](const Flip& a, const Flip& b) { return a.now < b.now; });
  return std::move(diff_);
}

}  // namespace

PolicyDiff Diff(const Judgement& before, const Judgement& after) {
  return Differ(before, after).Compare();
}

bool Flips(const Program& before, const Program& after, const TestCase& test) {
  std::vector<Node> nodes = test.nodes();
  Path path{nodes, test.keys_held_in};
  Call call = test.call();
  return Ask(before, call, path).verdict != Ask(after, call, path).verdict;
}

}  // namespace herald::policy
