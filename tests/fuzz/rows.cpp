#include "fuzz/rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "fuzz/target.h"

namespace ae {
namespace {

constexpr size_t kTileBytes = 4096;
constexpr size_t kHeadBytes = 4096;

void check_finite(const RowInfo& info, int64_t rows, const std::vector<std::byte>& chunk) {
  if (info.dtype != DType::float32) return;
  for (int64_t i = 0; i < rows * info.width(); ++i) {
    float value = 0;
    std::memcpy(&value, chunk.data() + static_cast<size_t>(i) * sizeof(value), sizeof(value));
    if (!std::isfinite(value)) report("a delivered value is not finite");
  }
}

}  // namespace

void read_all_rows(const Format& format, std::string_view bytes, const RowRequest& request) {
  refusable([&] {
    ByteReader file(file_of(bytes));
    if (!format.recognises(file.peek(kHeadBytes))) return;
    const auto reader = format.open(std::move(file), request);
    const RowInfo& info = reader->info();
    const size_t rows = std::max<size_t>(1, kTileBytes / info.row_bytes());
    std::vector<std::byte> chunk(rows * info.row_bytes());
    int64_t read = 0;
    while (const int64_t got = reader->read(static_cast<int64_t>(rows), chunk.data())) {
      if (got < 0 || got > static_cast<int64_t>(rows)) report("more rows than requested");
      check_finite(info, got, chunk);
      read += got;
    }
    if (info.count && *info.count != read) report("the number of rows is not the declared one");
  });
}

void read_all_labels(const Format& format, std::string_view bytes, std::optional<int64_t> rows) {
  refusable([&] {
    ByteReader file(file_of(bytes));
    if (!format.recognises(file.peek(kHeadBytes))) return;
    const Labels labels = format.labels(std::move(file), rows);
    const auto named = [&](int64_t value) {
      return value >= 0 && value < static_cast<int64_t>(labels.names.size());
    };
    if (!labels.names.empty() && !std::ranges::all_of(labels.values, named)) {
      report("a label without a name");
    }
  });
}

}  // namespace ae
