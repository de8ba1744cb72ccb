#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "io/byte_reader.h"
#include "io/formats/labels.h"
#include "io/formats/rows.h"

namespace ae {

/// A file format for rows. A new format is a file that defines one of these and a line in
/// formats().
struct Format {
  const char* name;     ///< for messages
  const char* summary;  ///< description in a few words
  /// Returns true if a file that begins with `head` (up to 4 KiB, decompressed) is of this format.
  bool (*recognises)(std::string_view head);
  /// Opens the file's rows; the reader is positioned at its first byte.
  std::unique_ptr<RowReader> (*open)(ByteReader, const RowRequest&);
  /// Reads the file as labels. @param rows  number of rows of the data, if known
  Labels (*labels)(ByteReader, std::optional<int64_t> rows);
};

/// All formats, in the order in which they are tried.
std::span<const Format> formats();

/// Detects the format from the content.
/// @throws Error(data) that lists the formats, if it is none of them
const Format& recognise(ByteReader& reader);

/// Opens a file, whose format is detected from its content, not its name. A declared number of rows
/// is checked against the file's size.
/// @throws Error(data) if it is missing, empty, of an unknown format, or has a malformed header
std::unique_ptr<RowReader> open_rows(const std::filesystem::path& path,
                                     const RowRequest& request = {});

}  // namespace ae
