#pragma once

#include <string>
#include <utility>

#include "report/page/figure.h"

namespace ae {

/// Text in a fixed-width font with its own line breaks, such as a config. Scrolls within the
/// figure.
class TextBlock : public Figure {
 public:
  TextBlock(std::string title, std::string caption, std::string text)
      : Figure{std::move(title), std::move(caption)}, text_{std::move(text)} {}

 protected:
  Content content(PageContext& context) const override;
  std::string role() const override { return "group"; }

 private:
  std::string text_;
};

}  // namespace ae
