#include "report/tensorboard/event_folder.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "config/stored_json.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/path_kind.h"
#include "io/regular_file.h"
#include "io/temporary_name.h"
#include "report/tensorboard/record.h"
#include "report/tensorboard/summary.h"
#include "run_directory/run_paths.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDamagedName = "damaged-events.bin";

using Warn = std::function<void(const std::string&)>;

fs::path new_event_path(const fs::path& folder) {
  std::array<char, 256> host{};
  const bool is_named = ::gethostname(host.data(), host.size() - 1) == 0 && host[0] != '\0';
  return folder / fmt::format("{}{:010d}.{}.{}{}", kEventFilePrefix,
                              static_cast<int64_t>(wall_clock_seconds()),
                              is_named ? host.data() : "localhost", ::getpid(), kEventFileSuffix);
}

std::string version_record() { return framed_record(serialized_version(wall_clock_seconds())); }

std::vector<fs::path> own_event_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::path& path : folder_entries(folder)) {
    const std::string name = path.filename().string();
    if (name.starts_with(kEventFilePrefix) && name.ends_with(kEventFileSuffix))
      files.push_back(path);
  }
  return files;
}

/// Records that are not kept because they are damaged.
struct DamagedRecords {
  std::string bytes;
  int64_t count = 0;
  bool is_end_lost = false;
};

/// Moves damaged records to a file beside the events.
void keep_damaged_records(const fs::path& path, const DamagedRecords& damaged, const Warn& warn) {
  if (damaged.count == 0) return;
  const fs::path aside = path.parent_path() / kDamagedName;
  std::string kept;
  const bool is_there = path_kind(aside) == PathKind::file;
  if (is_there && RegularFile(aside).bytes() + damaged.bytes.size() <= kMaxStoredBytes) {
    kept = read_regular_file(aside, kMaxStoredBytes);
  }
  write_text_atomically(aside, kept + damaged.bytes);
  warn(fmt::format("{}: {} damaged event{}{}; moved to {}", path.string(), damaged.count,
                   damaged.count == 1 ? "" : "s",
                   damaged.is_end_lost ? ", and what follows cannot be read" : "", kDamagedName));
}

/// Drops the events of a file that are not to be kept. @return true if one with values is kept
template <class Keep>
bool filter_events(const fs::path& path, const Keep& keep, const Warn& warn) {
  using Result = RecordReader::Result;
  RecordReader records(path);
  AtomicFile copy(path.parent_path() / kEventCopyName);
  const auto write = [&](const std::string& bytes) { copy.write(bytes.data(), bytes.size()); };
  DamagedRecords damaged;
  bool has_version = false;
  bool has_values = false;
  Result result = records.next();
  for (; result == Result::record || result == Result::damaged; result = records.next()) {
    const auto event =
        result == Result::record ? parse_event(records.data()) : std::optional<StoredEvent>();
    if (!event) {
      if (damaged.bytes.size() < kMaxStoredBytes / 2) damaged.bytes += records.framed();
      ++damaged.count;
      continue;
    }
    if (!keep(*event)) continue;
    // The version comes first.
    if (!has_version && !event->is_version) write(version_record());
    has_version = true;
    has_values |= !event->is_version;
    write(records.framed());
  }
  if (!has_version) write(version_record());
  if (result == Result::lost) {
    damaged.bytes += records.framed() + records.rest(kMaxStoredBytes / 2);
    ++damaged.count;
    damaged.is_end_lost = true;
  }
  keep_damaged_records(path, damaged, warn);
  copy.commit();
  rename_event_copy(path);
  return has_values;
}

Error event_move_error(const fs::path& path) {
  return data_error("{}: cannot be replaced: {}", path.string(), std::strerror(errno));
}

}  // namespace

void rename_event_copy(const fs::path& path) {
  if (::rename((path.parent_path() / kEventCopyName).c_str(), path.c_str()) != 0) {
    throw event_move_error(path);
  }
  flush_folder(path);
}

PreparedEvents prepare_events(const fs::path& folder, std::optional<int64_t> resumed_step,
                              const Warn& warn, std::string_view final_prefix) {
  make_folders(folder);
  const auto is_kept = [&](const StoredEvent& event) {
    const bool is_final =
        is_session_end(event.tag) || (!final_prefix.empty() && event.tag.starts_with(final_prefix));
    return event.is_version || (event.step <= resumed_step.value_or(0) && !is_final);
  };
  PreparedEvents prepared{.path = new_event_path(folder)};
  const std::vector<fs::path> files = own_event_files(folder);
  for (const fs::path& path : files) {
    if (resumed_step) {
      prepared.is_continued |= filter_events(path, is_kept, warn);
    } else if (::unlink(path.c_str()) != 0) {
      throw event_move_error(path);
    }
  }
  if (resumed_step && !files.empty()) {
    // A running TensorBoard does not notice a change within a file that it has read, and would show
    // none of the later events: the new name makes it read the file again.
    const fs::path& last = files.back();
    if (std::find(files.begin(), files.end(), prepared.path) != files.end()) {
      prepared.path = last;  // this process took the name within this second
    } else if (::rename(last.c_str(), prepared.path.c_str()) != 0) {
      throw event_move_error(last);
    }
    flush_folder(prepared.path);
  } else {
    write_text_atomically(folder / kEventCopyName, version_record());
    rename_event_copy(prepared.path);
  }
  return prepared;
}

}  // namespace ae
