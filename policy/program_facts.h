// SPDX-License-Identifier: Apache-2.0
//
// What there is to tell about a Program besides what it decides: for whoever
// shows, holds or counts. Plain values, made once with the Program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "policy/schema.h"

namespace herald::policy {

// People are shown so many digits of a hash.
inline constexpr size_t kShownHash = 12;

struct ProgramFacts {
  struct Object {
    std::string kind;  // "RoutingPolicy", "Override", ...
    std::string name;
    std::optional<std::string> scope;  // namespace
    std::string file;                  // as its SourceText is named
    Mode mode = Mode::kEnforce;        // of a policy
    Notes notes;
  };
  // Sets of countries that somebody is to look at again.
  struct Review {
    std::string name;  // of the JurisdictionSet
    std::string file;
    std::string by;  // "2027-02-01"
  };
  struct Observed {
    std::string scope;  // namespace
    std::string policy;
    WallTime until;
  };
  struct Window {
    std::string override;
    std::optional<std::string> scope;
    std::string reason;
    WallTime from;
    WallTime until;
    std::vector<std::string> lifts;  // "policy/rule"
    std::vector<std::string> rules;  // "override/rule"
    bool open(WallTime at) const { return from <= at && at <= until; }
  };

  std::string hash;  // SHA-256 of the texts, 64 hexadecimal digits
  std::vector<std::string> files;
  std::vector<Object> objects;  // policies, overrides, then the others
  std::vector<Review> reviews;
  std::vector<Observed> observed;
  std::vector<Window> overrides;

  std::string_view short_hash() const {
    return std::string_view(hash).substr(0, kShownHash);
  }
  // Is the namespace observed at that moment?
  bool Observes(std::string_view scope, WallTime at) const;
  // May this set go in however many calls it newly denies? Some object bears
  // the annotation with a day that is not over.
  bool MayNewlyDeny(WallTime at) const;
};

// Of a checked set.
void Describe(const PolicySet& set, ProgramFacts& facts);

}  // namespace herald::policy
