#include "io/formats/safetensors_file.h"
#include "io/formats/safetensors_writer.h"

#include <gtest/gtest.h>

#include <random>

#include "content.h"
#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string text_of(const TensorEntry& tensor) {
  return {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()};
}

/// A file with this header and this many bytes of data.
std::string with_header(const std::string& header, size_t data_bytes) {
  return bytes_of_number(uint64_t{header.size()}) + header + std::string(data_bytes, 'd');
}

class Safetensors : public testing::Test {
 protected:
  auto reading(const std::string& bytes) {
    const auto path = dir_.write("a.safetensors", bytes);
    return [path] { SafetensorsFile::read(path); };
  }
  auto reading(const std::string& header, size_t data_bytes) {
    return reading(with_header(header, data_bytes));
  }

  TempDir dir_;
};

TEST_F(Safetensors, KeepsEverythingThatIsWritten) {
  const auto path = dir_ / "a.safetensors";
  const std::vector<TensorEntry> tensors = {
      {"b.weight", SafetensorsType::f32, {2, 1}, as_bytes("12345678")},
      {"a \"quoted\" näme", SafetensorsType::u8, {3}, as_bytes("xyz")},
      {"scalar", SafetensorsType::f64, {}, as_bytes("ABCDEFGH")},
      {"empty", SafetensorsType::i64, {0, 7}, {}},
      {"half", SafetensorsType::bf16, {1}, as_bytes("hh")}};
  write_safetensors(path, tensors, {{"format", "pt"}, {"config", "{\"a\": [1]}\n"}});
  EXPECT_EQ(dir_.entries(), 1u);

  SafetensorsFile moved = SafetensorsFile::read(path);
  const SafetensorsFile file = std::move(moved);
  EXPECT_THAT(file.metadata(), ElementsAre(Pair("config", "{\"a\": [1]}\n"), Pair("format", "pt")));
  ASSERT_EQ(file.tensors().size(), tensors.size());
  for (const TensorEntry& expected : tensors) {
    const TensorEntry* tensor = file.find(expected.name);
    ASSERT_NE(tensor, nullptr) << expected.name;
    EXPECT_EQ(tensor->type, expected.type);
    EXPECT_EQ(tensor->shape, expected.shape);
    EXPECT_EQ(text_of(*tensor), text_of(expected));
  }
  EXPECT_EQ(file.find("absent"), nullptr);
  EXPECT_EQ(file.tensors().front().name, "b.weight");
}

TEST_F(Safetensors, ReadsTheHeaderAlone) {
  const auto path = dir_ / "a.safetensors";
  const std::vector<TensorEntry> tensors = {{"w", SafetensorsType::i16, {2}, as_bytes("1234")}};
  write_safetensors(path, tensors, {{"k", "v"}});
  const SafetensorsFile file = SafetensorsFile::read_header(path);
  EXPECT_THAT(file.metadata(), ElementsAre(Pair("k", "v")));
  ASSERT_EQ(file.tensors().size(), 1u);
  EXPECT_THAT(file.find("w")->shape, ElementsAre(2));
  EXPECT_THAT(file.find("w")->bytes, IsEmpty());
}

TEST_F(Safetensors, WritesAlignedAndRepeatableBytes) {
  const std::vector<TensorEntry> tensors = {{"w", SafetensorsType::u8, {3}, as_bytes("xyz")}};
  for (const std::string& value : {std::string(), std::string("1"), std::string("12345")}) {
    write_safetensors(dir_ / "a", tensors, {{"k", value}});
    write_safetensors(dir_ / "b", tensors, {{"k", value}});
    const std::string bytes = bytes_of(dir_ / "a");
    EXPECT_EQ(bytes, bytes_of(dir_ / "b"));
    EXPECT_EQ((bytes.size() - 3) % 8, 0u);
  }
  write_safetensors(dir_ / "a", tensors, {});
  EXPECT_EQ(
      bytes_of(dir_ / "a"),
      with_header("{\"w\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}   ", 0) + "xyz");
  write_safetensors(dir_ / "none", {}, {});
  EXPECT_THAT(SafetensorsFile::read(dir_ / "none").tensors(), IsEmpty());
}

TEST_F(Safetensors, NamesEveryType) {
  for (int i = 0; i <= static_cast<int>(SafetensorsType::boolean); ++i) {
    const auto type = static_cast<SafetensorsType>(i);
    const std::string data(2 * safetensors_type_bytes(type), '\1');
    const std::vector<TensorEntry> tensors = {{"w", type, {2}, as_bytes(data)}};
    write_safetensors(dir_ / "a", tensors, {});
    EXPECT_EQ(SafetensorsFile::read(dir_ / "a").find("w")->type, type)
        << safetensors_type_name(type);
  }
}

