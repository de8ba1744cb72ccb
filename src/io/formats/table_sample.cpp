#include "io/formats/table_sample.h"

#include <string_view>

#include "core/error.h"
#include "io/formats/csv.h"
#include "io/formats/csv_columns.h"
#include "io/formats/csv_records.h"
#include "io/formats/csv_types.h"
#include "io/formats/format.h"

namespace ae {
namespace {

/// The type of one column; sets its fault if it has none.
void find_type(const std::filesystem::path& path, const CsvColumns& all, size_t number,
               const std::vector<CsvRecord>& records, char decimal, SampledColumn& column) {
  CsvColumns one;
  one.has_header = all.has_header;
  one.names = all.names;
  one.data = {number};
  TableRequest request;
  request.typed = true;
  try {
    column.type = table_columns(path, one, records, request, decimal).front().type;
  } catch (const Error& error) {
    column.fault = error.what();
  }
}

}  // namespace

std::optional<TableSample> sample_table(const std::filesystem::path& path) {
  ByteReader reader(path);
  if (std::string_view(recognise(reader).name) != kCsvFormat.name) return std::nullopt;
  CsvRecords records(std::move(reader));
  std::vector<CsvRecord> rows;
  TableSample sample;
  while (rows.size() <= TableSample::kMaxRows) {
    sample.is_whole = !records.next();
    if (sample.is_whole) break;
    rows.push_back({{records.fields().begin(), records.fields().end()}, records.line()});
  }
  if (rows.empty()) throw data_error("{}: holds no rows; expected at least one", path.string());
  RowRequest request;
  if (records.header_is_comment()) request.header = Header::present;
  const auto second = rows.size() > 1 ? std::optional(rows[1]) : std::nullopt;
  const CsvColumns columns = csv_columns(path, rows[0], second, request);
  sample.has_header = columns.has_header;
  if (columns.has_header) rows.erase(rows.begin());
  const MissingTexts missing({});
  for (size_t i = 0; i < columns.names.size(); ++i) {
    SampledColumn column{columns.names[i], {}, ColumnType::numeric, {}, 0};
    for (const CsvRecord& row : rows) {
      column.cells.push_back(i < row.fields.size() ? row.fields[i] : "");
      column.gaps += missing.contains(column.cells.back()) ? 1 : 0;
    }
    find_type(path, columns, i, rows, records.dialect().decimal, column);
    sample.columns.push_back(std::move(column));
  }
  return sample;
}

}  // namespace ae
