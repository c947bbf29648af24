// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/site_facts.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "core/proto/context.pb.h"
#include "core/proto/quiet.h"

namespace herald::call {
namespace {

using std::chrono::microseconds;

// A promise of a longer retention promises nothing.
constexpr uint64_t kMaxRetentionUs = 100ull * 366 * 24 * 3600 * 1000 * 1000;
// What a peer tells at greater length is read anew each time: it shall not
// decide how much we remember.
constexpr size_t kMaxRemembered = 512;

std::string Write(const Site& site) {
  proto::SiteFacts out;
  if (site.country) out.set_country(site.country->ToString());
  if (site.tier) out.set_tier(std::string(ToString(*site.tier)));
  if (site.operator_name) out.set_operator_name(*site.operator_name);
  if (site.operator_control) {
    out.set_operator_control_known(true);
    for (Country country : *site.operator_control) {
      out.add_operator_control(country.ToString());
    }
  }
  if (site.assurance) {
    out.set_assurance_known(true);
    for (const std::string& label : *site.assurance) out.add_assurance(label);
  }
  if (site.attestation) {
    out.set_attestation(std::string(ToString(*site.attestation)));
  }
  if (site.retention) {
    // Rounded up: what is kept longer than asked must never look shorter.
    auto kept = std::chrono::ceil<microseconds>(*site.retention).count();
    out.set_retention_us(static_cast<uint64_t>(kept > 0 ? kept : 0));
  }
  return out.SerializeAsString();
}

Site Read(const proto::SiteFacts& in) {
  Site site;
  if (in.has_country()) site.country = Country::Parse(in.country());
  if (in.has_tier()) site.tier = ParseTier(in.tier());
  if (in.has_operator_name()) site.operator_name = in.operator_name();
  if (in.operator_control_known()) {
    auto& control = site.operator_control.emplace();
    for (const std::string& text : in.operator_control()) {
      auto country = Country::Parse(text);
      if (!country) {  // an unreadable fact is an unknown one
        site.operator_control.reset();
        break;
      }
      control.push_back(*country);
    }
  }
  if (in.assurance_known()) {
    site.assurance.emplace(in.assurance().begin(), in.assurance().end());
  }
  if (in.has_attestation()) {
    site.attestation = ParseAttestation(in.attestation());
  }
  if (in.has_retention_us() && in.retention_us() <= kMaxRetentionUs) {
    site.retention = microseconds(static_cast<int64_t>(in.retention_us()));
  }
  return site;
}

}  // namespace

void SiteFacts::Keep(Memory& memory, const Site& site, std::string_view bytes) {
  if (bytes.size() > kMaxRemembered) return;
  Known& place = *std::min_element(
      memory.begin(), memory.end(),
      [](const Known& a, const Known& b) { return a.used < b.used; });
  place.site = site;
  place.bytes = bytes;
  place.used = uses_;
}

std::string SiteFacts::Pack(const Site& site) {
  ++uses_;
  for (Known& one : packed_) {
    if (one.used == 0 || one.site != site) continue;
    one.used = uses_;
    return one.bytes;
  }
  std::string bytes = Write(site);
  Keep(packed_, site, bytes);
  return bytes;
}

std::optional<Site> SiteFacts::Unpack(std::string_view bytes) {
  ++uses_;
  for (Known& one : unpacked_) {
    if (one.used == 0 || one.bytes != bytes) continue;
    one.used = uses_;
    return one.site;
  }
  proto::Quiet quiet;
  proto::SiteFacts facts;
  if (!facts.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return std::nullopt;
  }
  Site site = Read(facts);
  Keep(unpacked_, site, bytes);
  return site;
}

}  // namespace herald::call
