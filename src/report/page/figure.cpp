#include "report/page/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "report/page/markup.h"

namespace ae {

std::string PageContext::sprite_class(const std::shared_ptr<const SpriteSheet>& sheet) {
  const auto found = std::find(sheets_.begin(), sheets_.end(), sheet);
  const auto index = found - sheets_.begin();
  if (found == sheets_.end()) sheets_.push_back(sheet);
  return fmt::format("sprite-{}", index);
}

std::string PageContext::sprite_rules() const {
  std::string rules;
  for (size_t i = 0; i < sheets_.size(); ++i) {
    rules += fmt::format(".sprite-{}{{background-image:url(data:image/png;base64,{})}}\n", i,
                         base64(sheets_[i]->png));
  }
  return rules;
}

std::string Figure::html(PageContext& context) const {
  const std::string id = context.new_id();
  const Content drawn = content(context);
  const std::string& described = alternative.empty() ? drawn.alternative : alternative;
  const std::string description =
      described.empty()
          ? ""
          : fmt::format("<p class=\"unseen\" id=\"{}-alt\">{}</p>\n", id, html_escaped(described));
  const std::string remark =
      drawn.remark.empty() ? "" : fmt::format(" <em>{}</em>", html_escaped(drawn.remark));
  return fmt::format(
      "<figure role=\"{0}\"{8} aria-labelledby=\"{1}-title\" aria-describedby=\"{1}-caption{2}\">\n"
      "<h3 id=\"{1}-title\">{3}</h3>\n{4}{5}"
      "<figcaption id=\"{1}-caption\">{6}{7}</figcaption>\n</figure>\n",
      role(), id, description.empty() ? "" : fmt::format(" {}-alt", id), html_escaped(title_),
      drawn.html, description, html_escaped(caption_), remark, drawn.wide ? " class=\"wide\"" : "");
}

}  // namespace ae
