#pragma once

#include "evaluation/posterior_match.h"

namespace ae {

/// Fréchet distance between two normal distributions, the square of their 2-Wasserstein distance:
/// ‖μ1 - μ2‖² + tr(Σ1 + Σ2 - 2 (Σ1 Σ2)^½). At least 0, and 0 for equal moments. Between features
/// of images by the Inception network it is called FID; here the caller names the features, and
/// figures of other features are not comparable. Moments of few rows make it too great.
/// @param a, b  of the same width
/// Source: Dowson & Landau 1982, "The Fréchet distance between multivariate normal distributions".
double frechet_distance(const CodeMoments& a, const CodeMoments& b);

}  // namespace ae
