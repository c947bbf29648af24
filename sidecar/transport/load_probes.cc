// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/load_probes.h"

#include <algorithm>
#include <cstring>

namespace herald::transport {
namespace {

constexpr std::string_view kMagic = "hld1";
constexpr size_t kHead = 16;
constexpr size_t kAsk = 24;
enum Kind : char { kAsked = 1, kReported = 2 };

std::string Head(Kind kind, uint64_t number) {
  std::string out(kMagic);
  out.push_back(static_cast<char>(kind));
  out.append(3, '\0');
  // Only the asker reads its number, so its order of bytes is its own affair.
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
  return out;
}

}  // namespace

bool LoadProbes::Ask(Time now) {
  Expire(now);
  auto free = std::find_if(asked_.begin(), asked_.end(),
                           [](const Asked& one) { return one.number == 0; });
  if (free == asked_.end()) return false;
  *free = {++last_, now};
  std::string ask = Head(kAsked, free->number);
  ask.resize(kAsk, '\0');
  out_.push_back(std::move(ask));
  events_.OnProbeActivity();
  return true;
}

void LoadProbes::Expire(Time now) {
  for (Asked& one : asked_) {
    if (one.number == 0 || now - one.at < kPatience) continue;
    one = {};
    ++lost_;
  }
}

void LoadProbes::OnDatagram(std::span<const uint8_t> bytes, Time now) {
  if (bytes.size() < kHead ||
      std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    return;
  }
  uint64_t number = 0;
  std::memcpy(&number, bytes.data() + 8, sizeof number);
  if (bytes[4] == kAsked && bytes.size() >= kAsk) OnAsked(number);
  if (bytes[4] == kReported) OnReported(number, bytes.subspan(kHead), now);
}

// What a peer can make us keep is bounded like what we make it keep.
void LoadProbes::OnAsked(uint64_t number) {
  if (reporter_ == nullptr || out_.size() >= kUnderWay) return;
  std::string packed = (*reporter_)();
  if (packed.empty() || kHead + packed.size() > kMaxDatagram) return;
  out_.push_back(Head(kReported, number) + packed);
  events_.OnProbeActivity();
}

void LoadProbes::OnReported(uint64_t number, std::span<const uint8_t> packed,
                            Time now) {
  Expire(now);
  if (number == 0) {
    return events_.OnReport(
        {reinterpret_cast<const char*>(packed.data()), packed.size()});
  }
  for (Asked& one : asked_) {
    if (one.number == 0 || one.number != number) continue;
    one = {};
    lost_ = 0;
    return events_.OnReport(
        {reinterpret_cast<const char*>(packed.data()), packed.size()});
  }
}

std::span<const uint8_t> LoadProbes::NextDatagram() {
  if (out_.empty()) return {};
  return {reinterpret_cast<const uint8_t*>(out_.front().data()),
          out_.front().size()};
}

}  // namespace herald::transport
