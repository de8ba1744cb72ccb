#pragma once

#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "data/splits.h"
#include "io/formats/npy.h"
#include "temp_dir.h"

namespace ae {

/// A temporary folder of data files.
class DataFolder : public testing::Test {
 protected:
  Dataset load(const SourceOptions& source, const std::vector<std::string>& columns = {}) const {
    return load_dataset(source, locations(), {.columns = columns});
  }

  template <class T>
  void write_npy(const char* name, NpyType type, const std::vector<int64_t>& row_shape,
                 const std::vector<T>& values) const {
    int64_t width = 1;
    for (const int64_t size : row_shape) width *= size;
    NpyWriter writer(dir_ / name, type, row_shape);
    writer.write(values.data(), static_cast<int64_t>(values.size()) / width);
    writer.commit();
  }

  /// "count.csv" with rows n, n + 0.5 for n = 0, 1, …, and a label n % 3.
  void write_counting(int rows) const {
    std::string text = "x,y,label\n";
    for (int n = 0; n < rows; ++n) text += fmt::format("{},{}.5,{}\n", n, n, n % 3);
    dir_.write("count.csv", text);
  }

  Splits split(const DataOptions& options) const { return load_splits(options, locations(), {}); }

  DataLocations locations() const { return {{dir_.path()}}; }

  TempDir dir_;
};

/// Options for the file of write_counting().
inline DataOptions counting(const std::optional<HeldOutOptions>& validation = {}) {
  DataOptions options;
  options.train = {.path = "count.csv", .labels = "label"};
  options.validation = validation;
  return options;
}

/// 0, 1, …, n - 1
inline std::vector<int64_t> counted(int64_t n) {
  std::vector<int64_t> rows(static_cast<size_t>(n));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return rows;
}

inline std::vector<float> floats(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kFloat).contiguous();
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

}  // namespace ae
