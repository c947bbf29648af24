// SPDX-License-Identifier: Apache-2.0
//
// Files as those below app are given them: read whole, watched on the loop.
#pragma once

#include "core/base/file_access.h"
#include "core/net/asio_loop.h"

namespace herald::app {

FileAccess FilesOn(net::AsioLoop& loop);

}  // namespace herald::app
