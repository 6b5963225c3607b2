#pragma once
// The browser page, from the executable: exact paths, no files, no directories.

#include <map>

#include <QByteArray>

namespace oee::gateway {

struct Page {
    QByteArray contentType;
    QByteArray body;
};

// By path: "/", "/index.html", "/app.js", …
using Pages = std::map<QByteArray, Page>;

Pages loadPages();

}  // namespace oee::gateway
