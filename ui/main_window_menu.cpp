// The menus of the main window and what they open.

#include <QActionGroup>
#include <QApplication>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QShortcut>

#include "execution/explain.h"
#include "ui/format.h"
#include "ui/history_panel.h"
#include "ui/main_window.h"

namespace oee::ui {

void MainWindow::buildMenus() {
    buildFileMenu();
    buildWalletMenu();
    buildViewMenu();
    buildHelpMenu();
    addShortcuts();
}

void MainWindow::buildFileMenu() {
    QMenu* menu = menuBar()->addMenu(tr("&File"));
    QAction* csv = menu->addAction(tr("&Export CSV…"), history_, &HistoryPanel::exportCsv);
    csv->setObjectName(QStringLiteral("actionExportCsv"));
    csv->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_E));
    QAction* folder = menu->addAction(tr("Open &data folder"), this, [this] {
        openUrl(QUrl::fromLocalFile(options_.dataFolder));
    });
    folder->setObjectName(QStringLiteral("actionDataFolder"));
    folder->setEnabled(!options_.dataFolder.isEmpty());
    QAction* page =
        menu->addAction(tr("Open browser &page"), this, [this] { openUrl(options_.pageUrl); });
    page->setEnabled(options_.pageUrl.isValid());
    menu->addSeparator();
    QAction* quit = menu->addAction(tr("&Quit"), this, &QWidget::close);
    quit->setObjectName(QStringLiteral("actionQuit"));
    quit->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));
}

void MainWindow::buildWalletMenu() {
    QMenu* menu = menuBar()->addMenu(tr("&Wallet"));
    QAction* balances = menu->addAction(tr("&Balances"), history_, &HistoryPanel::showBalances);
    balances->setObjectName(QStringLiteral("actionBalances"));
    QAction* reset = menu->addAction(tr("&Reset wallet…"), this, &MainWindow::askToResetWallet);
    reset->setObjectName(QStringLiteral("actionResetWallet"));
}

void MainWindow::buildViewMenu() {
    QMenu* menu = menuBar()->addMenu(tr("&View"));
    auto* group = new QActionGroup(this);
    const std::pair<ThemeChoice, QString> choices[] = {{ThemeChoice::system, tr("As the &system")},
                                                       {ThemeChoice::dark, tr("&Dark")},
                                                       {ThemeChoice::light, tr("&Light")}};
    for (const auto& [choice, title] : choices) {
        QAction* action = menu->addAction(title);
        action->setObjectName(QStringLiteral("actionTheme_") + nameOf(choice));
        action->setCheckable(true);
        action->setChecked(theme_.choice() == choice);
        group->addAction(action);
        connect(action, &QAction::triggered, this,
                [this, wanted = choice] { theme_.setChoice(wanted); });
    }
}

void MainWindow::buildHelpMenu() {
    QMenu* menu = menuBar()->addMenu(tr("&Help"));
    QAction* about = menu->addAction(tr("&About"), this, &MainWindow::showAbout);
    about->setObjectName(QStringLiteral("actionAbout"));
}

void MainWindow::addShortcuts() {
    connect(new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_K), this), &QShortcut::activated, ticket_,
            &Ticket::focusSmartLine);
    connect(new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_F), this), &QShortcut::activated,
            history_, &HistoryPanel::focusFilter);
}

void MainWindow::askToResetWallet() {
    auto* box =
        new QMessageBox(QMessageBox::Question, tr("Reset wallet"),
                        tr("Set all balances back to the start?"), QMessageBox::Cancel, this);
    box->setObjectName(QStringLiteral("resetWalletDialog"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setInformativeText(
        tr("Orders and fills stay in the history. Refused while orders are open."));
    QPushButton* reset = box->addButton(tr("&Reset"), QMessageBox::AcceptRole);
    box->setDefaultButton(QMessageBox::Cancel);
    connect(box, &QMessageBox::buttonClicked, this, [this, reset](QAbstractButton* clicked) {
        if (clicked == reset) {
            resetWallet();
        }
    });
    box->open();
}

void MainWindow::resetWallet() {
    engine_.resetWallet(this, [this](const auto& answer) {
        if (!answer) {
            const QString why = fromStd(execution::explain(answer.error()));
            history_->addNotice(tr("The wallet was not reset. %1").arg(why));
            auto* box = new QMessageBox(QMessageBox::Warning, tr("Reset wallet"),
                                        tr("The wallet was not reset."), QMessageBox::Ok, this);
            box->setObjectName(QStringLiteral("resetRefusedDialog"));
            box->setAttribute(Qt::WA_DeleteOnClose);
            box->setInformativeText(why);
            box->open();
            return;
        }
        wallet_ = *answer;
        ticket_->setWallet(wallet_);
        history_->setWallet(wallet_);
        history_->addNotice(tr("The wallet was reset to its start."));
        refreshStatus();
    });
}

void MainWindow::showAbout() {
    auto* box =
        new QMessageBox(QMessageBox::NoIcon, tr("About"),
                        tr("Order Execution Engine %1").arg(QCoreApplication::applicationVersion()),
                        QMessageBox::Close, this);
    box->setObjectName(QStringLiteral("aboutDialog"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setInformativeText(
        tr("Executes orders against Raydium and Meteora pools on a simulated Solana network. No "
           "real funds move: balances are paper, pools are generated or recorded.\n\n"
           "Source code: MIT License. Qt HTTP Server and QCustomPlot are under the GPL, so the "
           "combined program is distributed under GPLv3.\n\n"
           "Database: %1")
            .arg(options_.databasePath.isEmpty() ? unknownText() : options_.databasePath));
    box->setTextInteractionFlags(Qt::TextSelectableByMouse);
    box->open();
}

}  // namespace oee::ui
