// SPDX-License-Identifier: Apache-2.0
//
// Files as those below app are given them: read whole, watched on the loop.
#pragma once

#include "core/net/asio_loop.h"
#include "discovery/static_file_source.h"

namespace herald::app {

discovery::FileAccess FilesOn(net::AsioLoop& loop);

}  // namespace herald::app
