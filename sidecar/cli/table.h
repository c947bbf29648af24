// SPDX-License-Identifier: Apache-2.0
//
// Columns for people: as wide as their widest cell, two spaces between.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace herald::cli {

using Row = std::vector<std::string>;

void PrintTable(const std::vector<Row>& rows, std::ostream& out);

}  // namespace herald::cli
