// SPDX-License-Identifier: Apache-2.0
//
// What the configuration says of our identity: files, or a SPIFFE Workload API.
#pragma once

#include <string>

#include "core/base/issue.h"
#include "core/net/identity.h"
#include "core/yaml/map_reader.h"
#include "sidecar/app/policy_settings.h"

namespace herald::app {

// A value: either `files` are given or `workload_api` is.
struct IdentitySettings {
  net::IdentityFiles files;  // with `bundle`, certificate and key are one file
  Position certificate_at;
  Position key_at;
  Position trust_at;

  std::string workload_api;  // a URL as net::WebTarget reads it
  std::string hint;          // of the SVID; empty: the first
};

// What SPIFFE calls SPIFFE_ENDPOINT_SOCKET ("unix:///run/spire/agent.sock",
// "tcp://127.0.0.1:8081"), or the same as we write it ("unix:/run/..."), to
// what net::WebTarget reads. Errors say what was expected.
StatusOr<std::string> WorkloadApiUrl(const std::string& text);

// Reads `identity`: {certificate, key, trust}, {bundle, trust} or
// {workloadApi, hint}. Where it is absent or names no source, `endpoint_socket`
// does, the environment's SPIFFE_ENDPOINT_SOCKET; it may be empty.
IdentitySettings ReadIdentity(yaml::MapReader& root, const ResolvePath& resolve,
                              const std::string& endpoint_socket);

}  // namespace herald::app
