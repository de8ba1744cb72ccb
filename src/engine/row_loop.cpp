#include "engine/row_loop.h"

#include <algorithm>

namespace ae {

std::optional<RowChunk> SetReader::next() {
  const int64_t count = std::min(chunk_rows_, set_.count() - begin_);
  if (count <= 0) return std::nullopt;
  const auto first = set_.rows.begin() + begin_;
  begin_ += count;
  RowChunk chunk{source_, {first, first + count}, {}, targets_};
  if (labelled_) chunk.labels = set_.labels_of(chunk.rows);
  return chunk;
}

}  // namespace ae
