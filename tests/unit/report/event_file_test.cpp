#include "report/tensorboard/event_file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "error_matchers.h"
#include "report/tensorboard/record.h"
#include "temp_dir.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using EventSteps = std::vector<std::pair<int64_t, std::string>>;

/// Event files in a folder.
class EventFileTest : public testing::Test {
 protected:
  EventFile open(std::optional<int64_t> resumed_step = {}) {
    return EventFile::open(folder_, resumed_step,
                           [this](const std::string& text) { warnings_.push_back(text); });
  }
  /// Writes an event for each step.
  void log_steps(EventFile& file, int64_t first, int64_t last, std::string_view tag = "loss") {
    for (int64_t step = first; step <= last; ++step) {
      file.write(step, EventSummary().scalar(tag, static_cast<float>(step)));
    }
    file.flush();
  }
  fs::path event_path() const {
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (entry.path().extension() == ".ae") return entry.path();
    }
    return {};
  }
  /// Steps and tags of the events with values, all of whose records must be whole.
  EventSteps logged() const { return logged_in(event_path()); }
  static EventSteps logged_in(const fs::path& path) {
    RecordReader records(path);
    EventSteps steps;
    RecordReader::Result result = records.next();
    for (bool is_first = true; result == RecordReader::Result::record; is_first = false) {
      const auto event = parse_event(records.data());
      EXPECT_TRUE(event.has_value());
      EXPECT_EQ(event && event->is_version, is_first);
      if (event && !is_first) steps.emplace_back(event->step, event->tag);
      result = records.next();
    }
    EXPECT_EQ(result, RecordReader::Result::end);
    return steps;
  }
  void replace_events(const std::string& bytes) const {
    std::ofstream(event_path(), std::ios::binary) << bytes;
  }

  TempDir dir_;
  fs::path folder_ = dir_ / "tensorboard";
  std::vector<std::string> warnings_;
};

TEST_F(EventFileTest, NamesTheFileByTimeHostAndProcess) {
  const EventFile file = open();
  EXPECT_THAT(file.path().filename().string(),
              testing::MatchesRegex("events\\.out\\.tfevents\\.[0-9]+\\..+\\.[0-9]+\\.ae"));
  EXPECT_FALSE(file.is_continued());
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(EventFileTest, WritesEventsWhenFlushed) {
  EventFile file = open();
  file.write(1, EventSummary().scalar("a", 1));
  file.write(1, EventSummary());
  EXPECT_THAT(logged(), IsEmpty());
  file.flush();
  EXPECT_THAT(logged(), ElementsAre(Pair(1, "a")));
  file.write(int64_t{1} << 40, EventSummary().scalar("b", 1));
  file.sync();
  EXPECT_THAT(logged(), ElementsAre(Pair(1, "a"), Pair(int64_t{1} << 40, "b")));
}

TEST_F(EventFileTest, ResumesWithoutGapOrDouble) {
  {
    EventFile file = open();
    log_steps(file, 0, 5);
    file.write(5, EventSummary().scalar("test/loss", 1));
    file.write(5, EventSummary().session_end(SessionStatus::success));
    file.flush();
  }
  for (const int64_t step : {5, 3, 3}) {
    EventFile file = open(step);
    EXPECT_TRUE(file.is_continued());
    EXPECT_EQ(logged().size(), static_cast<size_t>(step) + 1);
    log_steps(file, step + 1, 6);
    EventSteps expected;
    for (int64_t i = 0; i <= 6; ++i) expected.emplace_back(i, "loss");
    EXPECT_EQ(logged(), expected);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(EventFileTest, ResumesAfterAnIncompleteEnd) {
  {
    EventFile file = open();
    log_steps(file, 1, 3);
  }
  const std::string whole = bytes_of(event_path());
  for (size_t n = 0; n < whole.size(); ++n) {
    replace_events(whole.substr(0, n));
    EventFile file = open(2);
    file.write(3, EventSummary().scalar("loss", 3));
    file.flush();
    const EventSteps steps = logged();
    EXPECT_EQ(std::count(steps.begin(), steps.end(), std::pair<int64_t, std::string>(3, "loss")),
              1);
    EXPECT_EQ(file.is_continued(), steps.size() > 1);
  }
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(EventFileTest, MovesDamagedEventsAside) {
  {
    EventFile file = open();
    log_steps(file, 1, 3);
  }
  std::string bytes = bytes_of(event_path());
  const size_t record =
      framed_record(serialized_event(0, 1, EventSummary().scalar("loss", 1))).size();
  bytes[bytes.size() - 2 * record - 6] ^= 1;  // in the data of step 1
  replace_events(bytes);
  open(3);
  EXPECT_THAT(logged(), ElementsAre(Pair(2, "loss"), Pair(3, "loss")));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr(": 1 damaged event; moved to damaged-events.bin")));
  EXPECT_EQ(bytes_of(folder_ / "damaged-events.bin").size(), record);
  bytes = bytes_of(event_path());
  bytes[bytes.size() - record] ^= 1;  // the length of step 3
  replace_events(bytes);
  open(3);
  EXPECT_THAT(logged(), ElementsAre(Pair(2, "loss")));
  EXPECT_THAT(warnings_.back(), AllOf(HasSubstr("1 damaged event, and what follows")));
  EXPECT_EQ(bytes_of(folder_ / "damaged-events.bin").size(), 2 * record);
}

TEST_F(EventFileTest, NewRunRemovesItsEarlierFilesOnly) {
  {
    EventFile file = open();
    log_steps(file, 1, 3);
  }
  const fs::path other = dir_.write("tensorboard/events.out.tfevents.1.host.1.0", "other");
  EventFile file = open();
  EXPECT_THAT(logged(), IsEmpty());
  EXPECT_EQ(bytes_of(other), "other");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2);
}

TEST_F(EventFileTest, ResumesWithoutAFile) {
  EventFile file = open(7);
  EXPECT_FALSE(file.is_continued());
  log_steps(file, 8, 8);
  EXPECT_THAT(logged(), ElementsAre(Pair(8, "loss")));
}

TEST_F(EventFileTest, WritesLaterWhatDidNotFit) {
  EventFile file = open();
  log_steps(file, 1, 1);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = fs::file_size(file.path()) + 10;
  setrlimit(RLIMIT_FSIZE, &small);
  file.write(2, EventSummary().scalar("loss", 2));
  const std::string message = file.path().filename().string() + ": cannot be written";
  EXPECT_THAT([&] { file.flush(); }, fails_on_data(message));
  EXPECT_THAT([&] { file.sync(); }, fails_on_data(message));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_DFL);
  log_steps(file, 3, 3);
  EXPECT_THAT(logged(), ElementsAre(Pair(1, "loss"), Pair(2, "loss"), Pair(3, "loss")));
}

