#include "run_directory/build_info.h"

#include <torch/version.h>

#include "version.h"

namespace ae {

const char* version() { return kVersion; }

Json build_info() {
  return {{"ae", kVersion},
          {"git_commit", kGitCommit},
          {"libtorch", TORCH_VERSION},
          {"compiler", kCompiler},
          {"build_type", kBuildType}};
}

}  // namespace ae
