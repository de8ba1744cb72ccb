#include "io/formats/npy.h"

#include <limits>
#include <utility>

#include "core/error.h"
#include "io/formats/array_rows.h"
#include "io/formats/npy_header.h"

namespace ae {
namespace {

bool is_npy(std::string_view head) { return head.starts_with(kNpyMagic); }

std::unique_ptr<RowReader> open_npy(ByteReader reader, const RowRequest& request) {
  refuse_column_names(reader.path(), ".npy", request);
  ArrayHeader header = read_npy_header(reader);
  std::vector<int64_t> row = {1};
  if (header.shape.size() > 1) row.assign(header.shape.begin() + 1, header.shape.end());
  return array_rows(std::move(reader), std::move(header), std::move(row), request.delivery);
}

Labels npy_labels(ByteReader reader, std::optional<int64_t>) {
  const ArrayHeader header = read_npy_header(reader);
  return array_labels(std::move(reader), header);
}

const char* descr_of(NpyType type) {
  switch (type) {
    case NpyType::float32:
      return "<f4";
    case NpyType::uint8:
      return "|u1";
    case NpyType::int64:
      return "<i8";
    case NpyType::float64:
      return "<f8";
  }
  throw internal_error("unknown .npy type {}", static_cast<int>(type));
}

size_t bytes_of(NpyType type) {
  return type == NpyType::float32 ? 4 : type == NpyType::uint8 ? 1 : 8;
}

/// Size of a header with room for any number of rows, so that it can be rewritten in place.
size_t header_bytes(NpyType type, std::vector<int64_t> shape) {
  shape.insert(shape.begin(), std::numeric_limits<int64_t>::max());
  return npy_header(descr_of(type), shape).size();
}

}  // namespace

constinit const Format kNpyFormat = {"npy", "a NumPy array of numbers (.npy)", is_npy, open_npy,
                                     npy_labels};

NpyWriter::NpyWriter(const std::filesystem::path& path, NpyType type,
                     std::vector<int64_t> row_shape)
    : file_(path), type_(type), row_shape_(std::move(row_shape)) {
  const auto width = element_count(row_shape_);
  if (!width) throw internal_error("{}: row shape cannot be addressed", path.string());
  row_bytes_ = static_cast<size_t>(*width) * bytes_of(type);
  const std::string blank(header_bytes(type_, row_shape_), ' ');  // until commit()
  file_.write(blank.data(), blank.size());
}

void NpyWriter::write(const void* rows, int64_t n) {
  file_.write(rows, static_cast<size_t>(n) * row_bytes_);
  rows_ += n;
}

void NpyWriter::commit() {
  std::vector<int64_t> shape = row_shape_;
  shape.insert(shape.begin(), rows_);
  const std::string header = npy_header(descr_of(type_), shape, header_bytes(type_, row_shape_));
  file_.write_at(0, header.data(), header.size());
  file_.commit();
}

}  // namespace ae
