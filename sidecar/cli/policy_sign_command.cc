// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_sign_command.h"

#include <string>

#include "core/base/text_file.h"
#include "core/crypto/secret_file.h"
#include "core/crypto/signature.h"
#include "core/json/json.h"
#include "core/yaml/parse.h"
#include "discovery/kubernetes/object_text.h"
#include "discovery/kubernetes/policy_texts.h"
#include "sidecar/app/seals.h"

namespace herald::cli {
namespace {

int FailOf(const char* command, const Status& status, std::ostream& err) {
  err << "herald policy " << command << ": " << Message(status) << "\n";
  const bool unusable = status.code() == StatusCode::kInvalidArgument ||
                        status.code() == StatusCode::kAlreadyExists;
  return unusable ? kUnusable : kWorldFailed;
}

// The object with its seal in an annotation, to be applied.
StatusOr<std::string> SealObject(const std::string& file,
                                 const std::string& text,
                                 const std::string& key) {
  yaml::Problems problems(file, text);
  auto root = yaml::ParseOne(problems);
  if (!root) return InvalidArgument(Render(problems.issues()));
  json::Value value = kubernetes::ToJson(*root);
  json::Object* object = value.if_object();
  const auto read = object == nullptr ? kubernetes::PolicyObject()
                                      : kubernetes::ReadPolicyObject(*object);
  if (read.kind != "Override" || read.space.empty()) {
    return InvalidArgument(file +
                           ": an Override with metadata.namespace is wanted; "
                           "the namespace is sealed with it");
  }
  HERALD_ASSIGN_OR_RETURN(std::string seal, app::MakeSeal(key, read.text));
  seal.pop_back();  // its line's end
  json::Object& metadata = object->at("metadata").as_object();
  json::Value& notes = metadata["annotations"];
  if (!notes.is_object()) notes = json::Object();
  notes.as_object()[kubernetes::kSealAnnotation] = seal;
  return kubernetes::ToYaml(*object);
}

}  // namespace

int PolicyKey(const PolicyKeyArguments& args, std::ostream& out,
              std::ostream& err) {
  const std::string secret = args.name + ".key";
  const std::string known = args.name + ".pub";
  auto keys = crypto::MakeSigningKeys();
  if (!keys.ok()) return FailOf("key", keys.status(), err);
  // A key that is there is never overwritten: what it signed would be lost.
  Status done =
      crypto::WriteNewFile(secret, keys->private_key, crypto::kSecretMode);
  if (done.ok()) {
    done = crypto::WriteNewFile(known, keys->public_key, crypto::kPublicMode);
  }
  if (!done.ok()) return FailOf("key", done, err);
  if (args.json) {
    out << json::Serialize(json::Object{{"key", secret}, {"public", known}})
        << "\n";
    return kFine;
  }
  out << "  " << secret << "  keep it secret: it signs Overrides\n  " << known
      << "  name it in the sidecars' policySigners\n";
  return kFine;
}

int PolicySign(const PolicySignArguments& args, std::ostream& out,
               std::ostream& err) {
  auto text = ReadTextFile(args.file);
  if (!text.ok()) return FailOf("sign", text.status(), err);
  auto key = ReadTextFile(args.key);
  if (!key.ok()) return FailOf("sign", key.status(), err);
  if (args.object) {
    auto sealed = SealObject(args.file, *text, *key);
    if (!sealed.ok()) return FailOf("sign", sealed.status(), err);
    out << *sealed;
    return kFine;
  }
  auto seal = app::MakeSeal(*key, *text);
  if (!seal.ok()) {
    return FailOf("sign",
                  InvalidArgument(args.key + ": " + Message(seal.status()) +
                                  "; make one with: herald policy key NAME"),
                  err);
  }
  const std::string path = app::SealPathOf(args.file);
  Status done = crypto::ReplaceFile(path, *seal, crypto::kPublicMode);
  if (!done.ok()) return FailOf("sign", done, err);
  if (args.json) {
    out << json::Serialize(json::Object{{"file", args.file}, {"seal", path}})
        << "\n";
    return kFine;
  }
  out << path << " seals " << args.file << "; sign again whenever it changes\n";
  return kFine;
}

}  // namespace herald::cli
