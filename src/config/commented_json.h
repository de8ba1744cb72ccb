#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/json.h"

namespace ae {

/// A JSON object whose members carry comments, for configs that people read and change.
class CommentedJson {
 public:
  /// @param comment  printed above the member, one line for each of its lines; may be empty
  CommentedJson& add(const std::string& key, Json value, const std::string& comment = "");
  /// A nested object, empty at first.
  CommentedJson& object(const std::string& key, const std::string& comment = "");

  /// The object without its comments.
  Json json() const;
  /// JSON with comments of at most 100 columns, indented by two spaces.
  std::string text(int depth = 0) const;

 private:
  struct Member {
    std::string key;
    std::string comment;
    Json value;                               // if it is no object of this kind
    std::unique_ptr<CommentedJson> children;  // else null
  };
  std::vector<Member> members_;
};

}  // namespace ae
