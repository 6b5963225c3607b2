#pragma once
// Rows as values, for the store and the history reader alike.

#include <string>

#include "domain/order.h"
#include "domain/receipt.h"
#include "domain/transaction.h"
#include "execution/order_store.h"
#include "storage/codec.h"

namespace oee::storage {

// The columns that the functions below read, in this order.
extern const std::string kOrderColumns;
extern const std::string kEventColumns;
extern const std::string kFillColumns;
extern const std::string kTransactionColumns;
extern const std::string kReceiptColumns;

// The row's validity tells whether the value is to be trusted.
domain::Order readOrder(Row& row);
domain::OrderEvent readEvent(Row& row);  // without its order
domain::Fill readFill(Row& row);
domain::Transaction readTransaction(Row& row);
domain::Receipt readReceipt(Row& row);
execution::JobRecord readJob(Row& row);  // failures, parked_at_micros

}  // namespace oee::storage
