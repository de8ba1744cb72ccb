#pragma once

#include <string>
#include <vector>

namespace ae {

/// Columns of text, padded: the first to the left, the others to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : lines_{std::move(header)} {}
  void add(std::vector<std::string> line) { lines_.push_back(std::move(line)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> lines_;
};

}  // namespace ae
