#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/preprocessing.h"
#include "files/rows.h"

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

 private:
  int64_t number_of(const std::string& text) const;

  std::string source_;
  const Preprocessing& preprocessing_;
  std::unique_ptr<RowReader> column_;  // of the data file, which is read a second time
  std::vector<int64_t> all_;           // of a file of labels
  int64_t done_ = 0;
};

}  // namespace ae
