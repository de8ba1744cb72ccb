#pragma once

#include <string>
#include <utility>
#include <vector>

#include "report/page/figure.h"

namespace ae {

/// A table of texts. The first column names the rows; columns that hold only numbers are aligned
/// right. Wide tables scroll within the figure.
class TableFigure : public Figure {
 public:
  TableFigure(std::string title, std::string caption, std::vector<std::string> header)
      : Figure{std::move(title), std::move(caption)}, header_{std::move(header)} {}
  bool wide = false;  ///< takes the width of the page, as tables of many columns do

  /// Adds a row; missing cells at its end are empty, further ones than the header's left out.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

 protected:
  Content content(PageContext& context) const override;
  std::string role() const override { return "group"; }

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace ae
