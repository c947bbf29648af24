// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/drain_command.h"

#include "core/json/json.h"
#include "sidecar/cli/admin_client.h"

namespace herald::cli {

int Drain(const DrainArguments& args, std::ostream& out, std::ostream& err) {
  auto asked = Ask(args.admin, "POST", "/drain");
  if (!asked.ok()) return Fail(asked.status(), err);
  const json::Object* told = asked->document.if_object();
  if (asked->status != 200 || told == nullptr) {
    err << "herald: the sidecar does not drain: "
        << (told ? json::GetString(*told, "detail").value_or(asked->text)
                 : asked->text)
        << "\n";
    return kNo;
  }
  if (args.json) {
    out << json::Serialize(asked->document) << "\n";
    return kFine;
  }
  auto number = [&](const char* key) {
    const json::Value* value = told->if_contains(key);
    return value == nullptr ? "0" : json::Serialize(*value);
  };
  out << "draining: callers go elsewhere, " << number("callsIn")
      << " of their calls are finished here; the agents' own calls ("
      << number("callsOut") << ") go on until SIGTERM\n";
  return kFine;
}

}  // namespace herald::cli
