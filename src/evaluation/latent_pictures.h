#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "evaluation/part.h"
#include "report/page/page.h"

namespace ae {

/// Codes of pairs of rows.
struct CodePairs {
  at::Tensor from;               ///< [P, Z] on the CPU
  at::Tensor to;                 ///< [P, Z]
  at::Tensor labels;             ///< [P] of the first rows, for a conditional model; else undefined
  std::vector<int64_t> numbers;  ///< [2P] of the rows: the first ones of all pairs, then the second
};

/// Pairs of distinct evaluated rows, drawn without replacement by the run's seed: 100, fewer of
/// wide models and of fewer rows. There must be at least two rows.
/// @param points  that will be decoded for each pair
CodePairs drawn_pairs(const EvaluatedRows& rows, int64_t points);

/// Adds pictures of decoded codes, of rows that draws_rows() accepts: samples from the prior and,
/// of two latents, the grid of the prior's quantiles; interpolations between five pairs of rows;
/// traversals of ten latents, of a VAE those of the greatest KL divergence around the prior's mean,
/// else those of the greatest variance over the training rows around a row's code. Conditional
/// models take the labels of the rows, or the classes in turn.
/// @param pairs  without any, nothing is drawn that needs a row
void add_latent_pictures(const EvaluatedRows& rows, const CodePairs& pairs, PageSection& section);

}  // namespace ae
