#include "report/page/markup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/utf8.h"

namespace ae {
namespace {

constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

/// True for C0 controls other than tab and line feed, DELETE, and C1 controls.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1)
    return (first < 0x20 && first != '\t' && first != '\n') || first == 0x7f;
  return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

/// Calls `add` with each character; invalid bytes and controls are given as U+FFFD.
template <typename Add>
void for_each_character(std::string_view text, const Add& add) {
  while (!text.empty()) {
    const size_t bytes = utf8_character_bytes(text);
    const std::string_view character = text.substr(0, bytes == 0 ? 1 : bytes);
    add(bytes == 0 || is_control(character) ? kReplacementCharacter : character);
    text.remove_prefix(character.size());
  }
}

std::string_view html_reference(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return "";
  }
}

std::string_view script_reference(char c) {
  switch (c) {
    case '&':
      return "\\u0026";
    case '<':
      return "\\u003c";
    case '>':
      return "\\u003e";
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\t':
      return "\\t";
    case '\n':
      return "\\n";
    default:
      return "";
  }
}

template <typename Reference>
std::string with_references(std::string_view text, const Reference& reference) {
  std::string out;
  out.reserve(text.size());
  for_each_character(text, [&](std::string_view character) {
    const std::string_view replaced = character.size() == 1 ? reference(character[0]) : "";
    out += replaced.empty() ? character : replaced;
  });
  return out;
}

}  // namespace

std::string html_escaped(std::string_view text) { return with_references(text, html_reference); }

std::string script_string(std::string_view text) {
  return '"' + with_references(text, script_reference) + '"';
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (size_t j = 0; j < 4; ++j) {
      out += j <= count ? kDigits[group >> (18 - 6 * j) & 63u] : '=';
    }
  }
  return out;
}

std::string coordinate_text(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string short_number(double value) {
  if (value == 0) return "0";
  std::string text = fmt::format("{:.4g}", value);
  const size_t exponent = text.find('e');
  if (exponent == std::string::npos) return text;
  size_t digit = exponent + 2;  // behind the sign
  while (digit + 1 < text.size() && text[digit] == '0') text.erase(digit, 1);
  if (text[exponent + 1] == '+') text.erase(exponent + 1, 1);
  return text;
}

}  // namespace ae
