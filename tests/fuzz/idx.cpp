#include "io/formats/idx.h"

#include "fuzz/rows.h"
#include "fuzz/target.h"

namespace ae {

void try_bytes(std::string_view bytes) {
  read_all_rows(kIdxFormat, bytes);
  read_all_labels(kIdxFormat, bytes);
}

}  // namespace ae
