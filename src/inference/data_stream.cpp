#include "inference/data_stream.h"

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "data/resident_rows.h"
#include "io/formats/format.h"

namespace ae {

DataStream::DataStream(const std::filesystem::path& path, const Preprocessing& preprocessing)
    : scaling_(preprocessing.scaling) {
  reader_ = open_rows(path, {.columns = preprocessing.columns, .header = preprocessing.header});
  const RowInfo& info = reader_->info();
  if (info.width() != preprocessing.width()) {
    throw data_error("{}: rows have {} values ({}); the model takes {} ({})", path.string(),
                     info.width(), shape_text(info.shape), preprocessing.width(),
                     shape_text(preprocessing.shape));
  }
}

std::optional<at::Tensor> DataStream::next(int64_t rows) {
  const std::optional<RawRows> raw = read(rows);
  if (!raw) return std::nullopt;
  return scaled(*raw);
}

std::optional<RawRows> DataStream::read(int64_t rows) {
  const size_t bytes = static_cast<size_t>(rows) * reader_->info().row_bytes();
  RawRows raw{std::make_unique_for_overwrite<std::byte[]>(bytes), 0};
  raw.count = reader_->read(rows, raw.bytes.get());
  if (raw.count == 0) return std::nullopt;
  return raw;
}

at::Tensor DataStream::scaled(const RawRows& rows) const {
  const RowInfo& info = reader_->info();
  return scaled_rows(rows.bytes.get(), rows.count, info.width(), info.dtype, scaling_);
}

int64_t stream_rows(int64_t widest) { return std::clamp<int64_t>((4 << 20) / widest, 1, 4096); }

}  // namespace ae
