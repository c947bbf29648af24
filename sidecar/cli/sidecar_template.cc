// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/sidecar_template.h"

#include <utility>

#include "core/base/text_file.h"
#include "sidecar/app/config.h"
#include "sidecar/injector/sidecar_container.h"

namespace herald::cli {
namespace {

constexpr char kWhat[] = "the configuration that the settings give a sidecar";

Issues CheckTemplate(const injector::Settings& settings) {
  injector::Workload workload{.settings = settings,
                              .kubernetes_namespace = "namespace",
                              .service_account = "account"};
  return app::ParseConfig(kWhat, injector::ConfigurationOf(workload),
                          {.name = "pod", .space = "namespace"})
      .issues;
}

}  // namespace

injector::ParsedSettings ReadInjectorSettings(const std::string& file) {
  auto text = ReadTextFile(file);
  if (!text.ok()) {
    // The error begins with the file, as the issue does.
    const std::string why = Message(text.status()).substr(file.size() + 2);
    return {.issues = {{.file = file, .text = why}}};
  }
  auto parsed = injector::ParseSettings(file, *std::move(text));
  if (HasErrors(parsed.issues)) return parsed;
  for (Issue& issue : CheckTemplate(parsed.settings)) {
    parsed.issues.push_back(std::move(issue));
  }
  return parsed;
}

}  // namespace herald::cli
