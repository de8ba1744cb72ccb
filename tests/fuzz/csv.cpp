#include "io/formats/csv.h"

#include "fuzz/rows.h"
#include "fuzz/target.h"

namespace ae {

void try_bytes(std::string_view bytes) {
  read_all_rows(kCsvFormat, bytes);
  read_all_rows(kCsvFormat, bytes, {.label_column = "label", .exclude = {"id"}});
  read_all_rows(kCsvFormat, bytes, {.label_column = "1", .columns = {"b", "2"}});
  read_all_labels(kCsvFormat, bytes);
  read_all_labels(kCsvFormat, bytes, 3);
}

}  // namespace ae
