#include "report/page/page.h"

#include <fmt/format.h>

#include <cstddef>

#include "report/page/markup.h"
#include "report/page/style.h"

namespace ae {
namespace {

std::string section_html(const PageSection& section, size_t number, PageContext& context) {
  std::string out = fmt::format(
      "<section id=\"section-{0}\" aria-labelledby=\"heading-{0}\">\n"
      "<h2 id=\"heading-{0}\">{1}</h2>\n",
      number, html_escaped(section.title));
  for (const std::string& warning : section.warnings) {
    out += fmt::format("<p class=\"warning\"><strong>Warning:</strong> {}</p>\n",
                       html_escaped(warning));
  }
  for (const std::string& paragraph : section.paragraphs) {
    out += fmt::format("<p>{}</p>\n", html_escaped(paragraph));
  }
  if (!section.figures.empty()) {
    out += "<div class=\"figures\">\n";
    for (const auto& figure : section.figures) out += figure->html(context);
    out += "</div>\n";
  }
  return out + "</section>\n";
}

std::string navigation_html(const std::vector<PageSection>& sections) {
  std::string items;
  for (size_t i = 0; i < sections.size(); ++i) {
    items += fmt::format("<li><a href=\"#section-{}\">{}</a></li>\n", i + 1,
                         html_escaped(sections[i].title));
  }
  return items.empty() ? "" : "<nav aria-label=\"Sections\"><ul>\n" + items + "</ul></nav>\n";
}

}  // namespace

std::string Page::html() const {
  PageContext context;
  std::string body;
  for (size_t i = 0; i < sections.size(); ++i) body += section_html(sections[i], i + 1, context);
  const std::string subtitle_html =
      subtitle.empty() ? "" : fmt::format("<p class=\"subtitle\">{}</p>\n", html_escaped(subtitle));
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n"
      "<title>{0}</title>\n<style>\n{1}{2}</style>\n</head>\n<body>\n"
      "<a class=\"skip\" href=\"#content\">Skip to content</a>\n"
      "<header>\n<h1>{0}</h1>\n{3}</header>\n{4}<main id=\"content\" tabindex=\"-1\">\n{5}</main>\n"
      "<script>\n{6}</script>\n</body>\n</html>\n",
      html_escaped(title), kPageStyle, context.sprite_rules(), subtitle_html,
      navigation_html(sections), body, kPageScript);
}

}  // namespace ae
