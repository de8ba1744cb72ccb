#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "io/formats/format.h"

namespace ae {

/// Bytes of a number in either byte order.
template <class T>
std::string bytes_of_number(T value, bool big_endian = false) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return big_endian ? std::string(bytes.rbegin(), bytes.rend()) : bytes;
}

/// Bytes of a list of numbers.
template <class T>
std::string bytes_of_numbers(const std::vector<T>& values, bool big_endian = false) {
  std::string bytes;
  for (const T value : values) bytes += bytes_of_number<T>(value, big_endian);
  return bytes;
}

/// One gzip member.
std::string gzipped(std::string_view content);

/// A version 1 .npy file: `descr` such as "<f4", `shape` such as "2, 3" or "4,".
std::string npy(std::string_view descr, std::string_view shape, std::string_view data,
                bool fortran_order = false);

/// An IDX file of this type code, shape and data.
std::string idx(unsigned char type, const std::vector<uint32_t>& shape, std::string_view data);

/// Content of a file.
struct Table {
  RowInfo info;
  std::vector<double> values;  // converted from any type
  std::vector<std::string> labels;
  int64_t rows = 0;
};

/// Reads a file to its end in batches of rows.
Table read_all(const std::filesystem::path& path, const RowRequest& request = {},
               int64_t rows_at_a_time = 3);

/// Calls `check` with the content truncated to every shorter length.
void for_each_truncation(std::string_view content,
                         const std::function<void(std::string_view)>& check);

}  // namespace ae
