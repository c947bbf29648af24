// SPDX-License-Identifier: Apache-2.0
#include "discovery/ways.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "discovery/facts.h"

namespace herald::discovery {
namespace {

constexpr size_t kMaxInterfaceName = 15;  // IFNAMSIZ of Linux, less its end
constexpr size_t kMaxTransit = 4;         // as many as relays
constexpr int64_t kMaxDscp = 63;          // six bits, RFC 2474

bool IsInterfaceName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxInterfaceName &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return c > ' ' && c < 0x7f && c != '/' && c != ':';
         });
}

// "10.9.0.7", "2001:db8::7": an address without a port.
std::optional<Address> BareAddress(const std::string& text) {
  for (const std::string& full : {text + ":0", "[" + text + "]:0"}) {
    StatusOr<Address> address = Address::Parse(full);
    if (address.ok() && !address->is_unix()) return *address;
  }
  return std::nullopt;
}

bool ReadAddress(yaml::MapReader& map, Way& way) {
  const yaml::Node* node = map.Required("address");
  if (node == nullptr) return false;
  way.at = node->at;
  std::optional<Address> address = ReadIpAddress(map, "address");
  if (!address) return false;
  way.endpoint.address = *address;
  if (address->port() == 0) {
    map.problems().Error(*node, "port 0 cannot be reached");
    return false;
  }
  const std::optional<Address>& source = way.endpoint.binding->source;
  if (!source || source->family() == address->family()) return true;
  map.problems().Error(*node,
                       "'bind' and 'address' are of different families of IP");
  return false;
}

void ReadBinding(yaml::MapReader& map, Binding& binding) {
  if (auto dscp = map.Int("dscp", {.min = 0, .max = kMaxDscp})) {
    binding.dscp = static_cast<uint8_t>(*dscp);
  }
  const yaml::Node* node = map.Optional("bind");
  if (node == nullptr) return;
  auto text = yaml::ReadString(*node, map.problems(), "'bind'");
  if (!text) return;
  binding.source = BareAddress(*text);
  if (binding.source) return;
  if (IsInterfaceName(*text)) {
    binding.interface = *std::move(text);
    return;
  }
  map.problems().Error(*node,
                       "'" + *text +
                           "' is neither an address of this machine "
                           "nor the name of an interface",
                       "write 10.9.0.7 (without a port) or eth1");
}

void ReadPrice(yaml::MapReader& map, Endpoint& endpoint) {
  const yaml::Node* node = map.Optional("egressCentsPerGiB");
  if (node == nullptr) return;
  auto price = yaml::ReadNumber(*node, map.problems(), "'egressCentsPerGiB'");
  if (!price) return;
  if (*price < 0) {
    map.problems().Error(*node, "a price cannot be negative");
    return;
  }
  endpoint.egress_cents_per_gib = static_cast<float>(*price);
}

void ReadTransit(yaml::MapReader& map, std::vector<Site>& transit) {
  for (const yaml::Node& item : map.List("transit")) {
    if (transit.size() == kMaxTransit) {
      map.problems().Error(item, "more than " + std::to_string(kMaxTransit) +
                                     " networks in a row");
      return;
    }
    yaml::MapReader site(item, map.problems(), "a network in transit");
    if (site) transit.push_back(ReadSite(site));
  }
}

bool ReadWay(yaml::MapReader& map, Way& way) {
  Binding binding;
  ReadBinding(map, binding);
  way.endpoint.binding = std::move(binding);
  ReadPrice(map, way.endpoint);
  std::vector<Site> transit;
  ReadTransit(map, transit);
  way.endpoint.transit = std::move(transit);
  return ReadAddress(map, way);
}

// The name of `way` is not among those of `others`.
bool IsNew(const Way& way, const std::vector<Way>& others) {
  return std::none_of(others.begin(), others.end(), [&](const Way& other) {
    return other.endpoint.way == way.endpoint.way;
  });
}

}  // namespace

std::vector<Way> ReadWays(yaml::MapReader& map, const Endpoint& peer) {
  std::vector<Way> ways;
  const yaml::Node* list = map.Optional("ways");
  if (list == nullptr) {
    Way only{.endpoint = peer};
    if (ReadWay(map, only)) ways.push_back(std::move(only));
    return ways;
  }
  for (const char* key :
       {"address", "bind", "dscp", "egressCentsPerGiB", "transit"}) {
    if (const yaml::Node* node = map.Optional(key)) {
      map.problems().Error(
          *node,
          "a peer with 'ways' has no '" + std::string(key) + "' of its own",
          "write it under the way that it belongs to");
    }
  }
  for (const yaml::Node& item : map.List("ways")) {
    if (ways.size() == kMaxWays) {
      map.problems().Error(item,
                           "more than " + std::to_string(kMaxWays) + " ways");
      break;
    }
    yaml::MapReader way_map(item, map.problems(), "a way");
    if (!way_map) continue;
    Way way{.endpoint = peer};
    way.endpoint.way = ReadName(way_map, "name");
    bool whole = ReadWay(way_map, way);
    if (!way.endpoint.way.empty() && !IsNew(way, ways)) {
      map.problems().Error(
          item, "way '" + *way.endpoint.way + "' stands twice in this peer");
    } else if (whole && !way.endpoint.way.empty()) {
      ways.push_back(std::move(way));
    }
  }
  if (ways.empty() && list->entries.empty() && list->items.empty()) {
    map.problems().Error(*list, "a peer needs one way at least");
  }
  return ways;
}

}  // namespace herald::discovery
