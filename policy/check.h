// SPDX-License-Identifier: Apache-2.0
//
// Do the policies' words mean something? Names against the vocabulary, doubled
// policies and rules. What parse.h accepts and check.h accepts, compile.h
// turns into a Program without fail.
#pragma once

#include "policy/schema.h"
#include "policy/vocabulary.h"

namespace herald::policy {

// Names of labels, purposes, endorsements and countries; doubled objects and
// rules; and what references.h checks.
void Check(const PolicySet& set, const Vocabulary& words, Files& files);

}  // namespace herald::policy
