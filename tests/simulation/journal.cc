// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/journal.h"

namespace herald::simulation {
namespace {

// FNV-1a.
class Digester {
 public:
  void Add(uint64_t value) {
    for (int i = 0; i < 8; ++i) {
      Byte(static_cast<unsigned char>(value >> (8 * i)));
    }
  }
  void Add(const std::string& text) {
    for (char c : text) Byte(static_cast<unsigned char>(c));
    Byte(0);
  }
  uint64_t value() const { return value_; }

 private:
  void Byte(unsigned char byte) { value_ = (value_ ^ byte) * 1099511628211u; }
  uint64_t value_ = 14695981039346656037u;
};

}  // namespace

bool Journal::Permitted(const std::string& node, Time from, Time to,
                        const std::vector<std::string>& labels,
                        const std::string& country) const {
  auto found = policies.find(node);
  if (found == policies.end()) return false;
  const std::vector<Turn>& turns = found->second;
  for (size_t i = 0; i < turns.size(); ++i) {
    Time until = i + 1 < turns.size() ? turns[i + 1].from : kNever;
    if (turns[i].from > to || until < from) continue;
    if (epochs[turns[i].epoch].Permits(labels, country)) return true;
  }
  return false;
}

uint64_t Journal::Digest() const {
  Digester digester;
  for (const CallEntry& call : calls) {
    digester.Add(ToNanos(call.began));
    digester.Add(ToNanos(call.ended));
    digester.Add(call.outcome);
    digester.Add(call.call_id);
    digester.Add(call.served_by);
    digester.Add(static_cast<uint64_t>(call.effects));
  }
  for (const DeliveryEntry& delivery : deliveries) {
    digester.Add(delivery.call);
    digester.Add(delivery.node);
    digester.Add(ToNanos(delivery.at));
  }
  return digester.value();
}

}  // namespace herald::simulation
