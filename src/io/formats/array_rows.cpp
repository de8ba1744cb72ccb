#include "io/formats/array_rows.h"

#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "io/formats/fortran_rows.h"

namespace ae {
namespace {

constexpr size_t kStagingBytes = size_t{256} << 10;
// Small enough that a chunk is still in the cache when it is checked.
constexpr size_t kDirectBytes = size_t{1} << 20;

uint64_t row_elements(const ArrayHeader& header) {
  return element_count(std::span(header.shape).subspan(1)).value();
}

/// Rows of an array in C order.
class SequentialRows : public RowReader {
 public:
  SequentialRows(ByteReader reader, ArrayHeader header, RowInfo info, const Delivery& delivery)
      : reader_(std::move(reader)),
        header_(std::move(header)),
        info_(std::move(info)),
        delivery_(delivery),
        count_(header_.shape[0]) {
    const bool converted = delivery.is_wide() || delivery.offset != 0;
    if (converted || !is_stored_as_delivered(header_.layout)) staging_.resize(kStagingBytes);
  }

  const RowInfo& info() const override { return info_; }

  int64_t read(int64_t max_rows, void* out) override {
    const int64_t rows = std::min(max_rows, count_ - next_row_);
    const uint64_t width = row_elements(header_);
    read_numbers(static_cast<uint64_t>(rows) * width, static_cast<std::byte*>(out));
    next_row_ += rows;
    if (next_row_ == count_ && !reader_.at_end()) {
      throw data_error(
          "{}: bytes follow the last of {} rows; expected the end of the file; write"
          " the file again",
          reader_.path().string(), count_);
    }
    return rows;
  }

 private:
  void read_numbers(uint64_t count, std::byte* out) {
    const size_t stored = number_bytes(header_.layout.type);
    const size_t delivered = dtype_bytes(info_.dtype);
    const uint64_t first = static_cast<uint64_t>(next_row_) * row_elements(header_);
    const size_t chunk = (staging_.empty() ? kDirectBytes : kStagingBytes) / stored;
    for (uint64_t done = 0; done < count;) {
      const size_t n = static_cast<size_t>(std::min<uint64_t>(chunk, count - done));
      std::byte* raw = staging_.empty() ? out : staging_.data();
      reader_.read_exactly(raw, n * stored, "the rows");
      const auto bad = deliver_numbers(header_.layout, raw, n, delivery_, out);
      if (bad) {
        throw data_error("{}: at index {}: {}", reader_.path().string(),
                         index_text(header_.shape, first + done + *bad),
                         why_undeliverable(header_.layout, raw + *bad * stored));
      }
      done += n;
      out += n * delivered;
    }
  }

