#pragma once

#include <string>
#include <utility>

#include "report/page/figure.h"

namespace ae {

/// A PNG picture, stored in the page. Pictures of up to 256 pixels width are enlarged, up to
/// 8 times, without smoothing.
class ImageFigure : public Figure {
 public:
  /// @param png          bytes of a PNG file
  /// @param description  what the picture shows, for those who cannot see it
  ImageFigure(std::string title, std::string caption, std::string png, std::string description)
      : Figure{std::move(title), std::move(caption)}, png_{std::move(png)} {
    alternative = std::move(description);
  }

 protected:
  Content content(PageContext& context) const override;

 private:
  std::string png_;
};

}  // namespace ae
