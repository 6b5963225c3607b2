#pragma once
// The look: colours by role, fonts, and the style sheet made of them.

#include <QColor>
#include <QFont>
#include <QObject>
#include <QPalette>
#include <QString>

class QApplication;
class QWidget;

namespace oee::ui {

class SystemColorScheme;

enum class ThemeChoice { system, dark, light };
QString nameOf(ThemeChoice choice);
ThemeChoice themeChoiceFrom(const QString& name);  // system where the name is unknown

// What a text or a mark says; its colour is the theme's business.
enum class Tone {
    normal,
    secondary,
    good,     // bought, better, confirmed
    bad,      // sold, worse, failed
    warning,  // submitted
    raydium,
    meteora,
    best,
};

struct Colors {
    QColor window, panel, input, line, text, secondary, accent, onAccent;
    QColor good, bad, warning, raydium, meteora, best;
    QColor selection;    // rows; text keeps its colour on it
    QColor accentHover;  // primary button

    QColor of(Tone tone) const;
};
const Colors& darkColors();
const Colors& lightColors();

// WCAG 2 contrast ratio of two opaque colours, 1 … 21.
double contrastRatio(const QColor& one, const QColor& other);

// What is painted by hand; widgets get theirs from the style sheet. 13 px, 11 where secondary.
struct Fonts {
    QFont base, small;
    // Tabular figures: every digit is equally wide.
    QFont number, smallNumber;
    QFont mono;  // ids only
};

class Theme : public QObject {
    Q_OBJECT

  public:
    explicit Theme(ThemeChoice choice, QObject* parent = nullptr);

    ThemeChoice choice() const { return choice_; }
    void setChoice(ThemeChoice choice);
    // When the application's palette changed (QEvent::ApplicationPaletteChange).
    void systemPaletteChanged();
    bool isDark() const { return dark_; }
    const Colors& colors() const { return dark_ ? darkColors() : lightColors(); }
    const Fonts& fonts() const { return fonts_; }

    QPalette palette() const;
    QString styleSheet() const;
    // Dresses a top-level widget and all that is in it.
    void applyTo(QWidget& window) const;

  signals:
    void changed();

  private:
    void refresh();

    ThemeChoice choice_;
    SystemColorScheme* system_;
    bool dark_ = false;
    Fonts fonts_;
};

// Once, before the first window: the style that the sheets build on, names, the icon.
void prepareApplication(QApplication& application);

}  // namespace oee::ui
