#include "fuzz/target.h"
#include "inference/trained_model.h"
#include "runs/inspect.h"
#include "temp_dir.h"

namespace ae {

// The input is a model.safetensors without a state.json, so that no checksum refuses it.
void try_bytes(std::string_view bytes) {
  static const TempDir place;
  place.write("model.safetensors", bytes);
  refusable([&] { inspection_text(inspect(place.path())); });
  refusable([&] {
    const TrainedModel trained = load_trained_model(place.path(), at::kCPU, Unverified::use);
    if (trained.model->parameter_count() * 4 > static_cast<int64_t>(bytes.size())) {
      report("the model is larger than its file");
    }
  });
}

}  // namespace ae
