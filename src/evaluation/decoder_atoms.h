#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "evaluation/dictionary_match.h"
#include "evaluation/part.h"

namespace ae {

/// Atoms of a decoder: its output for a code with one latent at the given activation, minus its
/// output for the zero code. Of a linear decoder these are the dictionary's columns times the
/// activations, of any other decoder what a latent adds when it is alone. Outputs are those that
/// the reconstruction loss takes, such as logits; a conditional model is told its first class.
/// @param latents      which atoms
/// @param activations  [Z]; 0 counts as 1
/// @return             [n, D] float32 on the CPU
at::Tensor decoder_atoms(const TrainedModel& trained, std::span<const int64_t> latents,
                         const std::vector<double>& activations);

/// Matches the atoms of all latents with the true directions in a file, rows [K, D] in the scale of
/// the decoder's output.
/// @throws Error(data) if the file cannot be read, has rows of another width or values that are not
///         finite, or if there are too many pairs to compare: above 2^23
DictionaryMatch true_direction_match(const TrainedModel& trained, const std::filesystem::path& file,
                                     const std::vector<double>& activations);

}  // namespace ae
