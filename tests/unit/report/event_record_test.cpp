#include "report/tensorboard/record.h"

#include <gmock/gmock.h>

#include <string>

#include "report/tensorboard/protobuf.h"
#include "temp_dir.h"

namespace ae {
namespace {

TEST(RecordTest, HasTheChecksumsOfTheFormat) {
  // RFC 3720, appendix B.4.
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(RecordTest, IsFramedAsByTensorBoard) {
  // Written by tensorboard.summary.writer.record_writer.RecordWriter.
  EXPECT_EQ(framed_record("abc"), std::string("\x03\0\0\0\0\0\0\0\xb0\x99\x49\x0e"
                                              "abc\x6e\x57\xf1\x21",
                                              19));
}

TEST(RecordTest, ReadsBackWhatWasFramed) {
  const TempDir dir;
  const std::string zeros(100'000, '\0');
  RecordReader records(
      dir.write("records", framed_record("a") + framed_record("") + framed_record(zeros)));
  for (const std::string& data : {std::string("a"), std::string(), zeros}) {
    ASSERT_EQ(records.next(), RecordReader::Result::record);
    EXPECT_EQ(records.data(), data);
    EXPECT_EQ(records.framed(), framed_record(data));
  }
  EXPECT_EQ(records.next(), RecordReader::Result::end);
}

TEST(RecordTest, TellsDamageFromAnIncompleteEnd) {
  using Result = RecordReader::Result;
  const TempDir dir;
  const std::string record = framed_record("abc");
  for (size_t n = 0; n <= record.size(); ++n) {
    RecordReader records(dir.write("records", record.substr(0, n)));
    EXPECT_EQ(records.next(), n == 0               ? Result::end
                              : n == record.size() ? Result::record
                                                   : Result::torn);
  }
  for (size_t i = 0; i < record.size(); ++i) {
    std::string damaged = record;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    RecordReader records(dir.write("records", damaged));
    EXPECT_EQ(records.next(), i < 12 ? Result::lost : Result::damaged) << i;
  }
}

TEST(ProtobufTest, WritesTheWireFormat) {
  ProtobufMessage message;
  message.integer(1, 150).text(2, "testing").integer(3, -1).number(4, 1.0F).number(16, 1.0);
  // 150 and "testing" are the examples of the format's documentation.
  EXPECT_EQ(message.serialized(),
            std::string("\x08\x96\x01\x12\x07testing\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                        "\x25\0\0\x80\x3f\x81\x01\0\0\0\0\0\0\xf0\x3f",
                        38));
  EXPECT_EQ(protobuf_integer(message.serialized(), 1), 150);
  EXPECT_EQ(protobuf_integer(message.serialized(), 3), -1);
  EXPECT_EQ(protobuf_integer(message.serialized(), 9), 0);
  EXPECT_EQ(protobuf_bytes(message.serialized(), 2), "testing");
  EXPECT_EQ(protobuf_bytes(message.serialized(), 9), "");
}

TEST(ProtobufTest, ReplacesIllFormedText) {
  EXPECT_EQ(protobuf_bytes(ProtobufMessage().text(1, "a\xff\xc3\xa9").serialized(), 1),
            "a\xef\xbf\xbd\xc3\xa9");
}

TEST(ProtobufTest, RefusesDamagedMessages) {
  const std::string cut = ProtobufMessage().text(2, "testing").serialized().substr(0, 5);
  EXPECT_FALSE(protobuf_bytes(cut, 2));
  EXPECT_FALSE(protobuf_integer(cut, 1));
  EXPECT_FALSE(protobuf_integer(std::string(11, '\xff'), 1));
  EXPECT_FALSE(protobuf_integer("\x0f", 1));  // an unknown wire type
}

}  // namespace
}  // namespace ae
