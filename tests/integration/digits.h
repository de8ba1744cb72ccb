#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/json.h"
#include "integration/program.h"

namespace ae {

/// A config that trains a small model of a kind on the digits in about a second.
Json digits_config(const std::string& kind, int epochs = 2);

/// The digits in the source tree: 1,797 rows of 64 numbers and a label.
std::filesystem::path digits_csv();

/// A VAE trained on the digits, once for all tests that only read it.
std::filesystem::path trained_vae();

/// An array of rows as a reader delivers them.
struct Array {
  int64_t rows = 0;
  std::vector<int64_t> shape;  ///< shape of a row
  std::vector<std::string> columns;
  std::vector<float> values;
};

/// Reads a .npy of floats, or a CSV file.
Array read_array(const std::filesystem::path& path);

/// Reads a .npy file of integers.
std::vector<int64_t> read_integers(const std::filesystem::path& path);

/// The lines of a metrics.jsonl.
std::vector<Json> read_metrics(const std::filesystem::path& path);

/// Lines of a metrics.jsonl without the two keys that measure time.
std::vector<Json> read_timeless_metrics(const std::filesystem::path& path);

Json read_json(const std::filesystem::path& path);

/// Expects two runs to be bit-identical, except for times.
void expect_same_run(const std::filesystem::path& a, const std::filesystem::path& b);

/// Writes a sparse .npy file of zeros, [rows, width] float32.
void write_sparse_npy(const std::filesystem::path& path, int64_t rows, int64_t width);

}  // namespace ae
