#include "io/formats/column_match.h"

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "io/formats/labels.h"
#include "io/quote.h"

namespace ae {
std::string names_listing(const std::vector<std::string>& names) {
  constexpr size_t kShown = 12;
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(kShown, names.size()); ++i) shown.push_back(quote(names[i]));
  if (names.size() > kShown) shown.push_back(fmt::format("… ({} in all)", names.size()));
  return join(shown);
}

bool is_pattern(std::string_view text) { return text.find_first_of("*?") != text.npos; }

bool matches_pattern(std::string_view text, std::string_view pattern) {
  size_t at = 0;
  size_t star = pattern.npos;  // the last one, from which a mismatch tries again
  size_t after = 0;            // text that the star has taken
  size_t p = 0;
  while (at < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after = at;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[at])) {
      ++p;
      ++at;
    } else if (star != pattern.npos) {
      p = star + 1;
      at = ++after;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

std::vector<size_t> columns_named(const std::string& wanted,
                                  const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found != names.end()) return {static_cast<size_t>(found - names.begin())};
  const std::optional<int64_t> number = whole_number(wanted);
  if (number && *number >= 1 && *number <= static_cast<int64_t>(names.size())) {
    return {static_cast<size_t>(*number) - 1};
  }
  std::vector<size_t> matching;
  if (!is_pattern(wanted)) return matching;
  for (size_t i = 0; i < names.size(); ++i) {
    if (matches_pattern(names[i], wanted)) matching.push_back(i);
  }
  return matching;
}

std::vector<int64_t> matching_columns(const std::vector<std::string>& wanted,
                                      const std::vector<std::string>& names,
                                      const std::string& what) {
  std::vector<int64_t> chosen;
  std::vector<bool> taken(names.size(), false);
  for (const std::string& name : wanted) {
    const std::vector<size_t> columns = columns_named(name, names);
    if (columns.empty()) {
      throw data_error("{} have no {}{}; there are: {}", what, quote(name),
                       did_you_mean(name, names), names_listing(names));
    }
    for (const size_t column : columns) {
      if (taken[column]) {
        throw data_error("{}: {} is named twice; expected each once", what, quote(names[column]));
      }
      taken[column] = true;
      chosen.push_back(static_cast<int64_t>(column));
    }
  }
  return chosen;
}

}  // namespace ae
