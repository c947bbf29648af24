// SPDX-License-Identifier: Apache-2.0
//
// The injector's settings hold a piece of every sidecar's configuration. It is
// read here as those sidecars will read it, so that a typing error is found
// before a thousand pods fail to start.
#pragma once

#include <string>

#include "core/base/issue.h"
#include "sidecar/injector/settings.h"

namespace herald::cli {

// Reads settings from `file` and checks them whole. Issues are of the file, or
// of the configuration that would be made from it.
injector::ParsedSettings ReadInjectorSettings(const std::string& file);

}  // namespace herald::cli
