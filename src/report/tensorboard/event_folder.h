#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ae {

/// Name under which a copy of an event file is made before rename_event_copy() gives it its own.
/// TensorBoard reads every file whose name contains "tfevents", those left by a killed process too.
inline constexpr std::string_view kEventCopyName = "events-copy.bin";

/// Gives the copy in the folder of `path` this path, replacing a file that is there.
/// @throws Error(data)
void rename_event_copy(const std::filesystem::path& path);

/// Event file that a run appends to.
struct PreparedEvents {
  std::filesystem::path path;
  bool is_continued = false;  ///< it holds events of before the resumption
};

/// Creates the event file of a new run; of a resumed run's, drops the events that it writes again.
/// See EventFile::open().
/// @throws Error(data) if the folder or a file cannot be read or written
PreparedEvents prepare_events(const std::filesystem::path& folder,
                              std::optional<int64_t> resumed_step,
                              const std::function<void(const std::string&)>& warn,
                              std::string_view final_prefix);

}  // namespace ae
