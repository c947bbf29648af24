// SPDX-License-Identifier: Apache-2.0
#include "discovery/facts.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace herald::discovery {
namespace {

constexpr size_t kMaxName = 63;  // a DNS label's length

constexpr std::array<yaml::Choice<Tier>, kTierCount> kTiers = {{
    {"Device", Tier::kDevice},
    {"FarEdge", Tier::kFarEdge},
    {"NearEdge", Tier::kNearEdge},
    {"Cloud", Tier::kCloud},
}};

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}
bool IsNameChar(char c) {
  return IsLetterOrDigit(c) || c == '-' || c == '_' || c == '.';
}

std::optional<Country> ReadCountry(const yaml::Text& code,
                                   yaml::Problems& problems) {
  std::optional<Country> country = Country::Parse(code.text);
  if (!country) {
    problems.Error(code.at, "'" + code.text + "' is no country code",
                   "write the two capital letters of ISO 3166-1, as in DE");
  }
  return country;
}

// The texts under `key`, none twice.
std::optional<std::vector<yaml::Text>> ReadSet(yaml::MapReader& map,
                                               std::string_view key) {
  std::optional<std::vector<yaml::Text>> texts = map.Texts(key);
  if (!texts) return std::nullopt;
  std::vector<yaml::Text> out;
  for (yaml::Text& text : *texts) {
    if (std::find(out.begin(), out.end(), text) != out.end()) {
      map.problems().Error(text.at, "'" + text.text + "' stands twice in '" +
                                        std::string(key) + "'");
    } else {
      out.push_back(std::move(text));
    }
  }
  return out;
}

std::vector<std::string> ReadWords(yaml::MapReader& map, std::string_view key) {
  std::vector<std::string> words;
  for (yaml::Text& text :
       ReadSet(map, key).value_or(std::vector<yaml::Text>())) {
    words.push_back(std::move(text.text));
  }
  return words;
}

// A type and a subtype of RFC 6838, either of which may be `*`: "text/plain",
// "image/*".
bool IsMediaType(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && slash > 0 &&
         slash + 1 < text.size() && text.find('/', slash + 1) == text.npos &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) {
           return c <= ' ' || c >= 0x7f || c == ',';
         });
}

std::vector<std::string> ReadModes(yaml::MapReader& map, std::string_view key) {
  std::vector<std::string> out;
  for (yaml::Text& mode :
       ReadSet(map, key).value_or(std::vector<yaml::Text>())) {
    if (IsMediaType(mode.text)) {
      out.push_back(std::move(mode.text));
    } else {
      map.problems().Error(mode.at, "'" + mode.text + "' is no media type",
                           "as in text/plain or application/json");
    }
  }
  return out;
}

std::optional<Attestation> ReadAttestation(yaml::MapReader& site) {
  const yaml::Node* node = site.Optional("attestation");
  if (node == nullptr) return std::nullopt;
  std::optional<std::string> word =
      yaml::ReadString(*node, site.problems(), "'attestation'");
  if (!word) return std::nullopt;
  std::optional<Attestation> level = ParseAttestation(*word);
  if (level && *level > Attestation::kDeclared) {
    site.problems().Error(
        *node, "a file cannot vouch for attestation '" + *word + "'",
        "write none or declared; better evidence has to be signed");
    return std::nullopt;
  }
  if (!level) {
    site.problems().Error(*node, "unknown attestation '" + *word + "'",
                          "it is none or declared");
  }
  return level;
}

}  // namespace

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxName && IsLetterOrDigit(text[0]) &&
         std::all_of(text.begin(), text.end(), IsNameChar);
}

std::string ReadName(yaml::MapReader& map, std::string_view key) {
  const yaml::Node* node = map.Required(key);
  if (node == nullptr) return "";
  std::optional<std::string> name =
      yaml::ReadString(*node, map.problems(), "'" + std::string(key) + "'");
  if (!name) return "";
  if (IsName(*name)) return *std::move(name);
  map.problems().Error(*node, "'" + *name + "' is no name",
                       "a name is 1 to 63 letters, digits, '-', '_', '.', "
                       "and begins with a letter or digit");
  return "";
}

