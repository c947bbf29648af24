// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/routing_study/draws.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace herald::study {
namespace {

double Normal(Random& random) {  // Box and Muller
  const double radius = std::sqrt(-2 * std::log(1 - random.Unit()));
  return radius * std::cos(2 * std::numbers::pi * random.Unit());
}

// Marsaglia and Tsang (2000). REQUIRES: shape >= 1.
double GammaAboveOne(Random& random, double shape) {
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = Normal(random);
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    const double u = 1 - random.Unit();
    if (std::log(u) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

}  // namespace

double Exponential(Random& random, double mean) {
  return -std::log(1 - random.Unit()) * mean;
}

double LogNormal(Random& random, double median, double sigma) {
  return median * std::exp(sigma * Normal(random));
}

double Pareto(Random& random, double alpha, double least, double most) {
  return std::min(most, least * std::pow(1 - random.Unit(), -1 / alpha));
}

double GammaOfMeanOne(Random& random, double variation) {
  if (variation == 1) return Exponential(random, 1);
  const double shape = 1 / (variation * variation);
  // A shape below one by way of the next: Gamma(k) = Gamma(k + 1) * U^(1/k).
  if (shape >= 1) return GammaAboveOne(random, shape) / shape;
  const double u = 1 - random.Unit();
  return GammaAboveOne(random, shape + 1) * std::pow(u, 1 / shape) / shape;
}

}  // namespace herald::study
