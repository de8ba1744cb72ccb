#pragma once

#include <string>

namespace ae {

class EvaluatedRows;

/// Reason why the rows have no likelihood under the model whose value means something by itself, as
/// nats per row; empty if they have: the model has a prior, its reconstruction is a likelihood, and
/// a Bernoulli's rows are zeros and ones. May read all rows.
std::string no_absolute_likelihood(const EvaluatedRows& rows);

}  // namespace ae
