#include "inference/data_stream.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <utility>

#include "data/resident_rows.h"

namespace ae {
namespace {

/// Consecutive rows of a file, as the reader delivered them.
class StreamedRows : public RowSource {
 public:
  /// @param first  number of the first row in the file
  StreamedRows(std::unique_ptr<std::byte[]> bytes, int64_t first, int64_t width, DType element,
               const Scaling& scaling, at::Device device)
      : bytes_(std::move(bytes)),
        first_(first),
        width_(width),
        row_bytes_(width * static_cast<int64_t>(dtype_bytes(element))),
        element_(element),
        scaling_(scaling),
        device_(device) {}

  int64_t width() const override { return width_; }

  at::Tensor gather(std::span<const int64_t> rows) const override {
    at::Tensor out = at::empty({static_cast<int64_t>(rows.size()), width_}, at::kFloat);
    gather(rows, out.mutable_data_ptr<float>());
    return out.to(device_);
  }

  void gather(std::span<const int64_t> rows, float* out) const override {
    for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
      for (end = begin + 1; end < rows.size() && rows[end] == rows[end - 1] + 1;) ++end;
      const int64_t values = static_cast<int64_t>(end - begin) * width_;
      scale_values(bytes_.get() + (rows[begin] - first_) * row_bytes_, values, element_, scaling_,
                   out);
      out += values;
    }
  }

  void gather_transposed(std::span<const int64_t> rows, int64_t stride, float* out) const override {
    const auto count = static_cast<int64_t>(rows.size());
    at::from_blob(out, {count, width_}, {1, stride}, at::kFloat).copy_(gather(rows));
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  int64_t first_;
  int64_t width_;
  int64_t row_bytes_;
  DType element_;
  Scaling scaling_;
  at::Device device_;
};

}  // namespace

DataStream::DataStream(const std::filesystem::path& path, const Preprocessing& preprocessing,
                       const Options& options)
    : path_(path.string()),
      range_(preprocessing),
      scaling_(preprocessing.scaling),
      features_(preprocessing.features),
      options_(options) {
  const FileReading reading = preprocessing.reading();
  reader_ = open_arranged(path, row_request(path, {}, reading), reading, &arrangement_);
}

std::unique_ptr<std::byte[]> DataStream::features_of(std::byte* rows, int64_t count) const {
  const at::Tensor made =
      features_->forward(at::from_blob(rows, {count, features_->columns()}, at::kDouble));
  auto out = std::make_unique_for_overwrite<std::byte[]>(made.nbytes());
  std::memcpy(out.get(), made.const_data_ptr(), made.nbytes());
  return out;
}

std::optional<RowChunk> DataStream::next() {
  const RowInfo& info = reader_->info();
  const size_t bytes = static_cast<size_t>(options_.chunk_rows) * info.row_bytes();
  auto raw = std::make_unique_for_overwrite<std::byte[]>(bytes);
  const int64_t count = reader_->read(options_.chunk_rows, raw.get());
  if (count == 0) return std::nullopt;
  if (features_) raw = features_of(raw.get(), count);
  const int64_t width = features_ ? features_->width() : info.width();
  const DType element = features_ ? DType::float32 : info.dtype;
  range_.add(raw.get(), count, element, rows_read_);
  RowChunk chunk{std::make_shared<StreamedRows>(std::move(raw), rows_read_, width, element,
                                                scaling_, options_.device),
                 std::vector<int64_t>(static_cast<size_t>(count)),
                 {}};
  std::iota(chunk.rows.begin(), chunk.rows.end(), rows_read_);
  if (labels_ != nullptr) chunk.labels = labels_->next(count);
  rows_read_ += count;
  return chunk;
}

int64_t stream_rows(int64_t widest) { return std::clamp<int64_t>((4 << 20) / widest, 1, 4096); }

}  // namespace ae
