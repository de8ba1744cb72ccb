#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/json.h"
#include "integration/program.h"

namespace ae {

/// A config that trains a small model of a kind on the digits in a second or so.
Json digits_config(const std::string& kind, int epochs = 2);

/// The digits in the source tree: 1,797 rows of 64 numbers and a label.
std::filesystem::path digits_csv();

/// A VAE that was trained on the digits, once for all tests that only read it.
std::filesystem::path trained_vae();

/// An array of rows as a reader delivers them.
struct Array {
  int64_t rows = 0;
  std::vector<int64_t> shape;  ///< of a row
  std::vector<std::string> columns;
  std::vector<float> values;
};

/// Reads a .npy of floats, or a CSV file.
Array read_array(const std::filesystem::path& path);

/// Reads a .npy of whole numbers.
std::vector<int64_t> read_integers(const std::filesystem::path& path);

/// The lines of a metrics.jsonl.
std::vector<Json> read_metrics(const std::filesystem::path& path);

/// The same without the two keys that measure time.
std::vector<Json> read_timeless_metrics(const std::filesystem::path& path);

Json read_json(const std::filesystem::path& path);

/// Expects two runs equal to the last bit in all but the times.
void expect_same_run(const std::filesystem::path& a, const std::filesystem::path& b);

/// A .npy file of zeros, [rows, width] float32, that takes no room on the disk.
void write_sparse_npy(const std::filesystem::path& path, int64_t rows, int64_t width);

}  // namespace ae
