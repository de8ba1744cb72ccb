#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace ae {

/// Rows of float32 to a .npy or CSV file, a batch at a time.
class RowOutput {
 public:
  virtual ~RowOutput() = default;
  /// @param rows  [n, width] float32, any device
  /// @throws Error(data) where a value is NaN, or cannot be written
  virtual void write(const at::Tensor& rows) = 0;
  /// Makes the file appear.
  virtual void commit() = 0;
};

/// True for a name that ends in .csv.
bool is_csv(const std::filesystem::path& path);

/// @throws Error(usage) unless the name ends in one of `endings`, such as {".npy", ".csv"}
void check_ending(const std::string& option, const std::filesystem::path& path,
                  const std::vector<std::string>& endings);

/// Refuses to write one file twice, or over one that is read, links followed.
/// @throws Error(usage)
void check_distinct(const std::vector<std::filesystem::path>& outputs,
                    const std::vector<std::filesystem::path>& inputs);

/// Opens by the name's ending, .npy or .csv.
/// @param shape    of one row, for .npy
/// @param columns  names of a row's values, for .csv
std::unique_ptr<RowOutput> open_row_output(const std::filesystem::path& path,
                                           const std::vector<int64_t>& shape,
                                           const std::vector<std::string>& columns);

/// "latent_0", "latent_1", …
std::vector<std::string> numbered(const std::string& stem, int64_t count);

/// Names of a row's values: the data's own columns, else "value_0", ….
std::vector<std::string> data_columns(const std::vector<std::string>& columns, int64_t width);

/// A .npy file of whole numbers, such as labels. [N]
void write_integers(const std::filesystem::path& path, const std::vector<int64_t>& values);

}  // namespace ae