TEST_F(EventFileTest, IsMadeAnewWhereItWasRemoved) {
  EventFile file = open();
  log_steps(file, 1, 2);
  fs::remove(file.path());
  log_steps(file, 3, 3);
  EXPECT_THAT(logged(), ElementsAre(Pair(1, "loss"), Pair(2, "loss"), Pair(3, "loss")));
}

TEST_F(EventFileTest, KeepsWhatCannotBeWrittenUntilItCan) {
  EventFile file = open();
  log_steps(file, 1, 1);
  fs::rename(folder_, dir_ / "away");
  file.write(2, EventSummary().scalar("loss", 2));
  EXPECT_THAT([&] { file.flush(); }, fails_on_data("tensorboard"));
  fs::rename(dir_ / "away", folder_);
  file.sync();
  EXPECT_THAT(logged(), ElementsAre(Pair(1, "loss"), Pair(2, "loss")));
}

TEST_F(EventFileTest, ResumesEachOfSeveralFiles) {
  fs::path first;
  std::string later;
  {
    EventFile file = open();
    log_steps(file, 3, 6);
    later = bytes_of(file.path());
  }
  {
    EventFile file = open();
    log_steps(file, 1, 4);
    first = folder_ / "events.out.tfevents.0000000001.host.1.ae";
    fs::rename(file.path(), first);
  }
  const fs::path last = dir_.write("tensorboard/events.out.tfevents.0000000002.host.1.ae", later);
  const EventFile file = open(3);
  EXPECT_TRUE(file.is_continued());
  EXPECT_FALSE(fs::exists(last)) << "has a new name";
  EXPECT_THAT(logged_in(file.path()), ElementsAre(Pair(3, "loss")));
  EXPECT_THAT(logged_in(first), ElementsAre(Pair(1, "loss"), Pair(2, "loss"), Pair(3, "loss")));
}

TEST_F(EventFileTest, ResumesWithinASecondWithoutLosingAFile) {
  {
    EventFile file = open();
    log_steps(file, 1, 3);
  }
  dir_.write("tensorboard/events.out.tfevents.9999999999.host.1.ae", bytes_of(event_path()));
  open(2);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2);
}

TEST_F(EventFileTest, NamesAFolderThatCannotBeMade) {
  dir_.write("tensorboard", "a file");
  EXPECT_THAT([&] { open(); }, fails_on_data("tensorboard"));
}

}  // namespace
}  // namespace ae