TEST_F(Safetensors, RefusesToWriteWhatDoesNotAgree) {
  const std::vector<TensorEntry> twice = {{"w", SafetensorsType::u8, {1}, as_bytes("x")},
                                          {"w", SafetensorsType::u8, {1}, as_bytes("x")}};
  EXPECT_THAT([&] { write_safetensors(dir_ / "a", twice, {}); },
              fails_with(ErrorKind::internal, "two tensors called \"w\""));
  const std::vector<TensorEntry> misshapen = {
      {"w", SafetensorsType::f32, {3}, as_bytes("12345678")}};
  EXPECT_THAT([&] { write_safetensors(dir_ / "a", misshapen, {}); },
              fails_with(ErrorKind::internal, "\"w\" has 8 bytes"));
  EXPECT_EQ(dir_.entries(), 0u);
}

TEST_F(Safetensors, RefusesBadLengths) {
  EXPECT_THAT(reading("1234567"), fails_on_data("a.safetensors: cut short: 7 bytes"));
  EXPECT_THAT(reading(bytes_of_number(uint64_t{200}) + "{}"),
              fails_on_data("declares a header of 200 bytes, but 2 follow"));
  EXPECT_THAT(reading(bytes_of_number(uint64_t{1} << 60) + "{}"),
              fails_on_data("at most 100000000"));
  EXPECT_THAT(reading(gzipped(with_header("{}", 0))), fails_on_data("is compressed"));
}

