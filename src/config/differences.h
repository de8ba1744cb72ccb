#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/json.h"

namespace ae {

/// Values in which two JSON objects differ: "training.epochs was 10 and is now 20".
/// @param path     path of the objects, before the names of their members
/// @param ignored  true for paths that are not compared, nor what is under them
std::vector<std::string> differences(
    const Json& was, const Json& is, const std::string& path = "",
    const std::function<bool(const std::string&)>& ignored = [](const auto&) { return false; });

/// Joins the first few descriptions, and states how many more there are.
std::string joined_briefly(std::vector<std::string> found, size_t shown = 12);

}  // namespace ae
