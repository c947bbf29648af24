// SPDX-License-Identifier: Apache-2.0
#include "core/http/exchange.h"

namespace herald::http {

std::string_view ToString(Reset reason) {
  switch (reason) {
    case Reset::kNotSent:
      return "not sent";
    case Reset::kRefused:
      return "refused";
    case Reset::kCancelled:
      return "cancelled";
    case Reset::kLost:
      return "connection lost";
    case Reset::kProtocol:
      return "protocol broken";
    case Reset::kInternal:
      return "internal error";
    case Reset::kTooBig:
      return "too big";
  }
  return "";
}

}  // namespace herald::http
