#include "inference/data_stream.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "data/resident_rows.h"
#include "io/formats/column_match.h"
#include "io/quote.h"

namespace ae {
namespace {

/// Consecutive rows of a file, as the reader delivered them.
class StreamedRows : public RowSource {
 public:
  /// @param first  number of the first row in the file
  StreamedRows(std::unique_ptr<std::byte[]> bytes, int64_t first, int64_t width, DType element,
               const Scaling& scaling, at::Device device, bool drawn)
      : bytes_(std::move(bytes)),
        first_(first),
        width_(width),
        row_bytes_(width * static_cast<int64_t>(dtype_bytes(element))),
        element_(element),
        scaling_(scaling),
        device_(device),
        drawn_(drawn) {}

  int64_t width() const override { return width_; }
  bool is_drawn() const override { return drawn_; }

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
  bool drawn_;
};

}  // namespace

at::Tensor long_tensor(const std::vector<int64_t>& values) {
  return at::tensor(at::ArrayRef<int64_t>(values), at::kLong);
}

DataStream::DataStream(const std::filesystem::path& path, const Preprocessing& preprocessing,
                       const Options& options)
    : path_(path.string()),
      range_(preprocessing),
      scaling_(preprocessing.scaling),
      features_(preprocessing.features),
      options_(options) {
  open(path, preprocessing);
  if (!options_.where.is_empty()) filter_.emplace(options_.where);
}

void DataStream::open(const std::filesystem::path& path, const Preprocessing& preprocessing) {
  const FileReading reading = preprocessing.reading();
  SourceOptions source;
  if (!options_.ids.empty() || !options_.where.is_empty()) {
    const std::vector<std::string> names =
        open_arranged(path, row_request(path, {}, reading), reading, nullptr)->info().all_columns;
    if (names.empty() && !options_.where.is_empty()) {
      throw data_error("{}: has no columns that --where could name; expected a table",
                       path.string());
    }
    for (const std::string& id : options_.ids) {
      for (const size_t column : columns_named(id, names)) id_columns_.push_back(names[column]);
    }
    source.ids = id_columns_;
    for (const std::string& column : options_.where.columns()) {
      if (columns_named(column, names).size() != 1) {
        throw data_error("{}: has no column {}, which --where names; columns: {}", path.string(),
                         quote(column), names_listing(names));
      }
    }
    source.where = options_.where;
  }
  reader_ = open_arranged(path, row_request(path, source, reading), reading, &arrangement_);
}

std::unique_ptr<std::byte[]> DataStream::features_of(std::byte* rows, int64_t count) const {
  const at::Tensor made =
      features_->forward(at::from_blob(rows, {count, features_->columns()}, at::kDouble));
  auto out = std::make_unique_for_overwrite<std::byte[]>(made.nbytes());
  std::memcpy(out.get(), made.const_data_ptr(), made.nbytes());
  return out;
}

std::vector<int64_t> DataStream::accepted(int64_t count) const {
  std::vector<int64_t> places(static_cast<size_t>(count));
  std::iota(places.begin(), places.end(), 0);
  if (!filter_) return places;
  const auto& texts = reader_->texts();
  std::vector<std::string> of_row(options_.where.conditions.size());
  const size_t first = texts.size() - of_row.size();
  std::erase_if(places, [&](int64_t place) {
    for (size_t i = 0; i < of_row.size(); ++i) {
      of_row[i] = texts[first + i][static_cast<size_t>(place)];
    }
    return !filter_->accepts(of_row);
  });
  return places;
}

void DataStream::keep(const std::vector<int64_t>& places, const at::Tensor& values) {
  DeliveredRows kept{places, TextColumns(id_columns_.size()), {}};
  for (int64_t& row : kept.rows) row += rows_read_;
  for (size_t i = 0; i < id_columns_.size(); ++i) {
    for (const int64_t place : places) {
      kept.ids[i].push_back(reader_->texts()[i][static_cast<size_t>(place)]);
    }
  }
  if (options_.keeps_values) kept.values = values.index_select(0, long_tensor(places));
  const std::lock_guard lock(mutex_);
  delivered_.push_back(std::move(kept));
}

DataStream::DeliveredRows DataStream::delivered() {
  const std::lock_guard lock(mutex_);
  DeliveredRows next = std::move(delivered_.front());
  delivered_.pop_front();
  return next;
}

std::optional<RowChunk> DataStream::next() {
  const RowInfo& info = reader_->info();
  const size_t bytes = static_cast<size_t>(options_.chunk_rows) * info.row_bytes();
  std::vector<int64_t> places;
  std::unique_ptr<std::byte[]> raw;
  at::Tensor labels;
  int64_t count = 0;
  while (places.empty()) {
    rows_read_ += count;  // of which none was accepted
    raw = std::make_unique_for_overwrite<std::byte[]>(bytes);
    count = reader_->read(options_.chunk_rows, raw.get());
    if (count == 0) return std::nullopt;
    places = accepted(count);
    if (labels_ != nullptr) labels = labels_->next(count).index_select(0, long_tensor(places));
  }
  keep(places, options_.keeps_values ? at::from_blob(raw.get(), {count, info.width()}, at::kDouble)
                                     : at::Tensor());
  if (features_) raw = features_of(raw.get(), count);
  const int64_t width = features_ ? features_->width() : info.width();
  const DType element = features_ ? DType::float32 : info.dtype;
  check_places(raw.get(), places, width * static_cast<int64_t>(dtype_bytes(element)), element);
  RowChunk chunk{
      std::make_shared<StreamedRows>(std::move(raw), rows_read_, width, element, scaling_,
                                     options_.device, features_ && features_->is_drawn()),
      std::move(places), labels};
  for (int64_t& row : chunk.rows) row += rows_read_;
  rows_read_ += count;
  return chunk;
}

/// Adds the rows at these places to the check of their range.
void DataStream::check_places(const std::byte* rows, const std::vector<int64_t>& places,
                              int64_t row_bytes, DType element) {
  for (size_t begin = 0, end = 0; begin < places.size(); begin = end) {
    for (end = begin + 1; end < places.size() && places[end] == places[end - 1] + 1;) ++end;
    range_.add(rows + places[begin] * row_bytes, static_cast<int64_t>(end - begin), element,
               rows_read_ + places[begin]);
  }
}

int64_t stream_rows(int64_t widest) { return std::clamp<int64_t>((4 << 20) / widest, 1, 4096); }

}  // namespace ae
