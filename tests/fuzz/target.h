#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace ae {

/// Defined by each target: gives the bytes to the readers under test, each in a refusable().
void try_bytes(std::string_view bytes);

/// A reader may do its work, or refuse by Error(usage) or Error(data). Whatever else it throws ends
/// the process: a finding.
void refusable(const std::function<void()>& read);

/// A finding of the target's own.
[[noreturn]] void report(std::string_view finding);

/// The path of a file, in memory, that holds the bytes until the next call.
std::filesystem::path file_of(std::string_view bytes);

}  // namespace ae
