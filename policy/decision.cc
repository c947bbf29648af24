// SPDX-License-Identifier: Apache-2.0
#include "policy/decision.h"

#include <algorithm>

namespace herald::policy {
namespace {

void Merge(std::vector<std::string>& into,
           const std::vector<std::string>& from) {
  if (from.empty()) return;
  into.insert(into.end(), from.begin(), from.end());
  std::sort(into.begin(), into.end());
  into.erase(std::unique(into.begin(), into.end()), into.end());
}

}  // namespace

std::string_view ToString(Verdict verdict) {
  return verdict == Verdict::kPermit ? "Permit" : "Deny";
}

std::string_view ToString(Code code) {
  switch (code) {
    case Code::kPermitted:
      return "permitted";
    case Code::kOverridden:
      return "overridden";
    case Code::kForbidden:
      return "forbidden";
    case Code::kNoPermit:
      return "no-permit";
    case Code::kUnknownLabel:
      return "unknown-label";
    case Code::kNoPolicy:
      return "no-policy";
    case Code::kUnmetObligation:
      return "unmet-obligation";
    case Code::kEmptyPath:
      return "empty-path";
  }
  return "";
}

void Obligations::Join(const Obligations& other) {
  audit = std::max(audit, other.audit);
  encrypt_end_to_end |= other.encrypt_end_to_end;
  if (other.retain) {
    retain = retain ? std::min(*retain, *other.retain) : *other.retain;
  }
  Merge(meters, other.meters);
  Merge(redact, other.redact);
  Merge(notify, other.notify);
}

}  // namespace herald::policy
