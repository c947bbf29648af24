// SPDX-License-Identifier: Apache-2.0
//
// How each fault of a world begins and ends.
#include "tests/simulation/world.h"

namespace herald::simulation {

void World::Begin(const Fault& fault) {
  Place& place = places_[fault.node];
  switch (fault.kind) {
    case Fault::Kind::kKill:
      if (!place.node || place.leaving) return;
      StopNode(fault.node);
      After(fault.lasts, [this, node = fault.node] { StartNode(node); });
      return;
    case Fault::Kind::kDrain:
      return BeginDrain(fault.node, fault.lasts);
    case Fault::Kind::kNewPolicy: {
      AddEpoch();
      size_t epoch = programs_.size() - 1;
      for (size_t i = 0; i < places_.size(); ++i) {
        After(std::chrono::milliseconds(random_.Below(1'000)),
              [this, i, epoch] { SetEpoch(i, epoch); });
      }
      return;
    }
    case Fault::Kind::kIsolate:
      place.isolated = true;
      break;
    case Fault::Kind::kCutPair:
      ++cut_[{fault.node, fault.other}];
      break;
    case Fault::Kind::kRebind:
      return network_.Rebind(place.spec.client_address());
    case Fault::Kind::kBlackHole:
      ++black_holes_;
      break;
    case Fault::Kind::kClockJump:
      place.clock->Jump(JumpOf(fault.strength));
      break;
    case Fault::Kind::kLossBurst:
      loss_ = 0.02 + 0.3 * fault.strength;
      break;
    case Fault::Kind::kReorder:
      ++reordering_;
      break;
    case Fault::Kind::kSlowAgent:
      if (place.node) place.node->agent().SetSlowness(3);
      break;
    case Fault::Kind::kAgentDown:
      if (place.node) place.node->agent().SetDown(true);
      break;
  }
  After(fault.lasts, [this, &fault] { End(fault); });
}

void World::End(const Fault& fault) {
  Place& place = places_[fault.node];
  switch (fault.kind) {
    case Fault::Kind::kIsolate:
      place.isolated = false;
      break;
    case Fault::Kind::kCutPair:
      --cut_[{fault.node, fault.other}];
      break;
    case Fault::Kind::kBlackHole:
      --black_holes_;
      break;
    case Fault::Kind::kClockJump:
      place.clock->Jump(Duration::zero());
      break;
    case Fault::Kind::kLossBurst:
      loss_ = 0;
      break;
    case Fault::Kind::kReorder:
      --reordering_;
      break;
    case Fault::Kind::kSlowAgent:
      if (place.node) place.node->agent().SetSlowness(1);
      break;
    case Fault::Kind::kAgentDown:
      if (place.node) place.node->agent().SetDown(false);
      break;
    case Fault::Kind::kKill:
    case Fault::Kind::kRebind:
    case Fault::Kind::kDrain:
    case Fault::Kind::kNewPolicy:
      break;  // they see to their own end
  }
}

}  // namespace herald::simulation
