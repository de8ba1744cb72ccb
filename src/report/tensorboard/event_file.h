#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "io/regular_file.h"
#include "report/tensorboard/summary.h"

namespace ae {

/// Event file of TensorBoard, "events.out.tfevents.<seconds>.<host>.<process>.ae": seconds since
/// 1970 in ten digits, so that names sort by time. Only the beginning and the end of the name are
/// the same in each run. A removed file is made anew. One writer a folder. Thread-safe.
class EventFile {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// Opens the file of a folder, which is created if it is missing. Other tools' event files, whose
  /// names end otherwise, are left alone.
  ///
  /// A new run removes the event files that an earlier one left in the folder. A resumed run keeps
  /// the events up to its step and appends to the last file, under a new name by which a running
  /// TensorBoard notices it: no event is missing if sync() preceded the checkpoint, and none is
  /// there twice. Dropped are also the session's end and events whose first tag begins with
  /// `final_prefix`, which follow training, so that a resumed run writes them again; and an
  /// incomplete last event, left by a killed process. Other damaged events are moved to
  /// damaged-events.bin, with a warning.
  /// @param resumed_step  step of the checkpoint; null for a new run
  /// @throws Error(data) if the folder or the file cannot be read or written
  static EventFile open(const std::filesystem::path& folder, std::optional<int64_t> resumed_step,
                        const Warn& warn, std::string_view final_prefix = "test/");

  /// Adds an event at the current time; flush() writes it. An empty summary is left out.
  void write(int64_t step, const EventSummary& summary);
  /// Appends the events to the file; if this fails, they remain pending for a later call.
  /// @throws Error(data) if they cannot be written
  void flush();
  /// Writes all events and syncs the file to disk. @throws Error(data) if that fails
  void sync();

  /// True if the file holds events of before the resumption, such as the session's start.
  bool is_continued() const { return is_continued_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  EventFile(std::filesystem::path path, bool is_continued);
  /// Writes the pending events. @throws Error(data) if they remain pending
  void append_pending();
  /// Opens the file again if its name refers to another file now, or to none.
  void reopen();

  std::filesystem::path path_;
  bool is_continued_;
  std::mutex mutex_;  // guards the members below
  FileDescriptor file_;
  int64_t size_ = 0;     // bytes of complete events in the file
  std::string pending_;  // events that are not written yet
};

}  // namespace ae
