// SPDX-License-Identifier: Apache-2.0
//
// What an agent asks of the catalogue, as it stands behind the '?':
// "skill=plan&country=DE&watch=1".
#pragma once

#include <string_view>

#include "core/base/status.h"
#include "discovery/find.h"

namespace herald::call {

struct CatalogueQuestion {
  discovery::AgentQuery query;
  bool watch = false;  // tell changes, too, for as long as somebody listens
};

// What is wrong with it is said for people.
StatusOr<CatalogueQuestion> ParseCatalogueQuery(std::string_view query);

}  // namespace herald::call
