#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "data/preprocessing.h"
#include "io/formats/labels.h"
#include "io/formats/rows.h"

namespace ae {

/// Reads the labels of a file's rows for a conditional model, from a column of that file or from a
/// file of labels.
class LabelStream {
 public:
  /// @param labels  name of a column of `data`, else of a file
  /// @throws Error(data) if they cannot be read
  LabelStream(const std::filesystem::path& data, const std::string& labels,
              const Preprocessing& preprocessing);

  /// Labels of the next rows. [n] int64 in [0, classes)
  /// @throws Error(data) if the model was not trained on one of them
  at::Tensor next(int64_t n);
  /// Checks, after the last row, that no labels are left.
  /// @throws Error(data) if there are more labels than rows
  void check_end() const;

 private:
  int64_t of_file(size_t row) const;
  std::optional<int64_t> label_of(const std::string& text) const;
  /// @throws Error(data) with the row and its label's text if the model has no such class
  int64_t checked(const std::optional<int64_t>& label, const std::string& text) const;

  std::string source_;
  const Preprocessing& preprocessing_;
  std::unordered_map<std::string, int64_t> numbers_;  // class of each text label
  std::unique_ptr<RowReader> column_;  // a second reader of the data file, if it has the labels
  Labels all_;                         // content of a file of labels
  int64_t done_ = 0;                   // rows
};

}  // namespace ae
