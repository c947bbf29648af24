// SPDX-License-Identifier: Apache-2.0
//
// The way back: policies as plain values to their canonical text. One object
// after the other, keys in one order, everything quoted that some YAML reader
// could take for something else. Parse(Print(p)) = p, so a policy can be
// rewritten by a program and compared by eye.
#pragma once

#include <string>

#include "policy/schema.h"

namespace herald::policy {

// All but the Overrides, each of which lives in a file of its own. Comments of
// the original are gone; what is a default is left out.
std::string Print(const PolicySet& set);

// The text of one Override's file.
std::string Print(const Override& override);

// `text` as a YAML scalar that every reader takes for that text.
std::string QuoteYaml(std::string_view text);

}  // namespace herald::policy
