#include "io/byte_reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <random>
#include <thread>

#include "content.h"
#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

std::string noise(size_t n) {
  std::mt19937 random(1);
  std::string bytes(n, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::string read_in_pieces(ByteReader& reader, size_t piece) {
  std::string all;
  std::string part(piece, '\0');
  while (const size_t got = reader.read(part.data(), piece)) all.append(part, 0, got);
  return all;
}

TEST(ByteReader, ReadsPlainAndCompressedContentInPiecesOfAnySize) {
  const TempDir dir;
  const std::string content = noise(700'001);
  const auto plain = dir.write("plain", content);
  const auto packed = dir.write("packed", gzipped(content));
  for (const size_t piece : {size_t{1000}, size_t{4096}, size_t{300'000}, size_t{2'000'000}}) {
    for (const auto& path : {plain, packed}) {
      ByteReader reader(path);
      EXPECT_EQ(reader.peek(5), content.substr(0, 5));
      EXPECT_EQ(reader.position(), 0u);
      EXPECT_TRUE(read_in_pieces(reader, piece) == content) << path << " by " << piece;
      EXPECT_EQ(reader.position(), content.size());
      EXPECT_TRUE(reader.at_end());
    }
  }
}

TEST(ByteReader, RefusesAFileThatIsCutShortWhileItIsRead) {
  const TempDir dir;
  for (const std::string& content : {noise(700'000), gzipped(noise(700'000))}) {
    const auto path = dir.write("file", content);
    ByteReader reader(path);
    std::string part(1000, '\0');
    ASSERT_EQ(reader.read(part.data(), part.size()), part.size());
    std::filesystem::resize_file(path, 300'000);
    EXPECT_THAT([&] { read_in_pieces(reader, 1000); },
                fails_on_data("file: was cut short while it was read", "try again"));
  }
}

TEST(ByteReader, PeekSpansTheBuffer) {
  const TempDir dir;
  const std::string content = noise(600'000);
  ByteReader reader(dir.write("file", gzipped(content)));
  std::string skipped(250'000, '\0');
  ASSERT_EQ(reader.read(skipped.data(), skipped.size()), skipped.size());
  EXPECT_EQ(reader.peek(ByteReader::kMaxPeek), content.substr(250'000, ByteReader::kMaxPeek));
  EXPECT_EQ(read_in_pieces(reader, 1000), content.substr(250'000));
  EXPECT_THAT([&] { reader.peek(ByteReader::kMaxPeek + 1); },
              fails_with(ErrorKind::internal, "peek"));
}

TEST(ByteReader, SurvivesBeingMoved) {
  const TempDir dir;
  const std::string content = noise(600'000);
  ByteReader first(dir.write("file", gzipped(content)));
  std::string start(300'000, '\0');
  first.read_exactly(start.data(), start.size(), "the start");
  ByteReader second(std::move(first));
  EXPECT_EQ(start + read_in_pieces(second, 1000), content);
}

TEST(ByteReader, KnowsSizes) {
  const TempDir dir;
  const ByteReader plain(dir.write("plain", "12345"));
  EXPECT_EQ(plain.plain_size(), 5u);
  EXPECT_EQ(plain.max_content(), 5u);
  const std::string packed = gzipped(std::string(100'000, 'a'));
  const ByteReader compressed(dir.write("packed", packed));
  EXPECT_EQ(compressed.plain_size(), std::nullopt);
  EXPECT_GE(compressed.max_content(), 100'000u);
  EXPECT_LE(compressed.max_content(), packed.size() * 1100);
}

TEST(ByteReader, ReadsAtAnOffset) {
  const TempDir dir;
  const ByteReader reader(dir.write("file", "0123456789"));
  std::string part(3, '\0');
  reader.read_at(4, part.data(), 3, "the rows");
  EXPECT_EQ(part, "456");
  EXPECT_THAT([&] { reader.read_at(8, part.data(), 3, "the rows"); },
              fails_on_data("cut short in the rows", "2 of 3"));
}

TEST(ByteReader, JoinsGzipMembersAndReadsEmptyOnes) {
  const TempDir dir;
  ByteReader reader(
      dir.write("members", gzipped("one,") + gzipped("") + gzipped("two") + gzipped("")));
  EXPECT_EQ(read_in_pieces(reader, 2), "one,two");
  ByteReader empty(dir.write("empty", gzipped("")));
  EXPECT_TRUE(empty.at_end());
}

TEST(ByteReader, ReadsPipesThatHandOutAByteAtATime) {
  const TempDir dir;
  const std::string content = noise(3000);
  for (const std::string& sent : {content, gzipped(content)}) {
    const auto path = dir / "pipe";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    std::thread writer([&] {
      std::ofstream out(path, std::ios::binary);
      for (const char c : sent) out.put(c).flush();
    });
    ByteReader reader(path);
    EXPECT_EQ(reader.plain_size(), std::nullopt);
    EXPECT_EQ(reader.max_content(), std::nullopt);
    EXPECT_EQ(read_in_pieces(reader, 100), content);
    writer.join();
    std::filesystem::remove(path);
  }
}

TEST(ByteReader, RefusesWhatIsNoReadableFile) {
  const TempDir dir;
  EXPECT_THAT([&] { ByteReader reader(dir / "absent"); },
              fails_on_data((dir / "absent").string(), "no such file"));
  EXPECT_THAT([&] { ByteReader reader(dir.write("file", "x") / "below"); },
              fails_on_data("no such file"));
  EXPECT_THAT([&] { ByteReader reader(dir.path()); }, fails_on_data("is a folder"));
}

TEST(ByteReader, NamesWhatIsWrongWithGzip) {
  const TempDir dir;
  const std::string content = noise(5000);
  const std::string packed = gzipped(content);
  const auto read = [&](const std::string& bytes) {
    const auto path = dir.write("file.gz", bytes);
    return [path] {
      ByteReader reader(path);
      read_in_pieces(reader, 100);
    };
  };
  EXPECT_THAT(read(packed.substr(0, 3000)), fails_on_data("file.gz", "cut short after"));
  EXPECT_THAT(read(packed.substr(0, packed.size() - 1)), fails_on_data("cut short after 5000"));
  EXPECT_THAT(read(packed + "garbage"), fails_on_data("bytes follow the end of the gzip stream"));
  EXPECT_THAT(read(packed + packed.substr(0, 20)), fails_on_data("cut short"));
  EXPECT_THAT(read(packed + "\x1f garbage"), fails_on_data("damaged", "incorrect header check"));
  std::string bad_sum = packed;
  bad_sum[packed.size() - 6] ^= 1;  // the checksum is the first half of the last eight bytes
  EXPECT_THAT(read(bad_sum), fails_on_data("damaged", "incorrect data check"));
  std::string bad_length = packed;
  bad_length[packed.size() - 2] ^= 1;
  EXPECT_THAT(read(bad_length), fails_on_data("damaged", "incorrect length check"));
}

TEST(ByteReader, NoticesGzipCutAtAnyLength) {
  const TempDir dir;
  const std::string packed = gzipped("some text, some text, some more text");
  for_each_truncation(packed, [&](std::string_view part) {
    if (part.size() < 2) return;  // no longer gzip
    const auto path = dir.write("file.gz", part);
    EXPECT_THAT(
        [&] {
          ByteReader reader(path);
          read_in_pieces(reader, 7);
        },
        fails_on_data("cut short"))
        << part.size();
  });
}

TEST(ByteReader, NeverReadsChangedGzipAsIfItWereRight) {
  const TempDir dir;
  const std::string content = "some text, some text, some more text";
  const std::string packed = gzipped(content);
  for (size_t i = 0; i < packed.size(); ++i) {
    std::string changed = packed;
    changed[i] ^= 0x10;
    const auto path = dir.write("file.gz", changed);
    try {
      ByteReader reader(path);
      const std::string got = read_in_pieces(reader, 7);
      // Changes of the gzip header may be harmless; the first two bytes are its magic number.
      EXPECT_TRUE(got == content || i < 2) << i;
      EXPECT_LT(i, 10u);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
    }
  }
}

TEST(ByteReader, SaysWhatWasBeingReadWhenTheFileEnds) {
  const TempDir dir;
  ByteReader reader(dir.write("file", "0123456789"));
  std::string part(8, '\0');
  reader.read_exactly(part.data(), 8, "the header");
  EXPECT_THAT([&] { reader.read_exactly(part.data(), 8, "the rows"); },
              fails_on_data("cut short in the rows: got 2 of 8 bytes from byte 8"));
}

}  // namespace
}  // namespace ae