  ByteReader reader_;
  ArrayHeader header_;
  RowInfo info_;
  Delivery delivery_;
  int64_t count_;
  std::vector<std::byte> staging_;  // empty if stored numbers need no conversion
  int64_t next_row_ = 0;
};

/// Checks the declared shape against the file's size, before memory is allocated for it.
void check_size(const ByteReader& reader, const ArrayHeader& header) {
  const std::string path = reader.path().string();
  const std::string shape = fmt::format("({})", fmt::join(header.shape, ", "));
  if (header.shape.empty()) {
    throw data_error(
        "{}: {} array without axes (a single number); expected rows along the first"
        " axis",
        path, header.format);
  }
  if (header.shape[0] == 0) {
    throw data_error("{}: holds no rows (shape {}); expected at least one", path, shape);
  }
  const auto count = element_count(header.shape);
  if (!count) {
    throw data_error("{}: declares shape {}, more than a file can hold; the header is damaged",
                     path, shape);
  }
  if (*count == 0) throw data_error("{}: rows hold no numbers (shape {})", path, shape);

  const uint64_t declared = *count * number_bytes(header.layout.type);
  const std::string what =
      fmt::format("shape {} of {}, {} bytes", shape, number_name(header.layout.type), declared);
  if (const auto size = reader.plain_size()) {
    const uint64_t held = *size - std::min(*size, header.data_offset);
    if (held < declared) {
      throw data_error(
          "{}: cut short: declares {}, but {} follow the header; fetch or write the"
          " file again",
          path, what, held);
    }
    if (held > declared) {
      throw data_error(
          "{}: trailing bytes: declares {}, but {} follow the header; write the file again", path,
          what, held);
    }
  } else if (const auto most = reader.max_content(); most && declared > *most) {
    throw data_error(
        "{}: cut short: declares {}, but a compressed file of this size holds at most"
        " {}; fetch or write the file again",
        path, what, *most);
  }
}

}  // namespace

std::unique_ptr<RowReader> array_rows(ByteReader reader, ArrayHeader header,
                                      std::vector<int64_t> row_shape, const Delivery& delivery) {
  check_size(reader, header);
  RowInfo info;
  info.shape = std::move(row_shape);
  info.dtype = delivery.is_wide()     ? DType::float64
               : delivery.offset != 0 ? DType::float32
                                      : dtype_of(header.layout.type);
  info.bytes = dtype_of(header.layout.type) == DType::uint8;
  info.booleans = header.layout.type == NumberType::boolean;
  info.count = header.shape[0];
  // With one row, or one number per row, both memory orders are the same.
  if (header.fortran_order && header.shape[0] > 1 && row_elements(header) > 1) {
    return fortran_rows(std::move(reader), std::move(header), std::move(info), delivery);
  }
  return std::make_unique<SequentialRows>(std::move(reader), std::move(header), std::move(info),
                                          delivery);
}

Labels array_labels(ByteReader reader, const ArrayHeader& header) {
  const std::string path = reader.path().string();
  const bool one_per_row =
      header.shape.size() == 1 || (header.shape.size() == 2 && header.shape[1] == 1);
  if (!one_per_row) {
    throw data_error("{}: labels of shape ({}); expected one per row: (N) or (N, 1)", path,
                     fmt::join(header.shape, ", "));
  }
  if (!is_integer(header.layout.type)) {
    throw data_error(
        "{}: labels of type {}; expected integers; convert them, in NumPy with"
        " labels.astype(\"int64\")",
        path, number_name(header.layout.type));
  }
  check_size(reader, header);
  const size_t stored = number_bytes(header.layout.type);
  const size_t chunk = kStagingBytes / stored;
  const auto count = static_cast<uint64_t>(header.shape[0]);
  std::vector<std::byte> staging(kStagingBytes);
  Labels labels;
  while (labels.values.size() < count) {
    const size_t n = static_cast<size_t>(std::min<uint64_t>(chunk, count - labels.values.size()));
    reader.read_exactly(staging.data(), n * stored, "the labels");
    for (size_t i = 0; i < n; ++i) {
      const auto value = integer_at(header.layout, staging.data() + i * stored);
      if (!value) {
        throw data_error("{}: label at index {} is not a valid {} below 2^63", path,
                         labels.values.size(), number_name(header.layout.type));
      }
      labels.values.push_back(*value);
    }
  }
  if (!reader.at_end()) {
    throw data_error(
        "{}: bytes follow the last of {} labels; expected the end of the file; write"
        " the file again",
        path, count);
  }
  return labels;
}

void refuse_column_names(const std::filesystem::path& path, std::string_view format,
                         const RowRequest& request) {
  const std::string* name = nullptr;
  if (!request.texts.empty()) name = &request.texts.front();
  if (!request.exclude.empty()) name = &request.exclude.front();
  if (!request.label_column.empty()) name = &request.label_column;
  if (name == nullptr) return;
  throw usage_error(
      "{}: column \"{}\" is requested, but {} files have no named columns; put labels into"
      " a separate file, and remove columns to exclude from the data",
      path.string(), *name, format);
}

std::string index_text(std::span<const int64_t> shape, uint64_t flat) {
  std::vector<uint64_t> index(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    const auto size = static_cast<uint64_t>(shape[axis]);
    index[axis] = flat % size;
    flat /= size;
  }
  return fmt::format("[{}]", fmt::join(index, ", "));
}

}  // namespace ae
