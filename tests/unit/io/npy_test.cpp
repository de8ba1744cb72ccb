#include "io/formats/npy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "content.h"
#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

/// A type of .npy files, with the bytes of 0, 1, 2, … 23 (bool: 0, 1, 0, …) in either byte order.
struct StoredType {
  std::string descr;
  DType dtype;
  std::function<std::string(int value, bool big_endian)> number;
};

template <class T>
StoredType stored(std::string descr, DType dtype = DType::float32) {
  return {std::move(descr), dtype, [](int value, bool big_endian) {
            return bytes_of_number(static_cast<T>(value), big_endian);
          }};
}

std::string half_bytes(int value, bool big_endian) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // value = fraction * 2^exponent
  const auto bits =
      value == 0 ? 0 : (exponent - 1 + 15) << 10 | static_cast<int>((fraction * 2 - 1) * 1024);
  return bytes_of_number(static_cast<uint16_t>(bits), big_endian);
}

std::vector<StoredType> all_types() {
  return {{"b1", DType::uint8, [](int v, bool) { return std::string(1, char(v % 2)); }},
          stored<uint8_t>("u1", DType::uint8),
          stored<int8_t>("i1"),
          stored<int16_t>("i2"),
          stored<uint16_t>("u2"),
          stored<int32_t>("i4"),
          stored<uint32_t>("u4"),
          stored<int64_t>("i8"),
          stored<uint64_t>("u8"),
          {"f2", DType::float32, half_bytes},
          stored<float>("f4"),
          stored<double>("f8")};
}

/// Flat C index of each number in the order of storage, for the shape (4, 2, 3).
std::vector<int> storage_order(bool fortran_order) {
  std::vector<int> order(24);
  std::iota(order.begin(), order.end(), 0);
  if (fortran_order) {
    for (int at = 0; at < 24; ++at) {
      order[static_cast<size_t>(at)] = at % 4 * 6 + at / 4 % 2 * 3 + at / 8;
    }
  }
  return order;
}

TEST(Npy, ReadsEveryTypeInEveryOrder) {
  const TempDir dir;
  for (const StoredType& type : all_types()) {
    for (const bool big_endian : {false, true}) {
      for (const bool fortran_order : {false, true}) {
        for (const bool compressed : {false, true}) {
          std::string data;
          for (const int value : storage_order(fortran_order))
            data += type.number(value, big_endian);
          const std::string descr = (big_endian ? ">" : "<") + type.descr;
          const std::string file = npy(descr, "4, 2, 3", data, fortran_order);
          SCOPED_TRACE(descr + (fortran_order ? " Fortran" : " C") + (compressed ? " gzip" : ""));
          const Table table = read_all(dir.write("a.npy", compressed ? gzipped(file) : file));
          EXPECT_EQ(table.info.dtype, type.dtype);
          EXPECT_THAT(table.info.shape, ElementsAre(2, 3));
          EXPECT_EQ(table.info.count, 4);
          EXPECT_EQ(table.rows, 4);
          std::vector<double> expected(24);
          std::iota(expected.begin(), expected.end(), 0);
          if (type.descr == "b1") {
            for (double& value : expected) value = static_cast<int>(value) % 2;
          }
          EXPECT_EQ(table.values, expected);
        }
      }
    }
  }
}

TEST(Npy, ReadsNegativeAndExtremeNumbers) {
  const TempDir dir;
  const auto values = [&](const std::string& descr, const std::string& data, size_t n) {
    return read_all(dir.write("a.npy", npy(descr, std::to_string(n) + ",", data))).values;
  };
  EXPECT_THAT(values("|i1", bytes_of_numbers<int8_t>({-128, -1, 127}), 3),
              ElementsAre(-128, -1, 127));
  EXPECT_THAT(values("<u8", bytes_of_numbers<uint64_t>({UINT64_MAX}), 1), ElementsAre(0x1p64));
  EXPECT_THAT(values("<i8", bytes_of_numbers<int64_t>({INT64_MIN}), 1), ElementsAre(-0x1p63));
  // float16: -2, the largest, the smallest normal, the smallest subnormal.
  EXPECT_THAT(
      values("<f2", bytes_of_numbers<uint16_t>({0xc000, 0x7bff, 0x0400, 0x0001, 0x8000}), 5),
      ElementsAre(-2, 65504, 0x1p-14, 0x1p-24, 0));
  EXPECT_THAT(values("<f8", bytes_of_numbers<double>({1e-300, 3.4e38}), 2),
              ElementsAre(0, 3.4e38f));
}

