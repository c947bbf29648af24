// SPDX-License-Identifier: Apache-2.0
//
// The little that a link needs of time, so that it runs on the study's event
// queue and on the city's loop alike.
#pragma once

#include <functional>
#include <utility>

#include "core/base/time.h"

namespace herald::study {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  virtual void At(Time when, std::function<void()> what) = 0;
  void After(Duration wait, std::function<void()> what) {
    At(now() + wait, std::move(what));
  }
};

}  // namespace herald::study
