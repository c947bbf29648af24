// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/inject_command.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/base/text_file.h"
#include "core/yaml/parse.h"
#include "core/yaml/scalar.h"
#include "sidecar/cli/sidecar_template.h"
#include "sidecar/injector/injection.h"
#include "sidecar/injector/json_patch.h"
#include "sidecar/injector/manifest.h"
#include "sidecar/injector/pod.h"

namespace herald::cli {
namespace {

using injector::Injection;

struct Kind {
  std::string_view name;
  std::string_view pod;  // where its pod, or the template of its pods, stands
};
constexpr Kind kKinds[] = {
    {"Pod", ""},
    {"Deployment", "/spec/template"},
    {"StatefulSet", "/spec/template"},
    {"DaemonSet", "/spec/template"},
    {"ReplicaSet", "/spec/template"},
    {"ReplicationController", "/spec/template"},
    {"Job", "/spec/template"},
    {"CronJob", "/spec/jobTemplate/spec/template"},
};

// Works on one document after the other; lives on the stack.
class Injector {
 public:
  Injector(const injector::Settings& settings, std::string name_space,
           yaml::Problems& problems, std::ostream& err)
      : settings_(settings),
        namespace_(std::move(name_space)),
        problems_(problems),
        err_(err) {}

  json::Value Document(const yaml::Node& root) {
    json::Value document = injector::ToJson(root);
    if (!document.is_object()) {
      problems_.Error(root,
                      "is no Kubernetes object but " + yaml::Describe(root));
      return document;
    }
    const auto kind = json::GetString(document.get_object(), "kind");
    if (kind && kind->size() >= 4 && kind->substr(kind->size() - 4) == "List") {
      EachItem(root, document);
    } else {
      Object(root, "", document);
    }
    return document;
  }

  bool found() const { return found_; }

 private:
  void EachItem(const yaml::Node& root, json::Value& list) {
    json::Value* items = list.get_object().if_contains("items");
    if (items == nullptr || !items->is_array()) return;
    json::Array& array = items->get_array();
    for (size_t i = 0; i < array.size(); ++i) {
      Object(root, injector::Below("/items", i), array[i]);
    }
  }

  // `place` is where `object` stands in the document.
  void Object(const yaml::Node& root, const std::string& place,
              json::Value& object) {
    const json::Object* members = object.if_object();
    const auto kind =
        members != nullptr ? json::GetString(*members, "kind") : std::nullopt;
    for (const Kind& known : kKinds) {
      if (kind != known.name) continue;
      found_ = true;
      Workload(root, place, known, object);
    }
  }

  void Workload(const yaml::Node& root, const std::string& place,
                const Kind& kind, json::Value& object) {
    const std::string pod(kind.pod);
    const json::Value* found = injector::At(object, pod);
    const json::Value nothing;
    const Injection injection = injector::Inject(
        found != nullptr ? *found : nothing, NamespaceOf(object), settings_);
    switch (injection.verdict) {
      case Injection::Verdict::kInject:
        Change(injection.patch, pod, object);
        return;
      case Injection::Verdict::kLeave:
        err_ << "herald: " << kind.name << " " << NameOf(object)
             << " is left alone: " << injection.why << "\n";
        return;
      case Injection::Verdict::kRefuse:
        problems_.Error(injector::PlaceOf(root, place + pod + injection.at),
                        std::string(kind.name) + " " + NameOf(object) + ": " +
                            (injection.at.empty() ? std::string("its pod")
                                                  : injection.at.substr(1)) +
                            " " + injection.why);
        return;
    }
  }

  void Change(const json::Array& patch, const std::string& pod,
              json::Value& object) {
    json::Array moved = patch;
    for (json::Value& change : moved) {
      const auto path = json::GetString(change.get_object(), "path");
      change.get_object()["path"] = pod + *path;
    }
    const Status applied = injector::Apply(moved, object);
    HERALD_CHECK(applied.ok(), "injection adds where there is a place");
  }

  // A template's own namespace is its owner's.
  std::string NamespaceOf(const json::Value& object) const {
    const std::string own = injector::Pod(object).Namespace();
    return own.empty() ? namespace_ : own;
  }

  static std::string NameOf(const json::Value& object) {
    const injector::Pod pod(object);
    if (pod.metadata() == nullptr) return "without a name";
    auto name = json::GetString(*pod.metadata(), "name");
    if (!name) name = json::GetString(*pod.metadata(), "generateName");
    return name.value_or("without a name");
  }

  const injector::Settings& settings_;
  const std::string namespace_;
  yaml::Problems& problems_;
  std::ostream& err_;
  bool found_ = false;
};

// One byte more than may be, so that too much is told from enough.
std::string ReadStream(std::istream& in) {
  std::string text(yaml::kMaxTextBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

bool WantsJson(const InjectArguments& args, const std::string& text) {
  if (!args.output.empty()) return args.output == "json";
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '{';
}

void Print(const std::vector<json::Value>& documents, bool as_json,
           std::ostream& out) {
  bool first = true;
  for (const json::Value& document : documents) {
    if (as_json) {
      out << json::Pretty(document);
      continue;
    }
    if (!first) out << "---\n";
    first = false;
    out << injector::ToYaml(document);
  }
}

std::optional<injector::Settings> SettingsOf(const InjectArguments& args,
                                             std::ostream& err) {
  if (args.settings.empty()) {
    if (!args.image.empty()) return injector::DefaultSettings(args.image);
    err << "herald: which image? name the injector's settings with --settings "
           "injector.yaml, or an image with --image\n";
    return std::nullopt;
  }
  auto parsed = ReadInjectorSettings(args.settings);
  err << Render(parsed.issues);
  if (HasErrors(parsed.issues)) return std::nullopt;
  if (!args.image.empty()) parsed.settings.sidecar.image = args.image;
  return std::move(parsed.settings);
}

}  // namespace

int Inject(const InjectArguments& args, std::istream& in, std::ostream& out,
           std::ostream& err) {
  std::optional<injector::Settings> settings = SettingsOf(args, err);
  if (!settings) return kUnusable;
  const bool from_stdin = args.file == "-";
  StatusOr<std::string> text = from_stdin
                                   ? StatusOr<std::string>(ReadStream(in))
                                   : ReadTextFile(args.file);
  if (!text.ok()) {
    err << "herald: " << Message(text.status()) << "\n";
    return kUnusable;
  }
  yaml::Problems problems(from_stdin ? "standard input" : args.file, *text);
  Injector injector(*settings, args.kubernetes_namespace, problems, err);
  std::vector<json::Value> documents;
  for (const yaml::Node& root : yaml::ParseAll(problems)) {
    documents.push_back(injector.Document(root));
  }
  err << Render(problems.issues());
  if (problems.has_errors()) return kUnusable;
  if (!injector.found()) {
    err << "herald: there is no pod in it, nor anything that makes pods\n";
  }
  Print(documents, WantsJson(args, *text), out);
  return kFine;
}

}  // namespace herald::cli
