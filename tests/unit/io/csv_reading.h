#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "content.h"
#include "io/formats/rows.h"
#include "temp_dir.h"

namespace ae {

/// Reads texts as a CSV file.
class CsvReading : public testing::Test {
 protected:
  Table read(std::string_view text, const RowRequest& request = {}) {
    return read_all(dir_.write("a.csv", text), request);
  }
  auto reading(std::string_view text, const RowRequest& request = {}) {
    const auto path = dir_.write("a.csv", text);
    return [path, request] { read_all(path, request); };
  }

  TempDir dir_;
};

}  // namespace ae
