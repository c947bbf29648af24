// SPDX-License-Identifier: Apache-2.0
//
// The environment and the files of this process, for those who take them as
// values.
#pragma once

#include "discovery/kubernetes/access.h"

namespace herald::app {

kubernetes::Environment ProcessEnvironment();
kubernetes::ReadFile ProcessFiles();

}  // namespace herald::app
