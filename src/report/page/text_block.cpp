#include "report/page/text_block.h"

#include <fmt/format.h>

#include "report/page/markup.h"

namespace ae {

Figure::Content TextBlock::content(PageContext& context) const {
  // A scrolling region must be reachable by the keyboard.
  return {fmt::format("<div class=\"scroll\" id=\"{}\" tabindex=\"0\" role=\"region\" "
                      "aria-label=\"Text: {}\">\n<pre>{}</pre>\n</div>\n",
                      context.new_id(), html_escaped(title()), html_escaped(text_)),
          "", "", true};
}

}  // namespace ae
