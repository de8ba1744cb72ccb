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
  std::vector<std::string> names;  ///< of text labels: the sorted distinct texts, indexed by
                                   ///< `values`; empty for numbers

  /// Text of a row's label.
  std::string text(int64_t row) const {
    const int64_t value = values[static_cast<size_t>(row)];
    return names.empty() ? std::to_string(value) : names[static_cast<size_t>(value)];
  }
};

/// Reads a file of labels: integers [N] or [N, 1] in IDX or .npy, or a CSV file of one column
/// (numbers or text, with or without header).
/// @param rows  number of rows of the data, if known: another number of labels is refused, and a
/// CSV
///              header is detected reliably
/// @throws Error(data)
Labels read_labels(const std::filesystem::path& path, std::optional<int64_t> rows = {});

/// Parses a label that is an integer ("3", "3.0", "3e0"); nullopt for other text.
std::optional<int64_t> whole_number(std::string_view text);

/// Converts texts to labels: integers if all of them are integers, else categories, numbered in the
/// sorted order of the texts.
Labels labels_from_text(const std::vector<std::string>& texts);

}  // namespace ae
