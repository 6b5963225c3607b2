#pragma once

#include <vector>

#include <QWidget>

#include "ui/theme.h"

namespace oee::ui {

// The ways that the parts of an amount take: for each its tokens, its share in percent and a bar as
// long as the share, in the colours of its legs' venues. `theme` must outlive it.
class PathBars : public QWidget {
    Q_OBJECT

  public:
    struct Path {
        QString tokens;  // "SOL → USDC"
        QString legs;    // "leg 1"
        double share = 0;
        std::vector<Tone> venues;  // of the legs
    };

    explicit PathBars(const Theme& theme, QWidget* parent = nullptr);

    // The greatest share first.
    void setPaths(std::vector<Path> paths);
    QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    void paintPath(QPainter& painter, const QRect& row, const Path& path) const;

    const Theme& theme_;
    std::vector<Path> paths_;
};

}  // namespace oee::ui
