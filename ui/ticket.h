#pragma once

#include <array>
#include <memory>

#include <QWidget>

#include "runtime/engine.h"
#include "ui/coalescer.h"
#include "ui/smart_line.h"
#include "ui/theme.h"
#include "ui/ticket_form.h"
#include "ui/token_book.h"

class QComboBox;
class QLabel;
class QLayoutItem;
class QLineEdit;

namespace Ui {
class Ticket;
}

namespace oee::ui {

using QuotePtr = std::shared_ptr<const runtime::QuoteView>;

// The order ticket: fills, checks, previews and submits one order at a time. `engine`, `tokens`
// and `theme` must outlive it.
class Ticket : public QWidget {
    Q_OBJECT

  public:
    struct Parts {
        runtime::Engine& engine;
        const TokenBook& tokens;
        const Theme& theme;
    };

    explicit Ticket(const Parts& parts, QWidget* parent = nullptr);
    ~Ticket() override;

    Pair pair() const;
    void setPair(const Pair& pair);
    // Fills the fields and previews; submits nothing.
    void fill(const SmartOrder& order);
    // What the fields say, for those who compare.
    TicketForm form() const;
    const QuotePtr& quote() const { return quote_; }
    // Does at once what typing and slots asked for.
    void flushPreview() { preview_.flush(); }

    // The newest orders, to follow the one that was placed last.
    void follow(const std::vector<domain::OrderPtr>& orders);

  public slots:
    void refreshPreview() { preview_.request(); }
    void setWallet(const oee::runtime::WalletPtr& wallet);
    void submit();
    void focusSmartLine();
    void applyTheme();

  signals:
    void pairChanged();
    // Null where there is nothing to show; `why` says it in words then.
    void quoteChanged(const oee::ui::QuotePtr& quote, const QString& why);
    void admitted(const oee::domain::OrderPtr& order);
    void orderLinkActivated(const oee::domain::OrderId& orderId);

  private:
    // Where an error stands: below the field that it is about.
    enum class Place { smartLine, pair, amount, slippage, route, deadline, form };

    void connectFields();
    void setRoles();
    void addPreviewRows();
    void addRouteChoices();
    void addRetryChoices();
    void fillBaseTokens();
    void fillQuoteTokens(const domain::Pubkey& preferred);
    void selectToken(QComboBox& box, const domain::Pubkey& mint);

    void onEdited();
    void onSmartLineTyped();
    void onSmartLineEntered();
    void swapPair();
    void setSide(domain::Side side);
    void fillUnits();
    void setCounted(const domain::Pubkey& mint);
    void takeShare(unsigned percent);

    // ticket_checks.cpp
    Spendable spendable() const;
    void updateAmountHint();
    void updateButton();
    tl::expected<execution::OrderRequest, execution::Refusal> checkedRequest() const;

    // ticket_preview.cpp
    void updatePreview();
    void showAmounts(const runtime::QuoteView& view);
    void showCosts(const runtime::QuoteView& view);
    void setPreview(int row, const QString& text, const QString& hint);
    void showQuote();
    void clearPreview(const QString& why);
    void showRowNames();

    // ticket_checks.cpp
    void checkFields();
    struct Fault {
        Place place = Place::form;
        QString text;
    };
    static Fault faultOf(const execution::Refusal& refusal);
    // Says it until something is edited.
    void raise(const Fault& fault);
    void showFault(const Fault& fault);
    QLayoutItem* itemAbove(Place place) const;
    QLineEdit* fieldAt(Place place) const;
    // A pair that only other tokens connect wants the route that may use them.
    Fault routeFault() const;
    void takeAnswer(const tl::expected<execution::Admitted, execution::Refusal>& answer);
    void showConfirmation(const domain::OrderPtr& shown);

    runtime::Engine& engine_;
    const TokenBook& tokens_;
    const Theme& theme_;
    std::unique_ptr<::Ui::Ticket> ui_;
    enum PreviewRow { limit, price, impact, poolFee, network, route, previewRowCount };
    std::array<QLabel*, previewRowCount> previewNames_{};
    std::array<QLabel*, previewRowCount> previewValues_{};
    Coalescer preview_;
    std::uint64_t worstCaseFeeLamports_;
    runtime::WalletPtr wallet_;
    QuotePtr quote_;
    bool quoteIsCurrent_ = false;  // of what the fields say now
    domain::OrderPtr shownOrder_;  // in the confirmation line; null before the first
    Fault raised_;                 // by the smart line or the engine; without text: none
    bool fieldsAreFine_ = true;
    bool submitting_ = false;
};

}  // namespace oee::ui
