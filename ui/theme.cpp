#include "ui/theme.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QFontInfo>
#include <QFontMetricsF>
#include <QIcon>
#include <QStyleFactory>
#include <QWidget>

#include "ui/system_color_scheme.h"

// Outside of every namespace, as Qt asks: a static library's resources must be named to be linked.
static void initResources() {
    Q_INIT_RESOURCE(resources);
}

namespace oee::ui {
namespace {

Colors makeDark() {
    Colors colors;
    colors.window = QColor(0x12, 0x15, 0x1A);
    colors.panel = QColor(0x18, 0x1C, 0x22);
    colors.input = QColor(0x20, 0x25, 0x2D);
    colors.line = QColor(0x2C, 0x33, 0x3D);
    colors.text = QColor(0xE6, 0xE9, 0xEE);
    colors.secondary = QColor(0x9A, 0xA4, 0xB2);
    colors.accent = QColor(0x4C, 0x9A, 0xFF);
    colors.onAccent = QColor(0x0B, 0x12, 0x1C);
    colors.good = QColor(0x2E, 0xBD, 0x85);
    colors.bad = QColor(0xF8, 0x5C, 0x70);
    colors.warning = QColor(0xF0, 0xB9, 0x0B);
    colors.raydium = QColor(0x94, 0x84, 0xFF);
    colors.meteora = QColor(0xFF, 0x8A, 0x3D);
    colors.best = QColor(0x3D, 0xD6, 0xD0);
    colors.selection = QColor(0x1B, 0x28, 0x3A);
    colors.accentHover = QColor(0x6A, 0xAC, 0xFF);
    return colors;
}

Colors makeLight() {
    Colors colors;
    colors.window = QColor(0xF6, 0xF7, 0xF9);
    colors.panel = QColor(0xFF, 0xFF, 0xFF);
    colors.input = QColor(0xEE, 0xF1, 0xF5);
    colors.line = QColor(0xD5, 0xDA, 0xE1);
    colors.text = QColor(0x14, 0x18, 0x1F);
    colors.secondary = QColor(0x5A, 0x64, 0x72);
    colors.accent = QColor(0x1F, 0x6F, 0xEB);
    colors.onAccent = QColor(0xFF, 0xFF, 0xFF);
    colors.good = QColor(0x0A, 0x76, 0x51);
    colors.bad = QColor(0xC9, 0x28, 0x3E);
    colors.warning = QColor(0x8A, 0x5C, 0x00);
    colors.raydium = QColor(0x5B, 0x45, 0xD6);
    colors.meteora = QColor(0xB0, 0x45, 0x07);
    colors.best = QColor(0x0A, 0x73, 0x6F);
    colors.selection = QColor(0xE3, 0xED, 0xFD);
    colors.accentHover = QColor(0x1A, 0x60, 0xCE);
    return colors;
}

bool hasFamily(const QString& family) {
    return QFontDatabase::families().contains(family, Qt::CaseInsensitive);
}

bool hasTabularFigures(const QFont& font) {
    const QFontMetricsF metrics(font);
    const qreal zero = metrics.horizontalAdvance(u'0');
    for (char16_t digit = u'1'; digit <= u'9'; ++digit) {
        if (std::abs(metrics.horizontalAdvance(QChar(digit)) - zero) > 0.01) {
            return false;
        }
    }
    return true;
}

// The desktop's font, unless there is none or it is a stand-in for a family that is missing.
QFont interfaceFont() {
    QFont font = QFontDatabase::systemFont(QFontDatabase::GeneralFont);
    static const QStringList kGeneric{QString(), QStringLiteral("Sans"),
                                      QStringLiteral("Sans Serif"), QStringLiteral("sans-serif"),
                                      QStringLiteral("Helvetica")};
    if (kGeneric.contains(font.family(), Qt::CaseInsensitive) || !hasFamily(font.family())) {
        for (const char* family : {"Inter", "Cantarell", "Noto Sans", "DejaVu Sans"}) {
            if (hasFamily(QLatin1String(family))) {
                font = QFont(QLatin1String(family));
                break;
            }
        }
    }
    return font;
}

// Qt 6.4 cannot switch on a font's tabular figures, so numbers take the nearest family whose
// figures are tabular as they come.
QFont numberFont(const QFont& base) {
    if (hasTabularFigures(base)) {
        return base;
    }
    for (const char* family : {"Noto Sans", "Open Sans", "Liberation Sans", "DejaVu Sans"}) {
        QFont candidate = base;
        candidate.setFamily(QLatin1String(family));
        if (hasFamily(QLatin1String(family)) && hasTabularFigures(candidate)) {
            return candidate;
        }
    }
    return base;
}

QFont sized(QFont font, int pixels) {
    font.setPixelSize(pixels);
    font.setWeight(QFont::Normal);
    return font;
}

Fonts makeFonts() {
    const QFont base = sized(interfaceFont(), 13);
    const QFont number = numberFont(base);
    Fonts fonts;
    fonts.base = base;
    fonts.small = sized(base, 11);
    fonts.number = number;
    fonts.smallNumber = sized(number, 11);
    fonts.mono = sized(QFontDatabase::systemFont(QFontDatabase::FixedFont), 12);
    return fonts;
}

double linear(double channel) {
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double luminance(const QColor& color) {
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
           0.0722 * linear(color.blueF());
}

}  // namespace

QString nameOf(ThemeChoice choice) {
    switch (choice) {
        case ThemeChoice::dark:
            return QStringLiteral("dark");
        case ThemeChoice::light:
            return QStringLiteral("light");
        case ThemeChoice::system:
            break;
    }
    return QStringLiteral("system");
}

ThemeChoice themeChoiceFrom(const QString& name) {
    for (const ThemeChoice choice : {ThemeChoice::dark, ThemeChoice::light}) {
        if (nameOf(choice) == name) {
            return choice;
        }
    }
    return ThemeChoice::system;
}

QColor Colors::of(Tone tone) const {
    switch (tone) {
        case Tone::normal:
            return text;
        case Tone::secondary:
            return secondary;
        case Tone::good:
            return good;
        case Tone::bad:
            return bad;
        case Tone::warning:
            return warning;
        case Tone::raydium:
            return raydium;
        case Tone::meteora:
            return meteora;
        case Tone::best:
            return best;
    }
    return text;
}

const Colors& darkColors() {
    static const Colors colors = makeDark();
    return colors;
}

const Colors& lightColors() {
    static const Colors colors = makeLight();
    return colors;
}

double contrastRatio(const QColor& one, const QColor& other) {
    // A list: minmax of two temporaries would give references to what is gone.
    const auto [low, high] = std::minmax({luminance(one), luminance(other)});
    return (high + 0.05) / (low + 0.05);
}

Theme::Theme(ThemeChoice choice, QObject* parent)
    : QObject(parent), choice_(choice), system_(new SystemColorScheme(this)), fonts_(makeFonts()) {
    initResources();
    dark_ = choice_ == ThemeChoice::system ? system_->isDark() : choice_ == ThemeChoice::dark;
    connect(system_, &SystemColorScheme::changed, this, &Theme::refresh);
}

void Theme::setChoice(ThemeChoice choice) {
    choice_ = choice;
    refresh();
}

void Theme::refresh() {
    const bool dark =
        choice_ == ThemeChoice::system ? system_->isDark() : choice_ == ThemeChoice::dark;
    if (std::exchange(dark_, dark) != dark) {
        emit changed();
    }
}

void Theme::systemPaletteChanged() {
    refresh();
}

QPalette Theme::palette() const {
    const Colors& role = colors();
    QPalette palette;
    palette.setColor(QPalette::Window, role.window);
    palette.setColor(QPalette::WindowText, role.text);
    palette.setColor(QPalette::Base, role.panel);
    palette.setColor(QPalette::AlternateBase, role.panel);
    palette.setColor(QPalette::Text, role.text);
    palette.setColor(QPalette::PlaceholderText, role.secondary);
    palette.setColor(QPalette::Button, role.input);
    palette.setColor(QPalette::ButtonText, role.text);
    palette.setColor(QPalette::ToolTipBase, role.input);
    palette.setColor(QPalette::ToolTipText, role.text);
    palette.setColor(QPalette::Highlight, role.accent);
    palette.setColor(QPalette::HighlightedText, role.onAccent);
    palette.setColor(QPalette::Link, role.accent);
    palette.setColor(QPalette::LinkVisited, role.accent);
    for (const auto& name : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, name, role.secondary);
    }
    return palette;
}

QString Theme::styleSheet() const {
    QFile file(QStringLiteral(":/oee/style.qss"));
    const bool opened = file.open(QIODevice::ReadOnly);
    Q_ASSERT(opened);
    QString sheet = opened ? QString::fromUtf8(file.readAll()) : QString();
    const Colors& role = colors();
    // Longer names first: "@accent" is the beginning of "@accentHover".
    const std::pair<const char*, QColor> names[] = {{"@accentHover", role.accentHover},
                                                    {"@onAccent", role.onAccent},
                                                    {"@selection", role.selection},
                                                    {"@secondary", role.secondary},
                                                    {"@accent", role.accent},
                                                    {"@window", role.window},
                                                    {"@panel", role.panel},
                                                    {"@input", role.input},
                                                    {"@line", role.line},
                                                    {"@text", role.text},
                                                    {"@good", role.good},
                                                    {"@bad", role.bad},
                                                    {"@warning", role.warning}};
    for (const auto& [name, color] : names) {
        sheet.replace(QLatin1String(name), color.name());
    }
    sheet.replace(QLatin1String("@baseFont"), fonts_.base.family());
    sheet.replace(QLatin1String("@numberFont"), fonts_.number.family());
    sheet.replace(QLatin1String("@monoFont"), fonts_.mono.family());
    return sheet.replace(QLatin1String("@theme"),
                         dark_ ? QLatin1String("dark") : QLatin1String("light"));
}

void Theme::applyTo(QWidget& window) const {
    window.setFont(fonts_.base);
    window.setPalette(palette());
    window.setStyleSheet(styleSheet());
}

void prepareApplication(QApplication& application) {
    initResources();
    // A style sheet is drawn over a style; this one looks the same on every desktop.
    application.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    application.setApplicationDisplayName(QStringLiteral("Order Execution Engine"));
    application.setDesktopFileName(QStringLiteral("order-execution-engine"));
    QIcon icon;
    for (const int size : {16, 32, 48, 64, 128, 256}) {
        icon.addFile(QStringLiteral(":/oee/icons/app-%1.png").arg(size));
    }
    application.setWindowIcon(icon);
}

}  // namespace oee::ui
