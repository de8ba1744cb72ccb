#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

/// The candidate with the least edit distance to `word` (a transposition is one edit, case is
/// ignored), or "" if none is close enough to be a misspelling of it.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// `; did you mean "latent_dim"?`, or "" if no candidate is close.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// The text with control characters and invalid UTF-8 escaped ("\\n", "\\x1b"), so that text from
/// outside cannot add lines to a message or send control sequences to the terminal.
std::string one_line(std::string_view text);

/// Text up to its first line break.
std::string first_line(std::string_view text);

std::string join(std::span<const std::string> words, std::string_view separator = ", ");

/// "1×28×28" for {1, 28, 28}.
std::string shape_text(std::span<const int64_t> shape);

/// "1,234,567".
std::string grouped(int64_t number);

/// ASCII letters in lower case.
std::string lowercase(std::string_view text);

/// "3.2 s", "4 min 10 s", "2 h 5 min".
std::string duration_text(double seconds);

}  // namespace ae
