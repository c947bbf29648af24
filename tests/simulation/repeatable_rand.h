// SPDX-License-Identifier: Apache-2.0
//
// OpenSSL's randomness made to repeat: connection ids, keys and nonces, and so
// every packet of a world. For simulations only: what it makes can be
// foretold.
#pragma once

namespace herald::simulation {

// From now on, in this thread, OpenSSL's random bytes are a fixed sequence,
// begun anew.
void MakeOpenSslRepeat();

}  // namespace herald::simulation
