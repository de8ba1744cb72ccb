#include "content.h"

#include <zlib.h>

#include <stdexcept>

#include "core/error.h"

namespace ae {

std::string gzipped(std::string_view content) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2 failed");
  }
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("deflate failed");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string npy(std::string_view descr, std::string_view shape, std::string_view data,
                bool fortran_order) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': ({}), }}", descr,
                                   fortran_order ? "True" : "False", shape);
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  return "\x93NUMPY" + std::string("\x01\x00", 2) +
         bytes_of_number(static_cast<uint16_t>(header.size())) + header + std::string(data);
}

std::string idx(unsigned char type, const std::vector<uint32_t>& shape, std::string_view data) {
  std::string out(2, '\0');
  out += static_cast<char>(type);
  out += static_cast<char>(shape.size());
  return out + bytes_of_numbers(shape, true) + std::string(data);
}

Table read_all(const std::filesystem::path& path, const RowRequest& request,
               int64_t rows_at_a_time) {
  const auto reader = open_rows(path, request);
  Table table;
  table.info = reader->info();
  std::vector<std::byte> block(static_cast<size_t>(rows_at_a_time) * table.info.row_bytes());
  while (const int64_t rows = reader->read(rows_at_a_time, block.data())) {
    const auto n = static_cast<size_t>(rows * table.info.width());
    for (size_t i = 0; i < n; ++i) {
      if (table.info.dtype == DType::uint8) {
        table.values.push_back(std::to_integer<int>(block[i]));
      } else if (table.info.dtype == DType::float64) {
        double value = 0;
        std::memcpy(&value, block.data() + i * sizeof(value), sizeof(value));
        table.values.push_back(value);
      } else {
        float value = 0;
        std::memcpy(&value, block.data() + i * sizeof(value), sizeof(value));
        table.values.push_back(value);
      }
    }
    table.labels.insert(table.labels.end(), reader->labels().begin(), reader->labels().end());
    table.rows += rows;
  }
  table.info.table = reader->info().table;
  return table;
}

void for_each_truncation(std::string_view content,
                         const std::function<void(std::string_view)>& check) {
  for (size_t n = 0; n < content.size(); ++n) check(content.substr(0, n));
}

}  // namespace ae
