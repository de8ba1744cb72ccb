#include "files/label_texts.h"

#include "core/error.h"
#include "core/text.h"

namespace ae {

void LabelTexts::add(const std::filesystem::path& path, std::string_view text) {
  // Twice: a vector that grows has the old and the new block for a moment.
  constexpr auto kOfEach = static_cast<int64_t>(2 * sizeof(std::string));
  constexpr int64_t kStep = 64 << 20;
  bytes_ += kOfEach + static_cast<int64_t>(text.size());
  if (bytes_ > checked_) {
    if (available_() < kStep) {
      throw data_error("{}: no memory for more than {} labels; use fewer rows", path.string(),
                       grouped(static_cast<int64_t>(texts_.size())));
    }
    checked_ = bytes_ + kStep;
  }
  texts_.emplace_back(text);
}

}  // namespace ae
