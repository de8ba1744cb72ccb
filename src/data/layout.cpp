#include "data/layout.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace ae {
namespace {

/// [L, C] → [C, L], [H, W, C] → [C, H, W].
std::vector<int64_t> with_channels_first(std::vector<int64_t> shape) {
  std::rotate(shape.begin(), shape.end() - 1, shape.end());
  return shape;
}

bool looks_channels_last(const std::vector<int64_t>& shape) {
  const int64_t last = shape.back();
  return shape.size() == 3 && (last == 1 || last == 3 || last == 4) && shape.front() > last;
}

/// Transposes elements [positions, channels] of a row.
template <class T>
void transpose(const T* row, size_t positions, size_t channels, T* out) {
  for (size_t channel = 0; channel < channels; ++channel) {
    for (size_t i = 0; i < positions; ++i) *out++ = row[i * channels + channel];
  }
}

class ArrangedRows : public RowReader {
 public:
  ArrangedRows(std::unique_ptr<RowReader> reader, const Arrangement& arrangement)
      : reader_(std::move(reader)),
        info_(reader_->info()),
        channels_last_(arrangement.channels_last),
        channels_(static_cast<size_t>(arrangement.shape.front())),
        positions_(static_cast<size_t>(info_.width()) / channels_) {
    info_.shape = arrangement.shape;
  }

  const RowInfo& info() const override { return info_; }
  const std::vector<std::string>& labels() const override { return reader_->labels(); }
  const std::vector<std::vector<std::string>>& texts() const override { return reader_->texts(); }
  std::optional<uint64_t> first_line() const override { return reader_->first_line(); }

  int64_t read(int64_t max_rows, void* out) override {
    const int64_t rows = reader_->read(max_rows, out);
    if (rows < max_rows) info_.table = reader_->info().table;  // all categories are known
    if (!channels_last_ || channels_ == 1) return rows;
    const size_t bytes = info_.row_bytes();
    row_.resize(bytes);
    auto* at = static_cast<std::byte*>(out);
    for (int64_t row = 0; row < rows; ++row, at += bytes) {
      std::memcpy(row_.data(), at, bytes);
      if (info_.dtype == DType::uint8) {
        transpose(row_.data(), positions_, channels_, at);
      } else if (info_.dtype == DType::float32) {
        transpose(reinterpret_cast<const float*>(row_.data()), positions_, channels_,
                  reinterpret_cast<float*>(at));
      } else {
        transpose(reinterpret_cast<const double*>(row_.data()), positions_, channels_,
                  reinterpret_cast<double*>(at));
      }
    }
    return rows;
  }

 private:
  std::unique_ptr<RowReader> reader_;
  RowInfo info_;
  bool channels_last_;
  size_t channels_;
  size_t positions_;
  std::vector<std::byte> row_;
};

/// @throws Error(data): the rows are [a, b], and nothing says what a and b are
[[noreturn]] void refuse_ambiguous(const std::vector<int64_t>& shape, const std::string& file) {
  throw data_error(
      "{}: rows of {} may be images of one channel, {} high and {} wide, or signals; say which "
      "with data.layout: \"image\", \"signal\" ([C, L]: {} channels of length {}) or "
      "\"channels_last\" ([L, C]: {} channels of length {})",
      file, shape_text(shape), shape[0], shape[1], shape[0], shape[1], shape[1], shape[0]);
}

Arrangement arrange_automatically(const RowAxes& axes, const std::string& file) {
  const std::vector<int64_t>& shape = axes.shape;
  if (shape.size() == 2) {
    const bool square = shape[0] == shape[1] && shape[0] > 1;
    if (axes.bytes || square) return {shape, {1, shape[0], shape[1]}};
    if (axes.convolutional) refuse_ambiguous(shape, file);
  }
  if (looks_channels_last(shape)) return {shape, with_channels_first(shape), true};
  return {shape, shape};
}

}  // namespace

bool same_order(std::vector<int64_t> a, std::vector<int64_t> b) {
  std::erase(a, 1);
  std::erase(b, 1);
  return a == b;
}

std::span<const std::string> layout_names() {
  static const std::vector<std::string> kNames = {"auto", "channels_first", "channels_last",
                                                  "signal", "image"};
  return kNames;
}

Layout layout_of(const std::string& name) {
  const auto names = layout_names();
  return static_cast<Layout>(std::find(names.begin(), names.end(), name) - names.begin());
}

Arrangement arrange(const RowAxes& axes, Layout layout, const std::string& file) {
  const std::vector<int64_t>& shape = axes.shape;
  const auto refuse = [&](const char* name, const char* expected) {
    throw data_error(
        "{}: rows of {} do not fit data.layout \"{}\", which expects {}; set another layout, or "
        "the rows' shape with data.shape",
        file, shape_text(shape), name, expected);
  };
  const bool one_channel = shape.size() == 3 && shape[0] == 1;  // as IDX images are delivered
  switch (layout) {
    case Layout::automatic:
      return arrange_automatically(axes, file);
    case Layout::channels_first:
      if (shape.size() < 2) refuse("channels_first", "[C, L] or [C, H, W]");
      return {shape, shape};
    case Layout::channels_last:
      if (shape.size() < 2) refuse("channels_last", "[L, C] or [H, W, C]");
      return {shape, with_channels_first(shape), true};
    case Layout::signal:
      if (one_channel) return {shape, {shape[1], shape[2]}};
      if (shape.size() != 2) refuse("signal", "[C, L]");
      return {shape, shape};
    case Layout::image:
      if (one_channel) return {shape, shape};
      if (shape.size() != 2) refuse("image", "[H, W]");
      return {shape, {1, shape[0], shape[1]}};
  }
  throw internal_error("unknown layout {}", static_cast<int>(layout));
}

std::string arrangement_text(const Arrangement& arrangement) {
  const std::string shape = shape_text(arrangement.shape);
  const size_t axes = arrangement.shape.size();
  if (axes != 2 && axes != 3) return " of " + shape;
  std::string in_file;
  if (arrangement.channels_last) {
    in_file = fmt::format(" (in the file last: {})", shape_text(arrangement.file_shape));
  } else if (arrangement.file_shape.size() == 1) {
    in_file = fmt::format(" (in the file flat: {})", shape_text(arrangement.file_shape));
  }
  return fmt::format(", {} {}, channels first{}", axes == 3 ? "images" : "signals", shape, in_file);
}

std::unique_ptr<RowReader> arranged(std::unique_ptr<RowReader> reader,
                                    const Arrangement& arrangement) {
  return std::make_unique<ArrangedRows>(std::move(reader), arrangement);
}

}  // namespace ae
