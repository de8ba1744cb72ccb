#include "io/formats/csv.h"

#include <optional>
#include <utility>
#include <vector>

#include "fuzz/rows.h"
#include "fuzz/target.h"
#include "io/formats/csv_non_number.h"
#include "io/formats/csv_number_format.h"
#include "io/formats/csv_records.h"
#include "io/formats/table_sample.h"

namespace ae {
namespace {

/// A format found from cells reads each of them; the first bytes of a text show its dialect.
void try_cells(std::string_view bytes, const CsvDialectRequest& request) {
  refusable([&] {
    CsvRecords records(ByteReader(file_of(bytes)), request);
    const char decimal = records.dialect().decimal;
    dialect_text(records.dialect());
    while (records.next()) {
      const auto fields = records.fields();
      for (const std::string_view field : fields) {
        if (!parse_number(field, {.decimal = decimal})) non_number_text(field, records.dialect());
      }
      const auto format = detect_number_format(fields, decimal);
      if (!format) continue;
      number_format_text(*format);
      for (const std::string_view field : fields) {
        if (!parse_number(field, *format)) report("a cell is not a number of the format found");
      }
    }
  });
}

}  // namespace

void try_bytes(std::string_view bytes) {
  read_all_rows(kCsvFormat, bytes);
  read_all_rows(kCsvFormat, bytes, {.label_column = "label", .exclude = {"id"}});
  read_all_rows(kCsvFormat, bytes, {.label_column = "1", .columns = {"b", "2"}});
  read_all_rows(kCsvFormat, bytes, {.table = {.typed = true}, .delivery = {.gaps = Gaps::deliver}});
  refusable([&] { sample_table(file_of(bytes)); });
  read_all_labels(kCsvFormat, bytes);
  read_all_labels(kCsvFormat, bytes, 3);
  try_cells(bytes, {});
  try_cells(bytes, {.separator = ' ', .quote = '\'', .encoding = Encoding::utf16be});
}

}  // namespace ae
