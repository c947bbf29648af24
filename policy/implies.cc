// SPDX-License-Identifier: Apache-2.0
#include "policy/implies.h"

#include <algorithm>
#include <bit>
#include <span>

namespace herald::policy {
namespace {

bool Within(const CountryBits& a, const CountryBits& b) {
  return (a & ~b).none();
}

// Every text that `narrow` matches, `wide` matches. The `*` of `narrow` is
// taken for a character that only a `*` of `wide` can match, which never says
// too much.
bool Matches(const Pattern& wide, const Pattern& narrow) {
  return wide.Matches(narrow.text());
}

bool EachIsMatched(std::span<const Pattern> narrow,
                   std::span<const Pattern> wide) {
  return std::all_of(narrow.begin(), narrow.end(), [&](const Pattern& one) {
    return std::any_of(wide.begin(), wide.end(), [&](const Pattern& other) {
      return Matches(other, one);
    });
  });
}

// Purposes and legal bases are names: `*` means nothing in them.
bool EachIsNamed(std::span<const Pattern> narrow,
                 std::span<const Pattern> wide) {
  return std::all_of(narrow.begin(), narrow.end(), [&](const Pattern& one) {
    return std::any_of(wide.begin(), wide.end(), [&](const Pattern& other) {
      return other.text() == one.text();
    });
  });
}

bool IsControl(NodeFact::Kind kind) {
  using Kind = NodeFact::Kind;
  return kind == Kind::kControlOnlyIn || kind == Kind::kControlNotOnlyIn ||
         kind == Kind::kControlAnyOf;
}

bool ControlImplies(const NodeFact& a, const NodeFact& b) {
  using Kind = NodeFact::Kind;
  // Whoever is controlled from somewhere, and only from within A, is
  // controlled from A.
  if (a.kind == Kind::kControlOnlyIn && b.kind == Kind::kControlAnyOf) {
    return Within(a.countries, b.countries);
  }
  if (a.kind != b.kind) return false;
  return a.kind == Kind::kControlNotOnlyIn ? Within(b.countries, a.countries)
                                           : Within(a.countries, b.countries);
}

bool AllAmong(const std::vector<std::string>& some,
              const std::vector<std::string>& all) {
  return std::all_of(some.begin(), some.end(), [&](const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  });
}

// Does having any (or all) of A mean having any (or all) of B? `closure` adds
// what comes along with a bit.
template <typename Closure>
bool BitsImply(bool any_a, uint64_t a, bool any_b, uint64_t b,
               Closure closure) {
  if (!any_a) {
    uint64_t has = closure(a);
    return any_b ? (has & b) != 0 : (has & b) == b;
  }
  for (uint64_t rest = a; rest != 0; rest &= rest - 1) {
    uint64_t has = closure(rest & -rest);
    if (any_b ? (has & b) == 0 : (has & b) != b) return false;
  }
  return a != 0;
}

bool IsLabels(Atom::Kind kind) {
  return kind == Atom::Kind::kLabelsAnyOf || kind == Atom::Kind::kLabelsAllOf;
}
bool IsEndorsements(Atom::Kind kind) {
  return kind == Atom::Kind::kEndorsementsAnyOf ||
         kind == Atom::Kind::kEndorsementsAllOf;
}

// All facts of `b` follow from facts of `a`.
bool FactsImply(std::span<const NodeFact> a, std::span<const NodeFact> b) {
  return std::all_of(b.begin(), b.end(), [&](const NodeFact& wanted) {
    return std::any_of(a.begin(), a.end(), [&](const NodeFact& given) {
      return Implies(given, wanted);
    });
  });
}

bool SameOrWider(int wide, int narrow) { return wide < 0 || wide == narrow; }

bool AtomsImply(const CompiledRule& narrow, const CompiledRule& wide,
                const LabelTable& labels) {
  return std::all_of(
      wide.atoms.begin(), wide.atoms.end(), [&](const Atom& wanted) {
        return std::any_of(
            narrow.atoms.begin(), narrow.atoms.end(),
            [&](const Atom& given) { return Implies(given, wanted, labels); });
      });
}

bool AtLeastAsStrict(const Obligations& a, const Obligations& b) {
  Obligations joined = a;
  joined.Join(b);
  return joined == a;
}

// A label that the permit covers brings along what the forbid asks of labels.
bool LabelsBring(const CompiledRule& permit, const Atom& asked,
                 const LabelTable& labels) {
  return BitsImply(true, permit.covers, asked.kind == Atom::Kind::kLabelsAnyOf,
                   asked.bits,
                   [&](uint64_t bits) { return labels.Closure(bits); });
}

// The peer sees clear text, so it has every fact the permit asks of such
// nodes; it is the node that the forbid finds.
bool PeerIsFound(const CompiledRule& permit, const Atom& asked) {
  return std::all_of(
      asked.facts.begin(), asked.facts.end(), [&](const NodeFact& wanted) {
        return std::any_of(permit.atoms.begin(), permit.atoms.end(),
                           [&](const Atom& given) {
                             return given.kind == Atom::Kind::kProcess &&
                                    Implies(given.facts[0], wanted);
                           });
      });
}

}  // namespace

bool Implies(const NodeFact& a, const NodeFact& b) {
  using Kind = NodeFact::Kind;
  if (IsControl(a.kind) && IsControl(b.kind)) return ControlImplies(a, b);
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::kCountries:
      return Within(a.countries, b.countries);
    case Kind::kTiers:
      return (a.tiers & ~b.tiers) == 0;
    case Kind::kAssurance:
      return AllAmong(b.assurance, a.assurance);
    case Kind::kAttestation:
      return a.min >= b.min;
    default:
      return false;
  }
}

