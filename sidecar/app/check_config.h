// SPDX-License-Identifier: Apache-2.0
//
// A configuration together with every file it names, before anything starts:
// what `herald config check` runs, and what a sidecar may say at its start.
// All problems of all files at once, each under the name of its file.
#pragma once

#include <string>

#include "core/base/issue.h"
#include "core/base/time.h"
#include "sidecar/app/config.h"

namespace herald::app {

struct CheckedConfig {
  Config config;
  Issues issues;
  // What was found, for a summary; empty or zero where it could not be read.
  std::string identity;  // our SPIFFE id
  size_t peers = 0;
  size_t policy_texts = 0;
};

// Reads `file` and what it names. `now` judges the dates of the certificate;
// `pod` is the one we run in.
CheckedConfig CheckConfig(const std::string& file, WallTime now,
                          kubernetes::Pod pod = {});

}  // namespace herald::app
