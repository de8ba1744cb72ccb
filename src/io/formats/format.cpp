#include "io/formats/format.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "io/formats/csv.h"
#include "io/formats/detect_unsupported.h"
#include "io/formats/idx.h"
#include "io/formats/npy.h"

namespace ae {

namespace {

/// Position of the first control byte in content that is otherwise text; nullopt for other content.
std::optional<size_t> stray_control_byte(std::string_view head) {
  constexpr size_t kMaxStray = 4;
  size_t stray = 0;
  std::optional<size_t> first;
  for (size_t i = 0; i < head.size(); ++i) {
    const auto byte = static_cast<unsigned char>(head[i]);
    const bool control =
        (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f;
    if (!control) continue;
    if (!first) first = i;
    if (++stray > kMaxStray) return std::nullopt;
  }
  // In a short head, control bytes suggest a binary format.
  return head.size() > 4 * kMaxStray * stray ? first : std::nullopt;
}

}  // namespace

std::span<const Format> formats() {
  // CSV last: it matches any text.
  static const std::array all = {kNpyFormat, kIdxFormat, kCsvFormat};
  return all;
}

const Format& recognise(ByteReader& reader) {
  constexpr size_t kHeadBytes = 4096;
  const std::string_view head = reader.peek(kHeadBytes);
  const std::string path = reader.path().string();
  if (head.empty()) throw data_error("{}: is empty; expected rows of data", path);
  const std::string_view unsupported = detect_unsupported(head);
  if (unsupported.empty()) {
    for (const Format& format : formats()) {
      if (format.recognises(head)) return format;
    }
  }
  std::vector<std::string> known;
  for (const Format& format : formats()) {
    known.push_back(fmt::format("{} ({})", format.name, format.summary));
  }
  if (!unsupported.empty()) {
    throw data_error("{}: is {}; expected one of {}", path, unsupported, join(known));
  }
  if (const std::optional<size_t> stray = stray_control_byte(head)) {
    const std::string_view before = head.substr(0, *stray);
    throw data_error(
        "{}: line {} contains the control byte \\x{:02x}, which a text table cannot; remove it, or "
        "save the data as .npy",
        path, 1 + std::count(before.begin(), before.end(), '\n'),
        static_cast<unsigned char>(head[*stray]));
  }
  throw data_error(
      "{}: begins with bytes {:02x}, which no supported format does; expected one of {}", path,
      fmt::join(std::vector<unsigned char>(
                    head.begin(),
                    head.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(head.size(), 4))),
                " "),
      join(known));
}

std::unique_ptr<RowReader> open_rows(const std::filesystem::path& path, const RowRequest& request) {
  ByteReader reader(path);
  const Format& format = recognise(reader);
  return format.open(std::move(reader), request);
}

}  // namespace ae
