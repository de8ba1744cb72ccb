#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

/// One label per row.
struct Labels {
  std::vector<int64_t> values;
  std::vector<std::string> names;  ///< where labels were text: the sorted distinct texts that
                                   ///< `values` index; else empty
};

/// Reads a file of labels: IDX or .npy of integers ([N] or [N, 1]), or CSV of one column (numbers
/// or text, header or not).
/// @param rows  how many the data has, where known: another number of labels is refused, and a CSV
///              header can be told from a label with certainty.
/// @throws Error(data)
Labels read_labels(const std::filesystem::path& path, std::optional<int64_t> rows = {});

/// The whole number that a label's text stands for ("3", "3.0", "3e0"), if it does.
std::optional<int64_t> whole_number(std::string_view text);

/// Labels from their texts: whole numbers stand for themselves, anything else makes all of them
/// categories, numbered by the sorted order of their texts.
Labels labels_from_text(const std::vector<std::string>& texts);

}  // namespace ae
