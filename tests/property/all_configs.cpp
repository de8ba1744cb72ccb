#include "all_configs.h"

#include <spdlog/fmt/fmt.h>

namespace ae {

Json convolutional(const Json& network, const std::vector<int64_t>& shape, const Json& model) {
  return layered({{"data", {{"shape", shape}}},
                  {"model", {{"encoder", layered({{"type", "conv"}}, network)}}}},
                 model);
}

std::map<std::string, Json> convolutional_configs() {
  const Json vae = {{"model", {{"kind", "vae"}}}};
  const Json layers = {{{"channels", 3}, {"kernel", 5}, {"stride", 1}},
                       {{"channels", 4}, {"kernel", 2}, {"stride", 3}},
                       {{"channels", 2}, {"kernel", 1}, {"stride", 1}}};
  std::map<std::string, Json> configs;
  for (const char* padding : {"same", "valid"}) {
    for (const int64_t kernel : {1, 2, 3, 4}) {
      for (const int64_t stride : {1, 2, 3}) {
        const Json network = {
            {"channels", {3, 2}}, {"kernel", kernel}, {"stride", stride}, {"padding", padding}};
        const std::string what =
            fmt::format("conv, {}, kernel {}, stride {}", padding, kernel, stride);
        configs[what] = convolutional(network, {2, 17, 14});
        configs[what + ", one axis"] = convolutional(network, {2, 15});
      }
    }
    configs[fmt::format("conv vae, {}", padding)] = convolutional(
        {{"layers", layers}, {"padding", padding}, {"hidden", {6, 5}}}, {2, 11, 9}, vae);
  }
  configs["conv vae of images without channels"] =
      convolutional({{"channels", {4, 6}}, {"hidden", {5}}}, {1, 9, 7}, vae);
  configs["conv to one place"] =
      convolutional({{"channels", {3, 4, 5}}, {"activation", "tanh"}}, {2, 4, 3});
  configs["conv of wide rows"] =
      convolutional({{"channels", {2}}, {"kernel", 5}, {"activation", "sigmoid"}}, {40});
  configs["denoising conv"] = convolutional({{"channels", {3}}, {"activation", "leaky_relu"}},
                                            {3, 6, 5}, {{"corruption", "masking"}});
  return configs;
}

std::map<std::string, Json> all_configs() {
  std::map<std::string, Json> configs = one_of_each();
  const Json sparse = {{"model",
                        {{"kind", "sparse"},
                         {"encoder", {{"type", "mlp"}, {"hidden", {6, 5}}}},
                         {"latent", {{"type", "deterministic"}, {"activation", "relu"}}},
                         {"sparsity", {{"type", "l1"}, {"weight", 0.5}}}}}};
  const Json vae = {{"model", {{"kind", "vae"}}}, {"objective", {{"kl", {{"weight", 0.5}}}}}};
  configs["sparse with a ReLU code"] = sparse;
  const Json top_k = {{"model",
                       {{"kind", "sparse"},
                        {"latent_dim", 40},
                        {"encoder", "linear"},
                        {"latent", {{"type", "top_k"}, {"k", 3}, {"relu", false}}}}}};
  configs["top k"] = top_k;
  configs["top k of few"] = layered(top_k, {{"model", {{"latent", {{"k", 1}}}}}});
  configs["top k between layers"] =
      layered(top_k, {{"model", {{"encoder", {{"type", "mlp"}, {"hidden", {6}}}}}}});
  for (const int64_t k : {1, 7, 30}) {  // of 20 that are dead
    for (const bool relu : {false, true}) {
      configs[fmt::format("top k, {} dead learn, relu {}", k, relu)] =
          layered(top_k, {{"model", {{"latent", {{"auxiliary_k", k}, {"relu", relu}}}}}});
    }
  }
  const Json centred = {{"model", {{"pre_encoder_bias", true}}}};
  configs["top k of centred rows, dead learn"] = layered(
      layered(top_k, centred), {{"model", {{"latent", {{"auxiliary_k", 7}, {"relu", true}}}}}});
  configs["centred rows"] = layered({{"model", {{"encoder", "mlp"}}}}, centred);
  configs["centred denoising"] =
      layered({{"model", {{"encoder", "linear"}}}, {"corruption", "masking"}}, centred);
  configs["vae"] = vae;
  configs["vae of a linear encoder"] = layered(vae, {{"model", {{"encoder", "linear"}}}});
  configs["masking to the mean"] = {{"model", {{"encoder", "mlp"}}},
                                    {"corruption", {{"type", "masking"}, {"fill", "mean"}}}};
  configs["vae of one latent"] = layered(vae, {{"model", {{"latent_dim", 1}}}});
  configs["denoising vae"] = layered(vae, {{"corruption", "gaussian"}});
  configs["vae with a bounded mean"] =
      layered(vae, {{"model", {{"latent", {{"type", "gaussian"}, {"activation", "tanh"}}}}}});
  for (const char* activation : {"identity", "relu", "tanh"}) {
    const Json normalized = {{"model",
                              {{"encoder",
                                {{"type", "mlp"},
                                 {"hidden", {17, 6}},
                                 {"activation", activation},
                                 {"normalization", "layer"}}}}}};
    configs[fmt::format("layer norm, {}", activation)] = normalized;
    configs[fmt::format("layer norm, {}, vae", activation)] = layered(vae, normalized);
    configs[fmt::format("layer norm, {}, top k", activation)] = layered(top_k, normalized);
    configs[fmt::format("layer norm, {}, centred", activation)] = layered(normalized, centred);
  }
  configs.merge(convolutional_configs());
  return configs;
}

}  // namespace ae
