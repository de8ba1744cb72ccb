#include "io/formats/label_texts.h"

#include <algorithm>

#include "core/error.h"
#include "core/text.h"

namespace ae {

void LabelTexts::add(const std::filesystem::path& path, std::string_view text) {
  constexpr size_t kFirst = 1024;
  constexpr size_t kCharacters = 16 << 20;
  const auto require_memory = [&](size_t bytes) {
    if (static_cast<uint64_t>(std::max<int64_t>(available_(), 0)) >= bytes) return;
    throw data_error("{}: no memory for more than {} labels; use fewer rows", path.string(),
                     grouped(static_cast<int64_t>(texts_.size())));
  };
  if (texts_.size() == texts_.capacity()) {
    const size_t more = std::max(kFirst, 2 * texts_.size());
    // Twice, as labels_from_text() sorts a copy.
    require_memory(2 * more * sizeof(std::string));
    texts_.reserve(more);
  }
  characters_ += text.size();
  if (characters_ > kCharacters) {
    require_memory(2 * kCharacters);
    characters_ = 0;
  }
  texts_.emplace_back(text);
}

}  // namespace ae
