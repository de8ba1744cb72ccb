#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "fuzz/stored_run.h"

namespace ae {

/// A genuine run that was stopped in its second of two epochs. It has one checkpoint, step(), which
/// is its best and its last. Nothing of it may be changed: copies are.
struct BaseRun {
  std::filesystem::path folder;  ///< of the data and the user's config
  std::filesystem::path config;
  std::filesystem::path data;
  std::string labels;  ///< a column of data; "" where it has none
  std::filesystem::path run;
  std::string step;
  StoredRun content;
};

/// How many there are to choose from.
size_t base_runs();

/// Trains it when first asked for.
const BaseRun& base_run(size_t number);

}  // namespace ae
