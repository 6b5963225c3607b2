#include "ui/wallet_model.h"

#include "ui/format.h"

namespace oee::ui {
namespace {

std::vector<Column> walletColumns() {
    using Kind = CellKind;
    return {
        {QStringLiteral("Token"), Kind::words, 12, 0, false, {}},
        {QStringLiteral("Free"), Kind::number, 16, 0, false, {}},
        {QStringLiteral("Reserved"), Kind::number, 16, 0, false,
         QStringLiteral("Promised to open orders, fees inside")},
        {QStringLiteral("Total"), Kind::number, 16, 0, false, {}},
        {QStringLiteral("Mint"), Kind::id, 44, 1, true, {}},
    };
}

}  // namespace

WalletModel::WalletModel(const TokenBook& tokens, QObject* parent)
    : TableBase(walletColumns(), parent), tokens_(tokens) {
    for (const domain::Token& traded : tokens.traded()) {
        rows_.push_back({traded, {}});
    }
}

int WalletModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

void WalletModel::setWallet(const runtime::WalletPtr& wallet) {
    if (!wallet) {
        return;
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const execution::Balance balance =
            wallet->balance(execution::WalletOwner::trader, rows_[i].token.mint);
        if (rows_[i].balance == balance) {
            continue;
        }
        rows_[i].balance = balance;
        const int row = static_cast<int>(i);
        measureRows(row, row);
        emit dataChanged(index(row, freeAmount), index(row, total));
    }
}

Cell WalletModel::cell(int row, int column) const {
    const Row& entry = rows_[static_cast<std::size_t>(row)];
    const auto amountCell = [&](std::uint64_t amountRaw) {
        Cell cell;
        cell.text = exactAmount(amountRaw, entry.token.decimals);
        cell.exact = tokens_.exact(amountRaw, entry.token.mint);
        cell.sortKey = sortableDecimal(cell.text);
        return cell;
    };
    Cell cell;
    switch (column) {
        case token:
            cell.text = fromStd(entry.token.symbol);
            return cell;
        case freeAmount:
            return amountCell(entry.balance.freeRaw());
        case reserved:
            cell = amountCell(entry.balance.reservedRaw);
            cell.tone = entry.balance.reservedRaw == 0 ? Tone::secondary : Tone::warning;
            return cell;
        case total:
            return amountCell(entry.balance.amountRaw);
        case mint:
            cell.text = fromStd(domain::toBase58(entry.token.mint));
            cell.tone = Tone::secondary;
            return cell;
        default:
            return cell;
    }
}

}  // namespace oee::ui