bool Implies(const Atom& a, const Atom& b, const LabelTable& labels) {
  using Kind = Atom::Kind;
  if (IsLabels(a.kind) && IsLabels(b.kind)) {
    return BitsImply(a.kind == Kind::kLabelsAnyOf, a.bits,
                     b.kind == Kind::kLabelsAnyOf, b.bits,
                     [&](uint64_t bits) { return labels.Closure(bits); });
  }
  if (IsEndorsements(a.kind) && IsEndorsements(b.kind)) {
    return BitsImply(a.kind == Kind::kEndorsementsAnyOf, a.bits,
                     b.kind == Kind::kEndorsementsAnyOf, b.bits,
                     [](uint64_t bits) { return bits; });
  }
  if (a.kind == Kind::kAnyProcess && b.kind == Kind::kAnyNode) {
    return FactsImply(a.facts, b.facts);
  }
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::kCallers:
    case Kind::kCallees:
    case Kind::kSkills:
      return EachIsMatched(a.patterns, b.patterns);
    case Kind::kPurposes:
    case Kind::kLegalBasis:
      return EachIsNamed(a.patterns, b.patterns);
    case Kind::kEndToEnd:
      return true;
    case Kind::kKeysHeldIn:
      return Within(a.countries, b.countries);
    case Kind::kProcess:
    case Kind::kTransit:
    case Kind::kAnyNode:
    case Kind::kAnyProcess:
      return FactsImply(a.facts, b.facts);
    default:
      return false;
  }
}

bool Covers(const CompiledRule& wide, const CompiledRule& narrow,
            const LabelTable& labels) {
  if (wide.effect != narrow.effect || narrow.effect == Effect::kPrefer) {
    return false;
  }
  if (!SameOrWider(wide.scope, narrow.scope)) return false;
  if ((narrow.covers & ~wide.covers) != 0) return false;
  if ((wide.lifted_by & ~narrow.lifted_by) != 0) return false;
  if (narrow.cuts && !wide.cuts) return false;
  return AtLeastAsStrict(wide.obligations, narrow.obligations) &&
         AtomsImply(narrow, wide, labels);
}

bool Cancels(const CompiledRule& forbid, const CompiledRule& permit,
             const LabelTable& labels) {
  if (forbid.effect != Effect::kForbid || permit.effect != Effect::kPermit) {
    return false;
  }
  if (forbid.lifted_by != 0 || !SameOrWider(forbid.scope, permit.scope)) {
    return false;
  }
  return std::all_of(
      forbid.atoms.begin(), forbid.atoms.end(), [&](const Atom& asked) {
        if (IsLabels(asked.kind)) return LabelsBring(permit, asked, labels);
        if (asked.kind == Atom::Kind::kAnyNode ||
            asked.kind == Atom::Kind::kAnyProcess) {
          return PeerIsFound(permit, asked);
        }
        return std::any_of(
            permit.atoms.begin(), permit.atoms.end(),
            [&](const Atom& given) { return Implies(given, asked, labels); });
      });
}

}  // namespace herald::policy
