// SPDX-License-Identifier: Apache-2.0
//
// Load probes of one connection by DATAGRAM frames (RFC 9221), both ends: no
// stream, no field section, nothing that is sent again when it is lost. A
// probe that comes late is worth nothing, so this is all it needs.
//
//   ask     24 bytes: "hld1", 1, 3 zeros, the asker's number (8), 8 zeros
//   report  16 bytes: "hld1", 2, 3 zeros, that number, or 0 of a report that
//           nobody asked for; then the packed report as `herald-context` of a
//           response bears it
//
// What is not of this form is ignored: it may come from a later version.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "sidecar/transport/connection.h"

namespace herald::transport {

// A peer that offers less takes no datagrams of ours.
inline constexpr size_t kMaxDatagram = 512;

class LoadProbeEvents {
 public:
  virtual ~LoadProbeEvents() = default;
  // There is something to send.
  virtual void OnProbeActivity() = 0;
  // The peer said this, in answer to an Ask or because it wanted to.
  virtual void OnReport(std::string_view packed) = 0;
};

// Part of a MeshLink. Called by its Connection.
class LoadProbes final : public DatagramUser {
 public:
  // What we say when we are asked; empty answers nobody.
  using Reporter = std::function<std::string()>;

  LoadProbes(const Reporter* reporter, LoadProbeEvents& events)
      : reporter_(reporter), events_(events) {}

  // Unanswered ones count as lost after kPatience. At most two are under way;
  // then this does nothing and says false.
  bool Ask(Time now);
  // Says it unasked, as a report of number 0: what peers should know at once.
  void Tell() { OnAsked(0); }
  // Answers nobody from now on.
  void StopAnswering() { reporter_ = nullptr; }
  // Lost in a row, with no answer since.
  int Lost(Time now) {
    Expire(now);
    return lost_;
  }

  // DatagramUser:
  void OnDatagram(std::span<const uint8_t> bytes, Time now) override;
  std::span<const uint8_t> NextDatagram() override;
  void OnDatagramWritten() override { out_.pop_front(); }

  static constexpr Duration kPatience = std::chrono::seconds(1);
  static constexpr size_t kUnderWay = 2;

 private:
  struct Asked {
    uint64_t number = 0;  // 0: none
    Time at{};
  };
  void Expire(Time now);
  void OnAsked(uint64_t number);
  void OnReported(uint64_t number, std::span<const uint8_t> packed, Time now);

  const Reporter* reporter_;  // null at client ends
  LoadProbeEvents& events_;
  std::array<Asked, kUnderWay> asked_ = {};
  uint64_t last_ = 0;
  int lost_ = 0;
  std::deque<std::string> out_;
};

}  // namespace herald::transport