TEST(Npy, MakesRowsOfAnyRank) {
  const TempDir dir;
  const auto shape = [&](const std::string& text, size_t n) {
    return read_all(dir.write("a.npy", npy("|u1", text, std::string(n, '\1')))).info.shape;
  };
  EXPECT_THAT(shape("6,", 6), ElementsAre(1));
  EXPECT_THAT(shape("2, 3", 6), ElementsAre(3));
  EXPECT_THAT(shape("2, 3, 4", 24), ElementsAre(3, 4));
  EXPECT_THAT(shape("2, 1, 3, 4", 24), ElementsAre(1, 3, 4));
  EXPECT_THAT(shape("2L, 3L", 6), ElementsAre(3));
}

TEST(Npy, ReadsVersionsOneToThree) {
  const TempDir dir;
  const std::string first = npy("|u1", "2, 1", "ab");
  for (const char version : {'\2', '\3'}) {
    std::string later = first;
    later[6] = version;
    later.insert(10, 2, '\0');  // four bytes of length instead of two
    EXPECT_THAT(read_all(dir.write("a.npy", later)).values, ElementsAre('a', 'b'));
  }
  std::string future = first;
  future[6] = '\4';
  EXPECT_THAT([&] { read_all(dir.write("a.npy", future)); }, fails_on_data("version 4.0", "1.0"));
}

TEST(Npy, ReadsFortranOrderLargerThanABlock) {
  const TempDir dir;
  const size_t rows = 300'000;
  const size_t columns = 40;
  std::vector<float> data(rows * columns);
  for (size_t column = 0; column < columns; ++column) {
    for (size_t row = 0; row < rows; ++row) {
      data[column * rows + row] = static_cast<float>(row * columns + column);
    }
  }
  const std::string shape = std::to_string(rows) + ", " + std::to_string(columns);
  const auto reader =
      open_rows(dir.write("a.npy", npy("<f4", shape, bytes_of_numbers(data), true)));
  std::vector<float> block(7001 * columns);
  size_t next = 0;
  size_t wrong = 0;
  while (const int64_t got = reader->read(7001, block.data())) {
    for (size_t i = 0; i < static_cast<size_t>(got) * columns; ++i, ++next) {
      wrong += block[i] != static_cast<float>(next);
    }
  }
  EXPECT_EQ(next, rows * columns);
  EXPECT_EQ(wrong, 0u);
}

