// SPDX-License-Identifier: Apache-2.0
//
// Draws from the distributions of the study. Written out, because those of
// the standard library may differ between its makers, and a seed must give the
// same run everywhere.
#pragma once

#include "core/base/random.h"

namespace herald::study {

double Exponential(Random& random, double mean);
double LogNormal(Random& random, double median, double sigma);
// At least `least`, at most `most`.
double Pareto(Random& random, double alpha, double least, double most);
// Gamma with mean 1 and that coefficient of variation (1 is exponential).
double GammaOfMeanOne(Random& random, double variation);

}  // namespace herald::study
