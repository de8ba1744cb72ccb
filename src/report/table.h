#pragma once

#include <string>
#include <vector>

namespace ae {

/// Text table with padded columns: the first is left-aligned, the others right-aligned.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : lines_{std::move(header)} {}
  void add(std::vector<std::string> line) { lines_.push_back(std::move(line)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> lines_;
};

}  // namespace ae
