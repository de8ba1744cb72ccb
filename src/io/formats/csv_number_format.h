#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ae {

/// How the numbers of a column are written.
struct NumberFormat {
  char decimal = '.';         ///< '.' or ','
  char thousands = 0;         ///< between groups of three digits: ',', '.', '\'', ' '; 0 for none
  std::string currency = {};  ///< before or after each number: "$", "€", "£" or "¥"; "" for none
  bool percent = false;       ///< each number is followed by %, and stands for a hundredth

  bool is_plain() const { return thousands == 0 && currency.empty() && !percent; }
  bool operator==(const NumberFormat&) const = default;
};

/// Parses a cell as a number of this format; nullopt if the whole cell is not one. Surrounding
/// spaces and a leading plus are allowed. A currency and a percent sign must be there; separators
/// of thousands may be missing, but where they are, they separate groups of three digits. A space
/// also stands for a no-break space, an apostrophe for a typographic one. In a format that is not
/// plain, parentheses mean a negative number: ($5).
std::optional<double> parse_number(std::string_view cell, const NumberFormat& format);

/// Finds the format in which every cell is a number.
/// @param cells    of one column, without the missing ones
/// @param decimal  the table's decimal mark
/// @return nullopt if there is none: the column is text; a plain format if there are no cells
std::optional<NumberFormat> detect_number_format(std::span<const std::string_view> cells,
                                                 char decimal);

/// A format in words, "with $ and thousands \",\""; "" for a plain one with a decimal point.
std::string number_format_text(const NumberFormat& format);

/// A number without what may surround it, for messages and detection.
struct BareNumber {
  std::string_view digits;    ///< without sign, currency, percent sign and parentheses
  std::string_view currency;  ///< "" for none
  bool percent = false;
  bool negative = false;
};

/// Strips a cell; nullopt if what surrounds the digits is no such thing. The digits are not
/// checked.
std::optional<BareNumber> bare_number(std::string_view cell);

}  // namespace ae
