#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

/// The candidate nearest to `word` by edit distance (transpositions count once, case does not),
/// or "" where none is near enough to be what was meant.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// `; did you mean "latent_dim"?`, or "" where nothing is near.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// The text with control characters (line ends, escapes) written as "\\n" or "\\x1b", so that a
/// name that a user gave cannot break a message's line or speak to the terminal.
std::string one_line(std::string_view text);

/// "a", "a, b", joined by `separator`.
std::string join(std::span<const std::string> words, std::string_view separator = ", ");

/// "1×28×28" for {1, 28, 28}.
std::string shape_text(std::span<const int64_t> shape);

/// "1,234,567".
std::string grouped(int64_t number);

/// "3.2 s", "4 min 10 s", "2 h 5 min".
std::string duration_text(double seconds);

}  // namespace ae
