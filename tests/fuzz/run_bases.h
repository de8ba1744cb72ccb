#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "fuzz/stored_run.h"

namespace ae {

/// An unedited run, stopped in the second of two epochs, with one checkpoint, `step`, which is its
/// best and its last. Read-only: edits are made to copies.
struct BaseRun {
  std::filesystem::path folder;  ///< with the data and the user's config
  std::filesystem::path config;
  std::filesystem::path data;
  std::string labels;  ///< label column of the data; "" for none
  std::filesystem::path run;
  std::string step;
  StoredRun content;
};

/// Number of base runs.
size_t base_runs();

/// A base run, trained at the first call.
const BaseRun& base_run(size_t number);

}  // namespace ae
