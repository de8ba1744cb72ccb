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

/// The labels of a file's rows, for a model that is conditional on them: a column of that file, or
/// a file of their own.
class LabelStream {
 public:
  /// @param labels  name of a column of `data`, else of a file
  /// @throws Error(data) where they cannot be read
  LabelStream(const std::filesystem::path& data, const std::string& labels,
              const Preprocessing& preprocessing);

  /// Labels of the next rows. [n] int64 in [0, classes)
  /// @throws Error(data) where one is not among those that the model was trained on
  at::Tensor next(int64_t n);
  /// To be called after the data's last row.
  /// @throws Error(data) where there are more labels than rows, so that they may be those of others
  void check_end() const;

 private:
  int64_t of_file(size_t row) const;
  std::optional<int64_t> label_of(const std::string& text) const;
  /// @throws Error(data) naming the row and its text where there is no such label
  int64_t checked(const std::optional<int64_t>& label, const std::string& text) const;

  std::string source_;
  const Preprocessing& preprocessing_;
  std::unordered_map<std::string, int64_t> numbers_;  // of labels that are texts
  std::unique_ptr<RowReader> column_;  // of the data file, which is read a second time
  Labels all_;                         // of a file of labels
  int64_t done_ = 0;
};

}  // namespace ae
