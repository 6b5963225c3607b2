#pragma once
// Rows as values, for the store and the history reader alike.

#include <string>
#include <utility>

#include "domain/order.h"
#include "domain/receipt.h"
#include "domain/transaction.h"
#include "execution/order_store.h"
#include "execution/wallet.h"
#include "storage/codec.h"

namespace oee::storage {

// The columns that the functions below read, in this order.
extern const std::string kOrderColumns;
extern const std::string kEventColumns;
extern const std::string kFillColumns;
extern const std::string kTransactionColumns;
extern const std::string kReceiptColumns;
extern const std::string kAccountColumns;
extern const std::string kBalanceColumns;

// The row's validity tells whether the value is to be trusted.
domain::Order readOrder(Row& row);
domain::OrderEvent readEvent(Row& row);  // without its order
domain::Fill readFill(Row& row);
domain::Transaction readTransaction(Row& row);
domain::Receipt readReceipt(Row& row);
execution::JobRecord readJob(Row& row);  // failures, parked_at_micros, begun
execution::AccountWrite readAccount(Row& row);
std::pair<execution::Wallet::Key, execution::Balance> readBalance(Row& row);

}  // namespace oee::storage