TEST(Npy, RefusesNumbersThatCannotBeDelivered) {
  const TempDir dir;
  const auto read = [&](const std::string& descr, const std::string& shape, const std::string& data,
                        bool fortran_order = false) {
    const auto path = dir.write("a.npy", npy(descr, shape, data, fortran_order));
    return [path] { read_all(path); };
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_THAT(read("<f4", "2, 3", bytes_of_numbers<float>({0, 1, 2, 3, nan, 5})),
              fails_on_data("a.npy: at index [1, 1]: NaN; expected finite", "remove"));
  EXPECT_THAT(read("<f4", "2, 3", bytes_of_numbers<float>({0, 1, 2, 3, nan, 5}), true),
              fails_on_data("a.npy: at index [0, 2]: NaN"));
  EXPECT_THAT(read(">f4", "2, 1, 3", bytes_of_numbers<float>({0, 1, 2, 3, 4, -inf}, true)),
              fails_on_data("at index [1, 0, 2]: -inf"));
  EXPECT_THAT(read("<f8", "3,", bytes_of_numbers<double>({0, 1e300, 2})),
              fails_on_data("at index [1]: 1e+300 does not fit float32", "scale"));
  EXPECT_THAT(read("<f8", "3,", bytes_of_numbers<double>({0, 1, nan})),
              fails_on_data("at index [2]: NaN"));
  EXPECT_THAT(read("<f2", "2,", bytes_of_numbers<uint16_t>({0, 0x7e00})),
              fails_on_data("at index [1]: NaN"));
  EXPECT_THAT(read("<f2", "2,", bytes_of_numbers<uint16_t>({0, 0xfc00})),
              fails_on_data("at index [1]: -inf"));
  EXPECT_THAT(read("|b1", "3,", std::string("\0\1\7", 3)),
              fails_on_data("at index [2]: bool stored as byte 7"));
}

TEST(Npy, FindsABadNumberFarInTheFile) {
  const TempDir dir;
  std::vector<double> data(1'000'000);
  data[777'777] = std::numeric_limits<double>::infinity();
  const auto path = dir.write("a.npy", npy("<f8", "100000, 10", bytes_of_numbers(data)));
  EXPECT_THAT([&] { read_all(path, {}, 1000); }, fails_on_data("[77777, 7]: inf"));
  std::vector<float> floats(1'000'000);
  floats[777'777] = -std::numeric_limits<float>::infinity();
  const auto direct = dir.write("b.npy", npy("<f4", "100000, 10", bytes_of_numbers(floats)));
  EXPECT_THAT([&] { read_all(direct, {}, 100'000); }, fails_on_data("[77777, 7]: -inf"));
}

TEST(Npy, RefusesOtherTypes) {
  const TempDir dir;
  const auto open = [&](const std::string& descr) {
    const auto path = dir.write("a.npy", npy(descr, "2,", "0123456789abcdef"));
    return [path] { open_rows(path); };
  };
  EXPECT_THAT(open("|O"), fails_on_data("type \"|O\" (Python objects)", "float32"));
  EXPECT_THAT(open("<c8"), fails_on_data("type \"<c8\"", "expected bool, int8 to int64"));
  EXPECT_THAT(open("<U5"), fails_on_data("type \"<U5\""));
  EXPECT_THAT(open("<M8[ns]"), fails_on_data("type \"<M8[ns]\""));
  EXPECT_THAT(open("?f4"), fails_on_data("type \"?f4\""));
  EXPECT_THAT(open(""), fails_on_data("type \"\""));
  std::string records = npy("XXXXXXXXXXXXXXXXXX", "2,", "0123456789abcdef");
  records.replace(records.find("'XXXXXXXXXXXXXXXXXX'"), 20, "[('a', '<f4')]      ");
  EXPECT_THAT([&] { open_rows(dir.write("a.npy", records)); },
              fails_on_data("records (a structured dtype)"));
}

TEST(Npy, ChecksDeclaredSizesAgainstTheFile) {
  const TempDir dir;
  const auto open = [&](const std::string& shape, size_t bytes, bool compressed = false) {
    const std::string file = npy("<f4", shape, std::string(bytes, '\0'));
    const auto path = dir.write("a.npy", compressed ? gzipped(file) : file);
    return [path] { read_all(path); };
  };
  EXPECT_THAT(open("2, 3", 23),
              fails_on_data("cut short", "(2, 3) of float32, 24 bytes", "but 23"));
  EXPECT_THAT(open("2, 3", 25), fails_on_data("trailing bytes", "24 bytes, but 25 follow"));
  EXPECT_THAT(open("1000000000, 1000000", 24), fails_on_data("cut short"));
  EXPECT_THAT(open("4611686018427387904, 4", 24), fails_on_data("more than a file can hold"));
  EXPECT_THAT(open("9223372036854775808, 4", 24), fails_on_data("expected a size before"));
  EXPECT_THAT(open("0, 3", 0), fails_on_data("holds no rows (shape (0, 3))"));
  EXPECT_THAT(open("3, 0", 0), fails_on_data("rows hold no numbers (shape (3, 0))"));
  EXPECT_THAT(open("", 4), fails_on_data("a single number"));
  EXPECT_THAT(open("2, 3", 20, true), fails_on_data("cut short in the rows"));
  EXPECT_THAT(open("2, 3", 25, true), fails_on_data("bytes follow the last of 2 rows"));
  EXPECT_THAT(open("1000000000, 1000000", 24, true), fails_on_data("cut short", "compressed"));
}

TEST(Npy, ChecksSizesOfCompressedFortranOrder) {
  const TempDir dir;
  const auto read = [&](size_t bytes) {
    const auto path =
        dir.write("a.npy", gzipped(npy("<f4", "2, 3", std::string(bytes, '\0'), true)));
    return [path] { read_all(path); };
  };
  EXPECT_THAT(read(20), fails_on_data("cut short in the rows"));
  EXPECT_THAT(read(25), fails_on_data("bytes follow the last of 2 rows"));
}

TEST(Npy, TakesNoMoreMemoryThanThereIsForCompressedFortranOrder) {
  const TempDir dir;
  // A terabyte, which a compressed file of this size may contain.
  const std::string begin(300'000, '\0');
  const auto path = dir.write("a.npy", gzipped(npy("<f4", "125000000000, 2", begin, true)));
  std::filesystem::resize_file(path, 1'100'000'000);
  EXPECT_THAT([&] { read_all(path); }, fails_on_data("no memory for 953674 MB", "decompress"));
}

TEST(Npy, NoticesTruncationAtEveryLength) {
  const TempDir dir;
  for (const bool fortran_order : {false, true}) {
    const std::string file = npy("<i2", "2, 3", "abcdefghijkl", fortran_order);
    for_each_truncation(file, [&](std::string_view part) {
      EXPECT_THAT([&] { read_all(dir.write("a.npy", part)); }, fails_on_data("a.npy"))
          << part.size();
    });
  }
}

TEST(Npy, RefusesMalformedHeaders) {
  const TempDir dir;
  const auto open = [&](const std::string& header) {
    std::string file = "\x93NUMPY" + std::string("\1\0", 2) +
                       bytes_of_number(static_cast<uint16_t>(header.size())) + header + "abcdef";
    const auto path = dir.write("a.npy", file);
    return [path] { open_rows(path); };
  };
  const std::string good = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }";
  EXPECT_NO_THROW(open(good)());
  EXPECT_NO_THROW(open("{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"|u1\"}\n")());
  EXPECT_THAT(open("{'descr': '|u1', 'shape': (2, 3)}"), fails_on_data("a key is missing"));
  EXPECT_THAT(open("{'descr': '|u1', 'descr': '|u1'}"), fails_on_data("duplicate key \"descr\""));
  EXPECT_THAT(open(good + "x"), fails_on_data("\"x\" after the dictionary"));
  EXPECT_THAT(open("{'descr': '|u1"), fails_on_data("malformed"));
  EXPECT_THAT(open("{'fortran_order': Maybe}"), fails_on_data("expected True or False"));
  EXPECT_THAT(open("{'shape': (-2, 3)}"), fails_on_data("expected a size before \"-2, 3)}\""));
  EXPECT_THAT(open("{'shape': (1,1,1,1,1,1,1,1,1)}"), fails_on_data("more than 8 axes"));
  EXPECT_THAT(open(""), fails_on_data("expected '{'"));
  std::string long_header = npy("|u1", "2, 3", "abcdef");
  long_header[6] = '\2';
  long_header.replace(8, 4, "\xff\xff\xff\x7f");
  EXPECT_THAT([&] { open_rows(dir.write("a.npy", long_header)); },
              fails_on_data("header of 2147483647 bytes"));
}

TEST(Npy, NeverCrashesOnAChangedByte) {
  const TempDir dir;
  for (const bool fortran_order : {false, true}) {
    const std::string good = npy("<f4", "2, 3", std::string(24, '\0'), fortran_order);
    for (size_t i = 0; i < good.size(); ++i) {
      for (const int change : {0x01, 0x04, 0x10, 0x80}) {
        std::string changed = good;
        changed[i] = static_cast<char>(changed[i] ^ change);
        try {
          read_all(dir.write("a.npy", changed));
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
        }
      }
    }
  }
}

TEST(Npy, HasNoNamedColumns) {
  const TempDir dir;
  const auto path = dir.write("a.npy", npy("|u1", "2,", "ab"));
  EXPECT_THAT([&] { open_rows(path, {.label_column = "y"}); },
              fails_with(ErrorKind::usage, "column \"y\"", "no named columns"));
  EXPECT_NO_THROW(open_rows(path, {.columns = {"x"}}));
}

TEST(NpyWriter, WritesWhatTheReaderReads) {
  const TempDir dir;
  NpyWriter writer(dir / "a.npy", NpyType::float32, {2, 3});
  const std::vector<float> values = {0, -1, 2.5f, 3, 4, 1e-40f, 6, 7, 8, 9, 3e38f, 11};
  writer.write(values.data(), 0);
  writer.write(values.data(), 1);
  writer.write(values.data() + 6, 1);
  EXPECT_EQ(dir.entries(), 1u);
  EXPECT_FALSE(std::filesystem::exists(dir / "a.npy"));
  writer.commit();
  const Table table = read_all(dir / "a.npy");
  EXPECT_EQ(table.info.count, 2);
  EXPECT_THAT(table.info.shape, ElementsAre(2, 3));
  EXPECT_THAT(table.values, ElementsAreArray(std::vector<double>(values.begin(), values.end())));
}

TEST(NpyWriter, WritesBytesAndWholeNumbersOfAnyRank) {
  const TempDir dir;
  NpyWriter bytes(dir / "bytes.npy", NpyType::uint8, {2});
  bytes.write("\0\1\2\xff", 2);
  bytes.commit();
  EXPECT_THAT(read_all(dir / "bytes.npy").values, ElementsAre(0, 1, 2, 255));
  NpyWriter numbers(dir / "numbers.npy", NpyType::int64, {});
  const std::vector<int64_t> values = {INT64_MIN, -1, INT64_MAX};
  numbers.write(values.data(), 3);
  numbers.commit();
  EXPECT_EQ(read_labels(dir / "numbers.npy").values, values);
  const std::string file = bytes_of(dir / "numbers.npy");
  EXPECT_EQ((file.size() - 24) % 64, 0u);  // as NumPy aligns the data
  EXPECT_NE(file.find("'descr': '<i8', 'fortran_order': False, 'shape': (3,), }"),
            std::string::npos);
}

}  // namespace
}  // namespace ae