TEST_F(Safetensors, RefusesOtherJson) {
  EXPECT_THAT(reading("", 0), fails_on_data("begins with \"\"; expected '{'"));
  EXPECT_THAT(reading(" {}", 0), fails_on_data("begins with \" \""));
  EXPECT_THAT(reading("[]", 0), fails_on_data("begins with \"[\""));
  EXPECT_THAT(reading("{", 0), fails_on_data("not valid JSON"));
  EXPECT_THAT(reading("{} {}", 0), fails_on_data("not valid JSON"));
  EXPECT_THAT(reading("{\"w\":1}", 0), fails_on_data("1 at key \"w\""));
  EXPECT_THAT(reading("{\"w\":[]}", 0), fails_on_data("a list at key \"w\""));
  EXPECT_THAT(reading("{\"w\":null}", 0), fails_on_data("null"));
  EXPECT_THAT(reading("{\"w\":{\"a\":{}}}", 0), fails_on_data("unknown or duplicate key"));
  EXPECT_THAT(reading("{\"w\":{\"shape\":{}}}", 0), fails_on_data("an object at key"));
  EXPECT_THAT(reading("{\"w\":{\"shape\":[[1]]}}", 0), fails_on_data("a list"));
  EXPECT_THAT(reading("{\"w\":{\"shape\":[-1]}}", 0), fails_on_data("-1"));
  EXPECT_THAT(reading("{\"w\":{\"shape\":[1.5]}}", 0), fails_on_data("1.5"));
  EXPECT_THAT(reading("{\"w\":{\"shape\":[true]}}", 0), fails_on_data("a boolean"));
  EXPECT_THAT(reading("{\"w\":{\"shape\":[1],\"shape\":[1]}}", 0), fails_on_data("duplicate key"));
  EXPECT_THAT(reading("{\"w\":{\"dtype\":\"F32\"}}", 0), fails_on_data("\"w\" lacks one of"));
  EXPECT_THAT(reading("{\"w\":{\"dtype\":\"F7\"}}", 0), fails_on_data("type \"F7\"", "F64, F32"));
  EXPECT_THAT(reading("{\"w\":{\"data_offsets\":[1]}}", 0), fails_on_data("two offsets"));
  EXPECT_THAT(reading("{\"w\":{\"data_offsets\":[1,2,3]}}", 0), fails_on_data("3 at key"));
  EXPECT_THAT(reading("{\"__metadata__\":{\"a\":1}}", 0), fails_on_data("1 at key \"a\""));
  EXPECT_THAT(reading("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0),
              fails_on_data("a duplicate key"));
  EXPECT_THAT(reading("{\"__metadata__\":{},\"__metadata__\":{}}", 0), fails_on_data("twice"));
  EXPECT_THAT(reading("{\"\xff\":1}", 0), fails_on_data("not valid JSON"));
  std::string axes;
  for (int i = 0; i < 65; ++i) axes += i == 0 ? "1" : ",1";
  EXPECT_THAT(reading("{\"w\":{\"shape\":[" + axes + "]}}", 0), fails_on_data("axis 65"));
}

TEST_F(Safetensors, StandsDeepNesting) {
  EXPECT_THAT(reading(std::string(1'000'000, '{'), 0), fails_on_data("not valid JSON"));
  EXPECT_THAT(reading("{\"w\":" + std::string(1'000'000, '['), 0), fails_on_data("a list"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_THAT(reading(objects, 0), fails_on_data("unknown or duplicate key"));
}

std::string entry(const std::string& name, const std::string& shape, uint64_t begin, uint64_t end) {
  return fmt::format(R"("{}":{{"dtype":"F32","shape":[{}],"data_offsets":[{},{}]}})", name, shape,
                     begin, end);
}

TEST_F(Safetensors, RefusesTensorsThatDoNotTileTheData) {
  const auto read = [&](const std::string& entries, size_t data_bytes) {
    return reading("{" + entries + "}", data_bytes);
  };
  EXPECT_NO_THROW(read(entry("b", "1", 4, 8) + "," + entry("a", "1", 0, 4), 8)());
  EXPECT_NO_THROW(read(entry("a", "1", 0, 4) + "," + entry("z", "0", 4, 4), 4)());
  EXPECT_THAT(read(entry("a", "2", 0, 8) + "," + entry("b", "1", 4, 8), 8),
              fails_on_data("\"b\" begins at byte 4", "expected 8"));
  EXPECT_THAT(read(entry("a", "1", 0, 4) + "," + entry("b", "1", 8, 12), 12),
              fails_on_data("\"b\" begins at byte 8", "expected 4"));
  EXPECT_THAT(read(entry("a", "1", 4, 8), 8), fails_on_data("begins at byte 4"));
  EXPECT_THAT(read(entry("a", "1", 0, 4), 5), fails_on_data("1 bytes follow the last tensor"));
  EXPECT_THAT(read(entry("a", "2", 0, 8), 7), fails_on_data("lies at bytes 0 to 8", "has 7"));
  EXPECT_THAT(read(entry("a", "1", 8, 4), 8), fails_on_data("lies at bytes 8 to 4"));
  EXPECT_THAT(read(entry("a", "3", 0, 8), 8), fails_on_data("\"a\" has 8 bytes", "F32"));
  EXPECT_THAT(read(entry("a", "4611686018427387904,4", 0, 0), 0), fails_on_data("\"a\" has 0"));
  EXPECT_THAT(read(entry("a", "18446744073709551615", 0, 4), 4), fails_on_data("18446744073709"));
  EXPECT_THAT(read(entry("a", "1", 0, UINT64_MAX), 4), fails_on_data("lies at bytes"));
  EXPECT_THAT(read(entry("a", "1", 0, 4) + "," + entry("a", "1", 4, 8), 8),
              fails_on_data("\"a\" twice"));
}

class DamagedSafetensors : public Safetensors {
 protected:
  std::string good_file() {
    const std::vector<TensorEntry> tensors = {
        {"w", SafetensorsType::f32, {2, 1}, as_bytes("12345678")},
        {"b", SafetensorsType::u8, {3}, as_bytes("xyz")}};
    write_safetensors(dir_ / "good", tensors, {{"k", "v"}});
    return bytes_of(dir_ / "good");
  }
};

TEST_F(DamagedSafetensors, IsNoticedWhenCutAtAnyLength) {
  for_each_truncation(good_file(), [&](std::string_view part) {
    const auto path = dir_.write("cut", part);
    EXPECT_THAT([&] { SafetensorsFile::read(path); }, fails_on_data("cut:")) << part.size();
    EXPECT_THAT([&] { SafetensorsFile::read_header(path); }, fails_on_data("cut:")) << part.size();
  });
}

TEST_F(DamagedSafetensors, NeverCrashesWhateverBytesChange) {
  const std::string good = good_file();
  const auto read_quietly = [&](const std::string& bytes) {
    try {
      SafetensorsFile::read(dir_.write("changed", bytes));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
    }
  };
  for (size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = good;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      read_quietly(changed);
    }
  }
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    std::string changed = good;
    for (int n = 0; n < 3; ++n)
      changed[8 + random() % (changed.size() - 8)] = "{}[]\",:09ab\\-"[random() % 13];
    read_quietly(changed);
  }
}

}  // namespace
}  // namespace ae
