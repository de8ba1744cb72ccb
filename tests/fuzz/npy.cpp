#include "io/formats/npy.h"

#include "fuzz/rows.h"
#include "fuzz/target.h"

namespace ae {

void try_bytes(std::string_view bytes) {
  read_all_rows(kNpyFormat, bytes);
  read_all_labels(kNpyFormat, bytes);
}

}  // namespace ae