std::optional<Address> ReadIpAddress(yaml::MapReader& map,
                                     std::string_view key) {
  const yaml::Node* node = map.Optional(key);
  if (node == nullptr) return std::nullopt;
  std::optional<std::string> text =
      yaml::ReadString(*node, map.problems(), "'" + std::string(key) + "'");
  if (!text) return std::nullopt;
  StatusOr<Address> address = Address::Parse(*text);
  if (address.ok() && !address->is_unix()) return *address;
  if (address.ok()) {
    map.problems().Error(*node, "'" + *text + "' is a path",
                         "write an IP address and a port, as in "
                         "10.0.0.1:15443");
  } else if (Address::Parse(*text + ":1").ok()) {
    map.problems().Error(*node, "address '" + *text + "' has no port",
                         "write " + *text + ":15443, or the port it is");
  } else {
    map.problems().Error(*node, "bad address: " + Message(address.status()),
                         "write an IP address and a port, as in "
                         "10.0.0.1:15443 or \"[2001:db8::1]:15443\"");
  }
  return std::nullopt;
}

Site ReadSite(yaml::MapReader& site) {
  Site out;
  if (const yaml::Node* node = site.Optional("country")) {
    auto code = yaml::ReadString(*node, site.problems(), "'country'");
    if (code) out.country = ReadCountry({*code, node->at}, site.problems());
  }
  out.region = site.String("region");
  out.zone = site.String("zone");
  out.tier = site.Enum<Tier>("tier", kTiers);
  if (const yaml::Node* node = site.Optional("operator")) {
    out.operator_name = yaml::ReadString(*node, site.problems(), "'operator'");
  }
  if (auto codes = ReadSet(site, "operatorControl")) {
    std::vector<Country> control;
    bool known = true;
    for (const yaml::Text& code : *codes) {
      std::optional<Country> country = ReadCountry(code, site.problems());
      known = known && country.has_value();
      if (country) control.push_back(*country);
    }
    if (known) out.operator_control = std::move(control);
  }
  if (site.Optional("assurance") != nullptr) {
    out.assurance = ReadWords(site, "assurance");
  }
  out.attestation = ReadAttestation(site);
  out.retention = site.Duration("retention");
  return out;
}

AgentInfo ReadAgent(yaml::MapReader& agent) {
  AgentInfo out;
  out.name = ReadName(agent, "name");
  out.skills = ReadWords(agent, "skills");
  out.tags = ReadWords(agent, "tags");
  out.input_modes = ReadModes(agent, "inputModes");
  out.output_modes = ReadModes(agent, "outputModes");
  out.labels = ReadWords(agent, "labels");
  for (yaml::Text& pattern :
       ReadSet(agent, "idempotent").value_or(std::vector<yaml::Text>())) {
    std::string fault = FaultOfIdempotent(pattern.text);
    if (!fault.empty()) {
      agent.problems().Error(
          pattern.at, "'" + pattern.text + "' " + fault,
          "write a method and a path pattern, as in \"POST /summarize\" or "
          "\"GET *\"");
      continue;
    }
    out.idempotent.push_back(std::move(pattern.text));
  }
  return out;
}

std::string FaultOfIdempotent(std::string_view pattern) {
  const size_t space = pattern.find(' ');
  if (space == std::string_view::npos) return "has no path pattern";
  const std::string_view method = pattern.substr(0, space);
  const std::string_view path = pattern.substr(space + 1);
  auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (method.empty() || !std::all_of(method.begin(), method.end(), capital)) {
    return "does not begin with a method in capital letters";
  }
  if (path.empty()) return "has no path pattern";
  if (path.find_first_of(" ?#") != std::string_view::npos) {
    return "has more than a path after the method";
  }
  if (path[0] != '/' && path[0] != '*') return "has a path without '/'";
  return "";
}

}  // namespace herald::discovery
