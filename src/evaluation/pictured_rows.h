#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/preprocessing.h"
#include "inference/trained_model.h"
#include "report/page/page.h"

namespace ae {

/// True if a picture of rows tells something: images, and lines of values without names. The
/// columns of a table are better named.
bool draws_rows(const Preprocessing& rows);

/// Rows of this shape that a picture of a report shows at most, about a million pixels in
/// thumbnails; at least 1.
int64_t most_pictured(const std::vector<int64_t>& shape);

/// Texts of a figure.
struct FigureTexts {
  std::string title;
  std::string caption;      ///< a sentence that says what the figure means
  std::string description;  ///< for those who cannot see it
};

/// Adds a picture of rows as thumbnails, in one range of values for all of them.
/// @param rows     [N, D] scaled, on the CPU
/// @param columns  rows in a line of the picture
/// @param range    least and greatest value that are told apart; none for drawn_range()
void add_picture(const std::vector<int64_t>& shape, const at::Tensor& rows, int64_t columns,
                 FigureTexts texts, PageSection& section,
                 const std::optional<std::pair<double, double>>& range = {});

/// Adds a picture of decoded codes.
/// @param codes   [N, Z]; those beyond most_pictured() are left out, by whole lines
/// @param labels  [N] of a conditional model; else ignored
void add_decoded(const TrainedModel& trained, const at::Tensor& codes, const at::Tensor& labels,
                 int64_t columns, FigureTexts texts, PageSection& section);

}  // namespace ae
