#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ae {

/// Small pictures of rows, as tiles of one PNG, line by line. Figures of a page that share one
/// sheet store it once.
struct SpriteSheet {
  std::string png;          // bytes of the file
  int64_t tile_width = 0;   // pixels
  int64_t tile_height = 0;  // pixels
  int64_t columns = 0;      // tiles in a line
  int64_t count = 0;        // tiles
};

/// Identifiers and sprite sheets that the figures of a page share.
class PageContext {
 public:
  /// Identifier that no other element of the page has.
  std::string new_id() { return std::string("f").append(std::to_string(++ids_)); }
  /// CSS class that has the sheet as its background image.
  std::string sprite_class(const std::shared_ptr<const SpriteSheet>& sheet);
  /// CSS rules of all sheets asked for.
  std::string sprite_rules() const;

 private:
  int64_t ids_ = 0;
  std::vector<std::shared_ptr<const SpriteSheet>> sheets_;
};

/// A figure of a page: a title, a drawing, a caption, and a description for those who cannot see
/// the drawing. Texts are plain, and escaped when written.
class Figure {
 public:
  /// @param caption  a sentence that says what the figure means
  Figure(std::string title, std::string caption)
      : title_{std::move(title)}, caption_{std::move(caption)} {}
  virtual ~Figure() = default;

  /// `<figure>` element with its caption.
  std::string html(PageContext& context) const;

  std::string alternative;  // in place of the drawing; empty: composed from the values

 protected:
  struct Content {
    std::string html;         // drawing and legend
    std::string alternative;  // composed from the values
    std::string remark;       // added to the caption, such as a count of values not drawn
    bool wide = false;        // takes the width of the page
  };
  virtual Content content(PageContext& context) const = 0;
  /// ARIA role: "img" hides the elements inside from assistive technology, "group" does not, which
  /// figures that take the keyboard's focus need.
  virtual std::string role() const { return "img"; }
  const std::string& title() const { return title_; }

 private:
  std::string title_;
  std::string caption_;
};

}  // namespace ae
