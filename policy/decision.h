// SPDX-License-Identifier: Apache-2.0
//
// The answer. Only an evaluation that permits mints a Permit, and nothing can
// be forwarded without one (sidecar/call/next_hop.h): a path around policy
// does not compile.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "policy/question.h"

namespace herald::policy {

class Program;

enum class Verdict { kPermit, kDeny };
std::string_view ToString(Verdict verdict);  // "Permit", "Deny"

// Why, for machines; people read `reason` and the rules. Of an observed call
// it is the code of the refusal that it was spared.
enum class Code {
  kPermitted,
  kOverridden,  // permitted, and an Override took part in it
  kForbidden,
  kNoPermit,
  kUnknownLabel,
  kNoPolicy,
  kUnmetObligation,
  kEmptyPath,
};
std::string_view ToString(Code code);  // "no-permit"

// What must be done along with a permitted call: the join over all that
// permitted it.
struct Obligations {
  enum class Audit { kNone, kDigest, kFull };
  Audit audit = Audit::kNone;
  bool encrypt_end_to_end = false;
  std::optional<Duration> retain;   // at most this long; the least wins
  std::vector<std::string> meters;  // counters to raise; sorted, each once
  std::vector<std::string> redact;  // profiles; sorted, each once
  std::vector<std::string> notify;  // sinks; sorted, each once

  // The stricter of both, key by key.
  void Join(const Obligations& other);
  bool operator==(const Obligations&) const = default;
};

class Decision;
Decision Evaluate(const Program& program, const Call& call, const Path& path);

// Proof that policy allowed one call on one path. Move-only; one forwarding
// uses one up.
class Permit {
 public:
  Permit(Permit&&) = default;
  Permit& operator=(Permit&&) = default;
  const Obligations& obligations() const { return obligations_; }

 private:
  friend Decision Evaluate(const Program&, const Call&, const Path&);
  explicit Permit(const Obligations& obligations) : obligations_(obligations) {}
  Obligations obligations_;
};

class Decision {
 public:
  Verdict verdict = Verdict::kDeny;
  Code code = Code::kNoPolicy;
  // Permitted only because its caller's namespace is observed: `rules`,
  // `unpermitted`, `reason` and `code` are those of the refusal it would be.
  bool observed = false;
  // Denied by a Forbid that cuts streams in flight when it newly matches.
  bool cuts = false;
  // Overrides that took part in a Permit: one of their Permits matched, or a
  // Forbid that they lift would have fired. Sorted; points into the Program.
  std::vector<std::string_view> overrides;
  // The deciding rules as "policy/rule" (contracts.md 4: for a Forbid all that
  // fired, for a permit all that matched, for a default deny the closest
  // covering permit of each unpermitted label). Points into the Program, which
  // must outlive the Decision.
  std::vector<std::string_view> rules;
  // Labels that no permit covered; empty unless default deny.
  std::vector<std::string> unpermitted;
  // Why the call itself cannot be judged ("label 'x' is not in the schema",
  // "no policy is configured") or an obligation cannot be met; empty
  // otherwise.
  std::string reason;
  Obligations obligations;
  std::optional<Permit> permit;  // there when and only when verdict is kPermit

  bool allowed() const { return permit.has_value(); }
};

}  // namespace herald::policy
