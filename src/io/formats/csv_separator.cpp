#include <algorithm>
#include <array>
#include <vector>

#include "io/formats/csv_records.h"

namespace ae {

char sniff_separator(std::string_view sample, bool complete) {
  // In order of preference: with semicolons, a comma may be the decimal mark.
  constexpr std::array kCandidates = {'\t', ';', ','};
  constexpr size_t kMaxLines = 20;
  using Counts = std::array<size_t, kCandidates.size()>;

  std::vector<Counts> lines(1, Counts{});
  bool in_quotes = false;
  bool has_text = false;
  for (const char c : sample) {
    if (c == '"') in_quotes = !in_quotes;
    if (in_quotes) continue;
    if (c == '\n') {
      if (lines.size() == kMaxLines) break;
      if (has_text) lines.emplace_back();
      has_text = false;
      continue;
    }
    has_text = has_text || (c != '\r' && c != ' ');
    const auto* found = std::find(kCandidates.begin(), kCandidates.end(), c);
    if (found != kCandidates.end()) {
      ++lines.back()[static_cast<size_t>(found - kCandidates.begin())];
    }
  }
  // The last line may be cut off by the end of the sample, or be empty after a final newline.
  if (lines.size() > 1 && (!complete || !has_text)) lines.pop_back();

  for (size_t i = 0; i < kCandidates.size(); ++i) {
    const size_t expected = lines.front()[i];
    if (expected != 0 && std::all_of(lines.begin(), lines.end(),
                                     [&](const Counts& counts) { return counts[i] == expected; })) {
      return kCandidates[i];
    }
  }
  const Counts& first = lines.front();
  const auto most = std::max_element(first.begin(), first.end());
  return *most == 0 ? ',' : kCandidates[static_cast<size_t>(most - first.begin())];
}

}  // namespace ae
