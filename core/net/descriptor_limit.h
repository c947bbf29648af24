// SPDX-License-Identifier: Apache-2.0
//
// A process may open as many descriptors as the system lets it: the usual soft
// limit of 1024 is for programs that use select(2).
#pragma once

namespace herald::net {

// Raises the soft limit to the hard one. Where that fails it stays as it was.
void RaiseDescriptorLimit();

}  // namespace herald::net
