#include "data/dialect_options.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace ae {
namespace {

template <class T>
using Named = std::pair<const char*, T>;

constexpr std::array<Named<char>, 6> kSeparators = {
    {{",", ','}, {";", ';'}, {"tab", '\t'}, {"|", '|'}, {"blank", ' '}, {"\t", '\t'}}};
constexpr std::array<Named<char>, 2> kDecimals = {{{".", '.'}, {",", ','}}};
constexpr std::array<Named<char>, 3> kQuotes = {{{"\"", '"'}, {"'", '\''}, {"none", '\0'}}};
constexpr std::array<Named<char>, 4> kComments = {
    {{"#", '#'}, {"%", '%'}, {"!", '!'}, {"none", '\0'}}};
constexpr std::array<Named<Encoding>, 4> kEncodings = {{{"utf-8", Encoding::utf8},
                                                        {"utf-16", Encoding::utf16le},
                                                        {"utf-16-be", Encoding::utf16be},
                                                        {"latin-1", Encoding::windows1252}}};

template <class Table>
std::vector<std::string> names_in(const Table& table) {
  std::vector<std::string> names = {"auto"};
  for (const auto& [name, value] : table) names.emplace_back(name);
  return names;
}

template <class T, size_t n>
std::optional<T> value_in(const std::array<Named<T>, n>& table, const std::string& name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == table.end() ? std::nullopt : std::optional<T>(found->second);
}

}  // namespace

void DialectOptions::visit(OptionVisitor& visitor) {
  visitor.choice("separator", separator, names_in(kSeparators),
                 "Between the fields of a line; blank: spaces and tabs, any number of them.");
  visitor.choice("decimal", decimal, names_in(kDecimals), "Decimal mark of numbers.");
  visitor.choice("quote", quote, names_in(kQuotes),
                 "Around fields that hold a separator or a line end; auto: \".");
  visitor.choice("comment", comment, names_in(kComments),
                 "Begins a line that is skipped; auto: #.");
  visitor.choice("encoding", encoding, names_in(kEncodings), "Encoding of the text.");
}

CsvDialectRequest DialectOptions::request() const {
  return {.separator = value_in(kSeparators, separator),
          .decimal = value_in(kDecimals, decimal),
          .quote = value_in(kQuotes, quote),
          .comment = value_in(kComments, comment),
          .encoding = value_in(kEncodings, encoding)};
}

}  // namespace ae
