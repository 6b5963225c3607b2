#pragma once

#include <QStatusBar>
#include <QUrl>

#include "runtime/engine.h"
#include "ui/theme.h"
#include "ui/token_book.h"

class QLabel;

namespace oee::ui {

// "queue embedded · 4 workers · 0 waiting · http://localhost:8000 ——— balance 990 SOL · …"
class StatusStrip : public QStatusBar {
    Q_OBJECT

  public:
    StatusStrip(const TokenBook& tokens, const Theme& theme, const QUrl& pageUrl,
                QWidget* parent = nullptr);

    void setStatus(const runtime::EngineStatus& status);
    void setBalances(const runtime::WalletPtr& wallet, const Pair& pair);

  public slots:
    void applyTheme();

  signals:
    void pageWanted(const QUrl& url);

  private:
    const TokenBook& tokens_;
    const Theme& theme_;
    QUrl pageUrl_;
    QLabel* queue_;
    QLabel* page_;
    QLabel* balance_;
};

// "SIMULATED · calm · slot 417,600,123": which market everything stands on.
QString marketBadge(const runtime::EngineStatus& status);

}  // namespace oee::ui
