#include "io/formats/csv_labels.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "core/utf8.h"
#include "io/formats/csv_cells.h"
#include "io/formats/csv_number.h"
#include "io/formats/csv_records.h"
#include "io/formats/label_texts.h"
#include "io/quote.h"

namespace ae {
namespace {

/// True if the first text of a column of labels is its header. Decided by the row count if it is
/// known; otherwise a header is a text above numbers, or a text that occurs once above texts that
/// all occur repeatedly.
bool has_header(const std::vector<std::string>& texts, std::optional<int64_t> rows) {
  if (texts.size() < 2 || parse_double(texts[0])) return false;
  if (rows) return static_cast<int64_t>(texts.size()) == *rows + 1;
  std::unordered_map<std::string_view, size_t> counts;
  bool all_numbers = true;
  for (size_t i = 1; i < texts.size(); ++i) {
    ++counts[texts[i]];
    all_numbers = all_numbers && parse_double(texts[i]);
  }
  return all_numbers ||
         (!counts.contains(texts[0]) &&
          std::all_of(counts.begin(), counts.end(), [](auto& entry) { return entry.second > 1; }));
}

}  // namespace

void check_csv_text(const std::filesystem::path& path, uint64_t line, std::string_view text) {
  if (text.size() > CsvCells::kMaxCategoryBytes) {
    throw data_error("{}: line {}: a label of {} bytes, {}; expected at most {}", path.string(),
                     line, grouped(static_cast<int64_t>(text.size())), quote(text),
                     grouped(CsvCells::kMaxCategoryBytes));
  }
  if (is_utf8(text)) return;
  throw data_error("{}: line {}: label {} is not UTF-8; save the file as UTF-8", path.string(),
                   line, quote(text));
}

Labels csv_labels(ByteReader reader, std::optional<int64_t> rows) {
  CsvRecords records(std::move(reader));
  LabelTexts read;
  while (records.next()) {
    // One more text may be the header.
    if (rows && static_cast<int64_t>(read.all().size()) > *rows) {
      throw data_error(
          "{}: more than {} labels for {} rows; expected one label per row of the data",
          records.path().string(), *rows, *rows);
    }
    const auto fields = records.fields();
    if (fields.size() != 1) {
      throw data_error(
          "{}: line {} has {} fields; expected one column of labels; to use a column"
          " of the data file, name that column",
          records.path().string(), records.line(), fields.size());
    }
    if (fields[0].empty()) {
      throw data_error("{}: line {}: empty label; expected a number or text",
                       records.path().string(), records.line());
    }
    check_csv_text(records.path(), records.line(), fields[0]);
    read.add(records.path(), fields[0]);
  }
  std::vector<std::string> texts = read.release();
  if (has_header(texts, rows)) texts.erase(texts.begin());
  if (texts.empty()) throw data_error("{}: holds no labels", records.path().string());
  return labels_from_text(texts);
}

}  // namespace ae
