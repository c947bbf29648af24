// SPDX-License-Identifier: Apache-2.0
//
// The policy in force. An update is compiled whole and swapped in between two
// calls; one with errors changes nothing, so that the last good policy stays.
// Before the first good update everything is denied.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/base/issue.h"
#include "policy/load.h"
#include "policy/program.h"

namespace herald::policy {

// Owned by `app`; one thread. A Program that was handed out stays valid for as
// long as it is held.
class Store {
 public:
  explicit Store(const Discharge& discharge = {});
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Never null.
  const std::shared_ptr<const Program>& current() const { return current_; }

  // Replaces the policy by these texts, unless they have errors. Returns all
  // issues, warnings included.
  Issues Update(const std::vector<SourceText>& texts);

  // Puts a program in force that was made elsewhere. REQUIRES: not null.
  void Put(std::shared_ptr<const Program> program) {
    current_ = std::move(program);
    stale_ = false;
  }

  // Did the latest Update have errors? Then current() is older than the files.
  bool stale() const { return stale_; }

 private:
  const Discharge discharge_;
  std::shared_ptr<const Program> current_;
  bool stale_ = false;
};

}  // namespace herald::policy
