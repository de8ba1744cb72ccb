#include "report/picture.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/sizes.h"
#include "io/atomic_file.h"
#include "io/formats/png.h"

namespace ae {
namespace {

constexpr int64_t kGap = 2;          // pixels between tiles
constexpr int64_t kImageSize = 56;   // smaller images are enlarged to about this
constexpr int64_t kPlotWidth = 192;  // pixels of a tile that shows a line plot
constexpr int64_t kPlotHeight = 96;
constexpr uint8_t kLineColours[3][3] = {{230, 230, 230}, {240, 160, 60}, {90, 170, 240}};

}  // namespace

/// RGB pixels, initially dark grey.
struct Picture::Canvas {
  int64_t width;
  int64_t height;
  std::vector<uint8_t> pixels;

  Canvas(int64_t w, int64_t h)
      : width(w), height(h), pixels(static_cast<size_t>(w * h * 3), uint8_t{40}) {}

  void set(int64_t x, int64_t y, const uint8_t (&rgb)[3]) {
    std::copy(rgb, rgb + 3, pixels.begin() + (y * width + x) * 3);
  }
};

Picture::Picture(std::vector<int64_t> shape, double low, double high)
    : shape_(std::move(shape)), low_(low), high_(high > low ? high : low + 1) {
  if (is_image(shape_)) {
    zoom_ = std::max<int64_t>(1, kImageSize / std::max(shape_[1], shape_[2]));
    height_ = shape_[1] * zoom_;
    width_ = shape_[2] * zoom_;
  } else {
    height_ = kPlotHeight;
    width_ = kPlotWidth;
  }
}

bool is_image(const std::vector<int64_t>& shape) {
  return shape.size() == 3 && (shape[0] == 1 || shape[0] == 3) && shape[1] > 1 && shape[2] > 1;
}

bool Picture::can_draw(const std::vector<int64_t>& shape) {
  constexpr int64_t kMax = 4096;
  if (is_image(shape)) return shape[1] <= kMax && shape[2] <= kMax;
  return !shape.empty() && shape.back() >= 2;
}

int64_t Picture::max_rows(const std::vector<int64_t>& shape) {
  constexpr int64_t kMaxBytes = int64_t{64} << 20;
  const Picture picture(shape, 0, 1);
  const int64_t tile_bytes = 3 * (picture.width_ + kGap) * (picture.height_ + kGap);
  const int64_t row_bytes = checked_element_count(shape) * int64_t{sizeof(float)};
  return std::max<int64_t>(1, kMaxBytes / std::max(tile_bytes, row_bytes));
}

uint8_t Picture::level(float value) const {
  if (!std::isfinite(value)) return value > 0 ? 255 : 0;  // NaN is black
  const double fraction = (static_cast<double>(value) - low_) / (high_ - low_);
  return static_cast<uint8_t>(std::lround(255 * std::clamp(fraction, 0.0, 1.0)));
}

void Picture::draw_image(const float* row, Canvas& canvas, int64_t left, int64_t top) const {
  const int64_t plane = shape_[1] * shape_[2];
  const int64_t green = shape_[0] == 3 ? plane : 0;
  for (int64_t y = 0; y < height_; ++y) {
    for (int64_t x = 0; x < width_; ++x) {
      const float* value = row + y / zoom_ * shape_[2] + x / zoom_;
      canvas.set(left + x, top + y,
                 {level(value[0]), level(value[green]), level(value[2 * green])});
    }
  }
}

void Picture::draw_lines(const float* row, Canvas& canvas, int64_t left, int64_t top) const {
  const int64_t length = shape_.back();
  const int64_t lines = checked_element_count(std::span(shape_).first(shape_.size() - 1));
  for (int64_t line = 0; line < std::min<int64_t>(lines, 3); ++line) {
    int64_t previous = -1;
    for (int64_t x = 0; x < width_; ++x) {
      // Linear interpolation between the two nearest values of the row.
      const double at = static_cast<double>(x * (length - 1)) / static_cast<double>(width_ - 1);
      const auto i = std::min(static_cast<int64_t>(at), length - 2);
      const double fraction = at - static_cast<double>(i);
      const float* value = row + line * length + i;
      const double interpolated = (1 - fraction) * value[0] + fraction * value[1];
      const int64_t y = (255 - level(static_cast<float>(interpolated))) * (height_ - 1) / 255;
      const int64_t from = previous < 0 ? y : previous;
      for (int64_t dot = std::min(from, y); dot <= std::max(from, y); ++dot) {
        canvas.set(left + x, top + dot, kLineColours[line]);
      }
      previous = y;
    }
  }
}

std::string Picture::png(const at::Tensor& rows, int64_t columns) const {
  const at::Tensor values = rows.to(at::kFloat).contiguous();
  const int64_t count = values.size(0);
  const int64_t across = std::clamp<int64_t>(columns, 1, count);
  const int64_t down = (count + across - 1) / across;
  Canvas canvas(across * (width_ + kGap) + kGap, down * (height_ + kGap) + kGap);
  for (int64_t i = 0; i < count; ++i) {
    const float* row = values.const_data_ptr<float>() + i * values.size(1);
    const int64_t left = kGap + i % across * (width_ + kGap);
    const int64_t top = kGap + i / across * (height_ + kGap);
    is_image(shape_) ? draw_image(row, canvas, left, top) : draw_lines(row, canvas, left, top);
  }
  return encoded_png(static_cast<int>(canvas.width), static_cast<int>(canvas.height), 3,
                     canvas.pixels);
}

void Picture::write(const std::filesystem::path& path, const at::Tensor& rows,
                    int64_t columns) const {
  write_text_atomically(path, png(rows, columns));
}

std::pair<double, double> drawn_range(const at::Tensor& rows) {
  const at::Tensor values = rows.to(at::kCPU, at::kFloat).contiguous();
  const auto* data = values.const_data_ptr<float>();
  float low = 0;
  float high = 1;
  bool found = false;
  for (int64_t i = 0; i < values.numel(); ++i) {
    if (!std::isfinite(data[i])) continue;
    low = found ? std::min(low, data[i]) : data[i];
    high = found ? std::max(high, data[i]) : data[i];
    found = true;
  }
  if (low >= 0 && high <= 1) return {0, 1};
  return {low, high};
}

int64_t square_columns(int64_t n) {
  return static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(n))));
}

}  // namespace ae
