#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "io/formats/csv.h"
#include "io/formats/npy.h"

namespace ae {

/// Writes rows to a .npy or CSV file, a batch at a time.
class RowOutput {
 public:
  virtual ~RowOutput() = default;
  /// @param rows  [n, width] floating point, any device
  /// @param ids   texts of the columns of ids, which precede the values in a CSV file
  /// @throws Error(data) if a value is not finite, or if writing fails
  virtual void write(const at::Tensor& rows, const TextColumns& ids) = 0;
  void write(const at::Tensor& rows) { write(rows, {}); }
  /// Completes the file; until then it does not exist under its name.
  virtual void commit() = 0;
};

/// Returns true for a name that ends in .csv.
bool is_csv(const std::filesystem::path& path);

/// @param option  the command-line option, for the message
/// @throws Error(usage) unless the name ends in one of `endings`, such as {".npy", ".csv"}
void check_ending(const std::string& option, const std::filesystem::path& path,
                  const std::vector<std::string>& endings);

/// Refuses outputs that are the same file, or one of the inputs. Links are followed.
/// @throws Error(usage)
void check_distinct(const std::vector<std::filesystem::path>& outputs,
                    const std::vector<std::filesystem::path>& inputs);

/// Opens a .npy or .csv file, by the name's ending.
/// @param shape    shape of a row, for .npy
/// @param columns  names of a row's values, for .csv
/// @param type     float32 or float64
/// @param ids      names of columns of ids, for .csv
std::unique_ptr<RowOutput> open_row_output(const std::filesystem::path& path,
                                           const std::vector<int64_t>& shape,
                                           const std::vector<std::string>& columns,
                                           NpyType type = NpyType::float32,
                                           const std::vector<std::string>& ids = {});

/// Names of ids followed by those of values.
std::vector<std::string> with_ids(std::vector<std::string> ids,
                                  const std::vector<std::string>& columns);

/// Refuses rows for a picture that are not finite, as RowOutput::write() does.
/// @throws Error(data)
void check_finite_rows(const std::filesystem::path& path, const at::Tensor& rows);

/// Numbered names, such as "latent_0", "latent_1", …
std::vector<std::string> numbered(const std::string& stem, int64_t count);

/// Names of a row's values: the data's columns, or else "value_0", "value_1", …
std::vector<std::string> data_columns(const std::vector<std::string>& columns, int64_t width);

/// Writes an int64 .npy file, such as labels. [N]
void write_integers(const std::filesystem::path& path, const std::vector<int64_t>& values);

}  // namespace ae
