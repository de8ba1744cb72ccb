#include <charconv>

#include "io/formats/csv.h"

namespace ae {
namespace {

/// Appends a field, in quotes if it needs them.
void append_field(std::string& line, const std::string& field) {
  // Readers trim unquoted fields.
  const bool plain = field.find_first_of(",;\t\"\r\n ") == std::string::npos;
  if (plain && !field.empty()) {
    line += field;
    return;
  }
  line += '"';
  for (const char c : field) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

}  // namespace

CsvWriter::CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& columns)
    : file_(path), width_(columns.size()) {
  write(columns);
}

void CsvWriter::write(std::span<const std::string> fields) {
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i != 0) line += ',';
    append_field(line, fields[i]);
  }
  line += '\n';
  file_.write(line.data(), line.size());
}

template <class T>
void CsvWriter::write_rows(const T* rows, int64_t n, const TextColumns& texts) {
  std::string line;
  char number[32];
  for (size_t row = 0; row < static_cast<size_t>(n); ++row) {
    line.clear();
    for (const std::vector<std::string>& column : texts) {
      append_field(line, column[row]);
      line += ',';
    }
    for (size_t i = texts.size(); i < width_; ++i) {
      const auto [end, error] = std::to_chars(number, number + sizeof(number), *rows++);
      line.append(number, end);
      line += ',';
    }
    line.back() = '\n';
    file_.write(line.data(), line.size());
  }
}

void CsvWriter::write(const float* rows, int64_t n, const TextColumns& texts) {
  write_rows(rows, n, texts);
}
void CsvWriter::write(const double* rows, int64_t n, const TextColumns& texts) {
  write_rows(rows, n, texts);
}

void CsvWriter::commit() { file_.commit(); }

}  // namespace ae
