// SPDX-License-Identifier: Apache-2.0
//
// Names that injection and its readers share, and a pod (or a pod template)
// as JSON, read without trust in its shape.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/json/json.h"

namespace herald::injector {

// What a pod, or whoever makes it, says to the injector.
inline constexpr char kInject[] = "herald.dev/inject";     // "false": leave me
inline constexpr char kAgents[] = "herald.dev/agents";     // planner=8080
inline constexpr char kConfigMap[] = "herald.dev/config";  // a ConfigMap's name
// What the injector says of a pod.
inline constexpr char kInjected[] = "herald.dev/injected";

inline constexpr char kContainer[] = "herald";
inline constexpr char kSocketVolume[] = "herald-socket";
inline constexpr char kStateVolume[] = "herald-state";
inline constexpr char kTokenVolume[] = "herald-token";
inline constexpr char kIdentityVolume[] = "herald-identity";
inline constexpr char kConfigVolume[] = "herald-config";

inline constexpr char kSocketFolder[] = "/run/herald";
inline constexpr char kSocket[] = "/run/herald/agents.sock";
inline constexpr char kStateFolder[] = "/var/lib/herald";
inline constexpr char kIdentityFolder[] = "/run/secrets/herald";
inline constexpr char kConfigFolder[] = "/etc/herald";
inline constexpr char kAgentsAddress[] = "127.0.0.1:15001";
inline constexpr int kMeshPort = 15443;
inline constexpr int kHealthPort = 15002;

// The member of that name where `object` is an object that has it.
const json::Object* ObjectAt(const json::Object* object, std::string_view key);
const json::Array* ArrayAt(const json::Object* object, std::string_view key);

// Borrows the pod.
class Pod {
 public:
  explicit Pod(const json::Value& pod);

  const json::Object* metadata() const { return metadata_; }
  const json::Object* spec() const { return spec_; }
  // Empty where there is none; `metadata.namespace` may be for us to fill in.
  std::string Namespace() const;
  std::string ServiceAccount() const;
  std::optional<std::string> Annotation(std::string_view key) const;
  std::optional<std::string> Label(std::string_view key) const;
  bool SpecFlag(std::string_view key) const;
  // Whether a member of the list `spec.LIST` has that name.
  bool Has(std::string_view list, std::string_view name) const;

 private:
  const json::Object* metadata_;
  const json::Object* spec_;
};

}  // namespace herald::injector
