#include <charconv>

#include "io/formats/csv.h"

namespace ae {

CsvWriter::CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& columns)
    : file_(path), width_(columns.size()) {
  write(columns);
}

void CsvWriter::write(std::span<const std::string> fields) {
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i != 0) line += ',';
    // Readers trim unquoted fields.
    const bool plain = fields[i].find_first_of(",;\t\"\r\n ") == std::string::npos;
    if (plain && !fields[i].empty()) {
      line += fields[i];
      continue;
    }
    line += '"';
    for (const char c : fields[i]) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  line += '\n';
  file_.write(line.data(), line.size());
}

template <class T>
void CsvWriter::write_rows(const T* rows, int64_t n) {
  std::string text;
  char number[32];
  for (int64_t row = 0; row < n; ++row) {
    text.clear();
    for (size_t i = 0; i < width_; ++i) {
      if (i != 0) text += ',';
      const auto [end, error] = std::to_chars(number, number + sizeof(number), *rows++);
      text.append(number, end);
    }
    text += '\n';
    file_.write(text.data(), text.size());
  }
}

void CsvWriter::write(const float* rows, int64_t n) { write_rows(rows, n); }
void CsvWriter::write(const double* rows, int64_t n) { write_rows(rows, n); }

void CsvWriter::commit() { file_.commit(); }

}  // namespace ae
