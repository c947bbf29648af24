// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/policy_rollout.h"

#include <cstdio>
#include <utility>

#include "sidecar/call/record.h"

namespace herald::app {
namespace {

std::string Short(const policy::Program& program) {
  return std::string(program.about().short_hash());
}

std::string Percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f%%", share * 100);
  return text;
}

}  // namespace

PolicyRollout::PolicyRollout(const Surroundings& surroundings)
    : around_(surroundings),
      loads_(around_.metrics.counter("herald_policy_loads_total",
                                     "Policy texts that came into force.")),
      held_gauge_(around_.metrics.gauge(
          "herald_policy_held",
          "1 while the files' policy is held for denying too many calls.")),
      rolled_back_gauge_(around_.metrics.gauge(
          "herald_policy_rolled_back",
          "1 while a rollback is in force instead of the files' policy.")),
      reviews_(around_.metrics.gauge(
          "herald_policy_reviews_due",
          "Sets of jurisdictions in force whose reviewBy is past.")) {
  // Days end while a policy is in force.
  around_.metrics.OnCollect([this] {
    if (!history_.empty()) {
      reviews_.Set(static_cast<double>(ReviewsDue().size()));
    }
  });
}

bool PolicyRollout::Offer(ProgramPtr program,
                          std::vector<policy::SourceText> texts) {
  Version version{std::move(program), std::move(texts), around_.loop.WallNow()};
  held_.reset();
  held_gauge_.Set(0);
  if (!history_.empty() && weigh) {
    auto weighing = weigh(*present().program, *version.program);
    if (ShouldHold(*version.program, weighing)) {
      held_gauge_.Set(1);
      around_.log.Error(
          "policy_held",
          {{"policy", Short(*version.program)},
           {"in_force", Short(*present().program)},
           {"newly_denied", std::to_string(weighing.newly_denied)},
           {"of", std::to_string(weighing.calls)},
           {"share", Percent(weighing.share())},
           {"for_example", weighing.examples.empty()
                               ? ""
                               : weighing.examples.front().call + ": " +
                                     weighing.examples.front().why},
           {"do",
            "look at it with 'herald policy show'; let it in with the "
            "annotation herald.dev/may-newly-deny: DATE"}});
      held_ = Held{std::move(version), std::move(weighing)};
      return false;
    }
  }
  loads_.Add();
  history_.push_back(std::move(version));
  if (history_.size() > kHistory) history_.erase(history_.begin());
  rolled_back_ = false;
  Enforce(history_.size() - 1);
  return true;
}

bool PolicyRollout::ShouldHold(const policy::Program& program,
                               const call::Weighing& weighing) const {
  const PolicyHoldConfig& hold = around_.hold;
  if (weighing.newly_denied < hold.calls) return false;
  if (weighing.share() <= hold.share) return false;
  return !program.about().MayNewlyDeny(around_.loop.WallNow());
}

void PolicyRollout::Enforce(size_t index) {
  const std::string before =
      present_ < history_.size() ? Short(*around_.store.current()) : "";
  present_ = index;
  around_.store.Put(present().program);
  rolled_back_gauge_.Set(rolled_back_ ? 1 : 0);
  around_.log.Info(rolled_back_ ? "policy_rolled_back" : "policy_loaded",
                   {{"policy", Short(*present().program)}, {"before", before}});
  WarnOfReviews();
  ShowInfo();
  if (changed) changed();
}

std::vector<const policy::ProgramFacts::Review*> PolicyRollout::ReviewsDue()
    const {
  // Both are of the form 2027-02-01, so the order of texts is that of days.
  const std::string today =
      call::RenderTime(around_.loop.WallNow()).substr(0, 10);
  std::vector<const policy::ProgramFacts::Review*> out;
  for (const auto& review : present().program->about().reviews) {
    if (review.by < today) out.push_back(&review);
  }
  return out;
}

void PolicyRollout::WarnOfReviews() {
  for (const auto* review : ReviewsDue()) {
    around_.log.Warning("policy_review_due", {{"set", review->name},
                                              {"file", review->file},
                                              {"review_by", review->by}});
  }
}

void PolicyRollout::ShowInfo() {
  const std::string name = "herald_policy_info";
  if (!shown_hash_.empty()) {
    around_.metrics.Drop(name, "hash=\"" + shown_hash_ + "\"");
  }
  shown_hash_ = present().program->hash();
  around_.metrics
      .gauge(name, "1 for the hash of the policy in force.",
             "hash=\"" + shown_hash_ + "\"")
      .Set(1);
}

Status PolicyRollout::Rollback(std::string_view to) {
  HERALD_ASSIGN_OR_RETURN(size_t index, Find(to));
  history_[index].since = around_.loop.WallNow();
  rolled_back_ = true;
  around_.log.Warning("policy_rollback",
                      {{"to", Short(*history_[index].program)},
                       {"from", Short(*present().program)},
                       {"until", "the policy files change"}});
  Enforce(index);
  return absl::OkStatus();
}

StatusOr<size_t> PolicyRollout::Find(std::string_view to) const {
  if (to.empty()) {
    if (present_ > 0) return present_ - 1;
    return MakeStatus(StatusCode::kFailedPrecondition,
                      "no earlier policy is remembered; " + KnownHashes());
  }
  std::optional<size_t> found;
  for (size_t i = 0; i < history_.size(); ++i) {
    if (to.size() < kLeastDigits ||
        history_[i].program->hash().compare(0, to.size(), to) != 0) {
      continue;
    }
    // The same texts may have been in force twice: the latest will do.
    if (found &&
        history_[*found].program->hash() != history_[i].program->hash()) {
      return InvalidArgument("several policies begin with " + std::string(to) +
                             "; " + KnownHashes());
    }
    found = i;
  }
  if (!found) {
    return MakeStatus(StatusCode::kNotFound,
                      "no policy with the hash " + std::string(to) +
                          " is remembered; " + KnownHashes());
  }
  if (history_[*found].program == present().program) {
    return MakeStatus(StatusCode::kFailedPrecondition,
                      std::string(to) + " is in force already");
  }
  return *found;
}

std::string PolicyRollout::KnownHashes() const {
  std::string out = "remembered are";
  for (const Version& version : history_) {
    out += " " + Short(*version.program);
    if (version.program == present().program) out += " (in force)";
  }
  return out;
}

}  // namespace herald::app
