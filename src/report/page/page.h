#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "report/page/figure.h"

namespace ae {

/// Part of a page with a heading that the page's navigation links to. Texts are plain.
struct PageSection {
  std::string title;
  std::vector<std::string> paragraphs;
  std::vector<std::string> warnings;  // shown ahead of the paragraphs, marked as such
  std::vector<std::unique_ptr<Figure>> figures;

  /// Adds a figure, made in place, and returns it to be filled.
  template <typename Kind, typename... Arguments>
  Kind& add(Arguments&&... arguments) {
    auto figure = std::make_unique<Kind>(std::forward<Arguments>(arguments)...);
    Kind& added = *figure;
    figures.push_back(std::move(figure));
    return added;
  }
};

/// A self-contained HTML page: no file and no network address is needed to show it, and a content
/// security policy in it forbids loading any. Follows the reader's choice of light or dark colours.
struct Page {
  std::string title;
  std::string subtitle;
  std::vector<PageSection> sections;

  /// UTF-8 text of the page.
  std::string html() const;
};

}  // namespace ae
