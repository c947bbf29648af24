// SPDX-License-Identifier: Apache-2.0
//
// Decision lines as questions that can be asked again, of another policy.
#pragma once

#include <optional>

#include "core/json/json.h"
#include "policy/fixture_file.h"

namespace herald::cli {

// The question that a decision line answers; nullopt for other lines. Its name
// is the call's id. Facts that the line does not have are unknown, as they
// were; keys are held where the peer stands, as sidecars take it.
std::optional<policy::TestCase> QuestionOf(const json::Object& line);

}  // namespace herald::cli
