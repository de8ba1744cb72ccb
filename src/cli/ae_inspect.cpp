#include "cli/program.h"
#include "runs/inspect.h"

int main(int argc, char** argv) {
  using namespace ae;
  Program program("ae-inspect",
                  "Prints the content of a run or a checkpoint: config, preprocessing, last "
                  "metrics, tensors.");
  std::filesystem::path path;
  program.app()
      .add_option("RUN", path, "A run directory, a checkpoint in one, or a .safetensors file")
      ->required()
      ->check(not_empty());
  exit_process(program.run(argc, argv, [&] {
    const Json inspection = inspect(path);
    program.print_result(inspection, inspection_text(inspection));
    return 0;
  }));
}
