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

/// One way of storing rows. A new format is a file that defines one of these and a line in
/// formats().
struct Format {
  const char* name;     ///< as messages call it
  const char* summary;  ///< one line for people: what it holds
  /// Whether a file beginning with `head` (up to 4 KiB, after gunzip) is of this format.
  bool (*recognises)(std::string_view head);
  /// The file's rows; the reader stands at its first byte.
  std::unique_ptr<RowReader> (*open)(ByteReader, const RowRequest&);
  /// The file's rows as labels, one per row of the data it belongs to.
  Labels (*labels)(ByteReader, std::optional<int64_t> rows);
};

/// All formats, in the order in which content is matched against them.
std::span<const Format> formats();

/// The format that the content is in.
/// @throws Error(data) listing the formats there are.
const Format& recognise(ByteReader& reader);

/// Opens a file by its content, whatever its name. Row counts that a file declares are checked
/// against its size here.
/// @throws Error(data) for what is missing, of no known format, empty, or malformed at its start.
std::unique_ptr<RowReader> open_rows(const std::filesystem::path& path,
                                     const RowRequest& request = {});

}  // namespace ae
