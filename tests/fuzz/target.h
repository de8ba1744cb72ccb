#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace ae {

/// Defined by each target: runs the readers under test on the bytes, each in a refusable().
void try_bytes(std::string_view bytes);

/// Calls a reader, which may throw Error(usage) or Error(data). Any other exception ends the
/// process: a finding.
void refusable(const std::function<void()>& read);

/// Reports a finding and aborts.
[[noreturn]] void report(std::string_view finding);

/// Path of an in-memory file with these bytes, valid until the next call.
std::filesystem::path file_of(std::string_view bytes);

}  // namespace ae
