#pragma once

#include "models/objective.h"

namespace ae {

/// Lays matrices of weights in memory so that fused steps find their gradients from the side that
/// has more zeros: by column where that is a layer's input. Products leave zeros out. To be called
/// before the model's parameters become flat.
/// @param zeros_in_data  share of the encoder's input that is 0
void lay_out_weights(const Autoencoder& model, const Objective& objective, double zeros_in_data);

}  // namespace ae
