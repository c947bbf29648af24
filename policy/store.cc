// SPDX-License-Identifier: Apache-2.0
#include "policy/store.h"

#include <utility>

namespace herald::policy {

Store::Store(const Discharge& discharge)
    : discharge_(discharge), current_(Load({}, discharge).program) {}

Issues Store::Update(const std::vector<SourceText>& texts) {
  Loaded loaded = Load(texts, discharge_);
  stale_ = loaded.program == nullptr;
  if (!stale_) current_ = std::move(loaded.program);
  return std::move(loaded.issues);
}

}  // namespace herald::policy
