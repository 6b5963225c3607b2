#include "ui/theme.h"

#include <QFontMetricsF>
#include <QRegularExpression>
#include <QTest>

namespace oee::ui {

class ThemeTest : public QObject {
    Q_OBJECT

  private slots:
    void contrastFollowsWcag();
    void everyTextIsLegible_data();
    void everyTextIsLegible();
    void sheetNamesNoUnknownRole();
    void choicesSurviveTheirNames();
    void changesOnlyWhenTheLookChanges();
    void figuresAreTabular();
};

void ThemeTest::contrastFollowsWcag() {
    QCOMPARE(contrastRatio(Qt::black, Qt::white), 21.0);
    QCOMPARE(contrastRatio(Qt::white, Qt::white), 1.0);
    // The example of WebAIM's checker: #767676 on white is 4.54.
    QVERIFY(std::abs(contrastRatio(QColor(0x76, 0x76, 0x76), Qt::white) - 4.54) < 0.005);
}

void ThemeTest::everyTextIsLegible_data() {
    QTest::addColumn<QColor>("text");
    QTest::addColumn<QColor>("ground");
    for (const bool dark : {true, false}) {
        const Colors& role = dark ? darkColors() : lightColors();
        const std::pair<const char*, QColor> grounds[] = {{"window", role.window},
                                                          {"panel", role.panel},
                                                          {"input", role.input},
                                                          {"selection", role.selection}};
        const std::pair<const char*, QColor> texts[] = {
            {"text", role.text},       {"secondary", role.secondary}, {"good", role.good},
            {"bad", role.bad},         {"warning", role.warning},     {"best", role.best},
            {"raydium", role.raydium}, {"meteora", role.meteora}};
        for (const auto& [groundName, ground] : grounds) {
            for (const auto& [textName, text] : texts) {
                QTest::addRow("%s: %s on %s", dark ? "dark" : "light", textName, groundName)
                    << text << ground;
            }
        }
        const char* look = dark ? "dark" : "light";
        QTest::addRow("%s: primary button", look) << role.onAccent << role.accent;
        QTest::addRow("%s: primary button under the pointer", look)
            << role.onAccent << role.accentHover;
        QTest::addRow("%s: link on panel", look) << role.accent << role.panel;
    }
}

void ThemeTest::everyTextIsLegible() {
    QFETCH(QColor, text);
    QFETCH(QColor, ground);
    const double ratio = contrastRatio(text, ground);
    QVERIFY2(ratio >= 4.5, qPrintable(QString::number(ratio)));
}

void ThemeTest::sheetNamesNoUnknownRole() {
    for (const ThemeChoice choice : {ThemeChoice::dark, ThemeChoice::light}) {
        const Theme theme(choice);
        const QString sheet = theme.styleSheet();
        QVERIFY(sheet.contains(theme.colors().panel.name()));
        QVERIFY2(!sheet.contains(u'@'),
                 qPrintable(QRegularExpression(QStringLiteral("@\\w+")).match(sheet).captured()));
    }
}

void ThemeTest::choicesSurviveTheirNames() {
    for (const ThemeChoice choice : {ThemeChoice::system, ThemeChoice::dark, ThemeChoice::light}) {
        QCOMPARE(themeChoiceFrom(nameOf(choice)), choice);
    }
    QCOMPARE(themeChoiceFrom(QStringLiteral("nonsense")), ThemeChoice::system);
}

void ThemeTest::changesOnlyWhenTheLookChanges() {
    Theme theme(ThemeChoice::dark);
    int changes = 0;
    connect(&theme, &Theme::changed, this, [&] { ++changes; });
    theme.setChoice(ThemeChoice::dark);
    QCOMPARE(changes, 0);
    theme.setChoice(ThemeChoice::light);
    QCOMPARE(changes, 1);
    QVERIFY(!theme.isDark());
    QCOMPARE(theme.palette().color(QPalette::Window), lightColors().window);
}

void ThemeTest::figuresAreTabular() {
    const Theme theme(ThemeChoice::dark);
    for (const QFont& font : {theme.fonts().number, theme.fonts().smallNumber}) {
        const QFontMetricsF metrics(font);
        for (char16_t digit = u'1'; digit <= u'9'; ++digit) {
            QCOMPARE(metrics.horizontalAdvance(QChar(digit)), metrics.horizontalAdvance(u'0'));
        }
    }
}

}  // namespace oee::ui

QTEST_MAIN(oee::ui::ThemeTest)
#include "theme_test.moc"
