// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/pod.h"

namespace herald::injector {
namespace {

std::optional<std::string> TextOf(const json::Object* object,
                                  std::string_view key) {
  if (object == nullptr) return std::nullopt;
  return json::GetString(*object, key);
}

}  // namespace

const json::Object* ObjectAt(const json::Object* object, std::string_view key) {
  const json::Value* value =
      object != nullptr ? object->if_contains(json::View(key)) : nullptr;
  return value != nullptr ? value->if_object() : nullptr;
}

const json::Array* ArrayAt(const json::Object* object, std::string_view key) {
  const json::Value* value =
      object != nullptr ? object->if_contains(json::View(key)) : nullptr;
  return value != nullptr ? value->if_array() : nullptr;
}

Pod::Pod(const json::Value& pod)
    : metadata_(ObjectAt(pod.if_object(), "metadata")),
      spec_(ObjectAt(pod.if_object(), "spec")) {}

std::string Pod::Namespace() const {
  return TextOf(metadata_, "namespace").value_or("");
}

std::string Pod::ServiceAccount() const {
  auto name = TextOf(spec_, "serviceAccountName");
  // As the API server has it where a pod names none.
  return name && !name->empty() ? *name : "default";
}

std::optional<std::string> Pod::Annotation(std::string_view key) const {
  return TextOf(ObjectAt(metadata_, "annotations"), key);
}

std::optional<std::string> Pod::Label(std::string_view key) const {
  return TextOf(ObjectAt(metadata_, "labels"), key);
}

bool Pod::SpecFlag(std::string_view key) const {
  const json::Value* flag =
      spec_ != nullptr ? spec_->if_contains(json::View(key)) : nullptr;
  return flag != nullptr && flag->is_bool() && flag->get_bool();
}

bool Pod::Has(std::string_view list, std::string_view name) const {
  const json::Array* members = ArrayAt(spec_, list);
  if (members == nullptr) return false;
  for (const json::Value& member : *members) {
    if (TextOf(member.if_object(), "name") == name) return true;
  }
  return false;
}

}  // namespace herald::injector
