// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/h3_codes.h"

namespace herald::transport {

uint64_t ToCode(http::Reset reason) {
  switch (reason) {
    case http::Reset::kRefused:
      return kH3RequestRejected;
    case http::Reset::kNotSent:
    case http::Reset::kCancelled:
      return kH3RequestCancelled;
    case http::Reset::kProtocol:
      return kH3MessageError;
    case http::Reset::kTooBig:
      return kH3ExcessiveLoad;
    case http::Reset::kLost:
    case http::Reset::kInternal:
      return kH3InternalError;
  }
  return kH3InternalError;
}

http::Reset FromCode(uint64_t code, bool vouches) {
  switch (code) {
    case kH3RequestRejected:
      return vouches ? http::Reset::kRefused : http::Reset::kCancelled;
    case kH3NoError:
    case kH3RequestCancelled:
      return http::Reset::kCancelled;
    case kH3MessageError:
      return http::Reset::kProtocol;
    case kH3ExcessiveLoad:
      return http::Reset::kTooBig;
    default:
      return http::Reset::kInternal;
  }
}

}  // namespace herald::transport
