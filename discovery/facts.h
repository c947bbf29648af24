// SPDX-License-Identifier: Apache-2.0
//
// Readers of the facts that users write about nodes and agents. The peers file
// and the sidecar's own configuration say the same things in the same words,
// so they are read by the same code.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/site.h"
#include "core/yaml/map_reader.h"
#include "discovery/endpoint.h"

namespace herald::discovery {

// A name of a node, peer or agent: 1 to 63 letters, digits, '-', '_', '.'; it
// begins with a letter or digit. It stands in paths, headers and log lines.
bool IsName(std::string_view text);

// The required name under `key`; empty after a problem was reported.
std::string ReadName(yaml::MapReader& map, std::string_view key);

// An IP address with its port under `key` of `map`; nullopt when absent or
// after a problem was reported.
std::optional<Address> ReadIpAddress(yaml::MapReader& map,
                                     std::string_view key);

// Everything that may stand in a `site`. A file may claim `none` or `declared`
// of itself, no more: better evidence is signed.
Site ReadSite(yaml::MapReader& site);

// name, skills, tags, inputModes, outputModes, labels, idempotent. Other keys
// of `agent` are the caller's.
AgentInfo ReadAgent(yaml::MapReader& agent);

// What is wrong with a pattern of calls that may be repeated ("GET *", "POST
// /summarize"); empty when nothing is.
std::string FaultOfIdempotent(std::string_view pattern);

}  // namespace herald::discovery
