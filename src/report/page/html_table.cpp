#include "report/page/html_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "report/page/markup.h"

namespace ae {
namespace {

constexpr size_t kMaxNarrowColumns = 5;

/// Numbers with a sign, separators, an exponent or a per cent sign; also an empty cell, a dash, NaN
/// and infinity.
bool is_number_cell(const std::string& cell) {
  if (cell.empty() || cell == "-" || cell == "–" || cell == "nan" || cell == "inf") return true;
  const bool digit =
      std::any_of(cell.begin(), cell.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return digit && cell.find_first_not_of("0123456789+-.,eE% ") == std::string::npos;
}

}  // namespace

Figure::Content TableFigure::content(PageContext& context) const {
  std::vector<bool> numeric(header_.size(), !rows_.empty());
  for (const auto& row : rows_) {
    for (size_t i = 0; i < std::min(row.size(), numeric.size()); ++i) {
      numeric[i] = numeric[i] && is_number_cell(row[i]);
    }
  }
  const auto alignment = [&](size_t i) { return i > 0 && numeric[i] ? " class=\"number\"" : ""; };
  std::string lines = "<thead><tr>";
  for (size_t i = 0; i < header_.size(); ++i) {
    lines += fmt::format("<th scope=\"col\"{}>{}</th>", alignment(i), html_escaped(header_[i]));
  }
  lines += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows_) {
    lines += "<tr>";
    for (size_t i = 0; i < header_.size(); ++i) {
      const std::string text = i < row.size() ? html_escaped(row[i]) : "";
      lines += i == 0 ? "<th scope=\"row\">" + text + "</th>"
                      : fmt::format("<td{}>{}</td>", alignment(i), text);
    }
    lines += "</tr>\n";
  }
  // A scrolling region must be reachable by the keyboard.
  return {fmt::format("<div class=\"scroll\" id=\"{}\" tabindex=\"0\" role=\"region\" "
                      "aria-label=\"Table: {}\">\n<table>\n{}</tbody>\n</table>\n</div>\n",
                      context.new_id(), html_escaped(title()), lines),
          "", rows_.empty() ? "The table is empty." : "",
          wide || header_.size() > kMaxNarrowColumns};
}

}  // namespace ae
