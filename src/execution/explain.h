#pragma once
// Errors in plain words, for the edges (window, page, API, database's readable columns): what
// happened, and what to do next.

#include <string>

#include "domain/order.h"
#include "execution/admission.h"
#include "execution/order_store.h"

namespace oee::execution {

std::string explain(const Refusal& refusal);
std::string explain(const domain::OrderFailure& failure);
std::string explain(StoreError error);

}  // namespace oee::execution
