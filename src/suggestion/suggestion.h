#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace ae {

/// Goals of a model: "code", "anomaly", "denoise", "generate", "features".
std::span<const std::string> goal_names();

/// A commented config for a file of rows, which trains well as it is: columns and their types,
/// preprocessing, likelihood, widths and lengths, each with its reason.
/// @param file  as the config is to name it
/// @param goal  one of goal_names()
/// @throws Error(data) if the file cannot be read as rows
std::string suggested_config(const std::string& file, const std::string& data_root,
                             const std::string& goal);

}  // namespace ae
