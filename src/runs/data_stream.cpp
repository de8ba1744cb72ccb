#include "runs/data_stream.h"

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "data/resident_rows.h"
#include "files/format.h"

namespace ae {

DataStream::DataStream(const std::filesystem::path& path, const Preprocessing& preprocessing)
    : scaling_(preprocessing.scaling) {
  reader_ = open_rows(path, {.columns = preprocessing.columns});
  const RowInfo& info = reader_->info();
  if (info.width() != preprocessing.width()) {
    throw data_error("{}: rows have {} values ({}); the model takes {} ({})", path.string(),
                     info.width(), shape_text(info.shape), preprocessing.width(),
                     shape_text(preprocessing.shape));
  }
}

std::optional<at::Tensor> DataStream::next(int64_t rows) {
  const RowInfo& info = reader_->info();
  buffer_.resize(static_cast<size_t>(rows) * info.row_bytes());
  const int64_t got = reader_->read(rows, buffer_.data());
  if (got == 0) return std::nullopt;
  return scaled_rows(buffer_.data(), got, info.width(), info.element, scaling_);
}

int64_t stream_rows(int64_t widest) { return std::clamp<int64_t>((4 << 20) / widest, 1, 4096); }

}  // namespace ae
