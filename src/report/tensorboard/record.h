#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "io/regular_file.h"

namespace ae {

/// CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected) of bytes. Source: RFC 3720, appendix B.4.
uint32_t crc32c(std::string_view bytes);

/// Record of the TFRecord format: length (uint64), masked CRC-32C of the length, data, masked
/// CRC-32C of the data, little-endian. Source: tensorflow.org/tutorials/load_data/tfrecord
std::string framed_record(std::string_view data);

/// Sequential reader of the records of a file. Memory holds one record.
class RecordReader {
 public:
  enum class Result {
    record,   ///< a record whose checksums are right
    damaged,  ///< a record whose length is known and whose data are wrong; more may follow
    lost,     ///< a wrong length: where the next record begins is unknown
    torn,     ///< the file ends within a record, as after a killed process
    end,
  };

  /// @throws Error(data) if the file cannot be read or is not a regular file
  explicit RecordReader(const std::filesystem::path& path) : file_(path) {}

  /// Reads the next record. No call follows `lost`, `torn` and `end`.
  /// @throws Error(data) if reading fails
  Result next();
  /// Bytes of the record that next() read, with its frame as in the file; incomplete if `lost`.
  const std::string& framed() const { return framed_; }
  /// Data of the record that next() read. Valid until the next call.
  std::string_view data() const;
  /// Reads what is left of the file, at most `max_bytes`.
  std::string rest(uint64_t max_bytes);

 private:
  /// Appends n bytes to framed_; returns false if the file ends before.
  bool append(uint64_t n);

  RegularFile file_;
  std::string framed_;
  uint64_t position_ = 0;
};

}  // namespace ae
