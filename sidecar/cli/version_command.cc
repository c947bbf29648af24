// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/version_command.h"

#include "core/json/json.h"

namespace herald::cli {
namespace {

// What the build was given; CMake has checked the least versions.
constexpr struct {
  const char* name;
  const char* version;
} kBuiltFrom[] = {{"openssl", HERALD_OPENSSL_VERSION},
                  {"ngtcp2", HERALD_NGTCP2_VERSION},
                  {"nghttp3", HERALD_NGHTTP3_VERSION},
                  {"nghttp2", HERALD_NGHTTP2_VERSION}};

}  // namespace

int Version(const VersionArguments& args, std::ostream& out) {
  if (args.json) {
    json::Object built;
    for (const auto& [name, version] : kBuiltFrom) built[name] = version;
    out << json::Serialize(json::Object{{"version", HERALD_VERSION},
                                        {"builtFrom", std::move(built)}})
        << "\n";
    return kFine;
  }
  out << "herald " << HERALD_VERSION << "\n";
  for (const auto& [name, version] : kBuiltFrom) {
    out << "  " << name << " " << version << "\n";
  }
  return kFine;
}

}  // namespace herald::cli
