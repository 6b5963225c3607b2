#pragma once

#include <vector>

#include "execution/wallet.h"
#include "runtime/engine.h"
#include "ui/table_base.h"
#include "ui/token_book.h"

namespace oee::ui {

// The trader's balances, one row a token of the market. `tokens` must outlive the model.
class WalletModel : public TableBase {
    Q_OBJECT

  public:
    enum ColumnIndex { token, freeAmount, reserved, total, mint };

    explicit WalletModel(const TokenBook& tokens, QObject* parent = nullptr);

    void setWallet(const runtime::WalletPtr& wallet);
    int rowCount(const QModelIndex& parent = {}) const override;

  protected:
    Cell cell(int row, int column) const override;

  private:
    struct Row {
        domain::Token token;
        execution::Balance balance;
    };

    const TokenBook& tokens_;
    std::vector<Row> rows_;
};

}  // namespace oee::ui
