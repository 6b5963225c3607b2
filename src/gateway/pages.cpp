#include "gateway/pages.h"

#include <array>

#include <QFile>

namespace oee::gateway {
namespace {

struct PageFile {
    const char* name;
    const char* contentType;
};

constexpr const char* kHtml = "text/html; charset=utf-8";
constexpr const char* kScript = "text/javascript; charset=utf-8";

constexpr std::array kFiles{
    PageFile{"/index.html", kHtml},
    PageFile{"/app.js", kScript},
    PageFile{"/connection.js", kScript},
    PageFile{"/decimal.js", kScript},
    PageFile{"/dom.js", kScript},
    PageFile{"/market.js", kScript},
    PageFile{"/order.js", kScript},
    PageFile{"/plan.js", kScript},
    PageFile{"/receipt.js", kScript},
    PageFile{"/tables.js", kScript},
    PageFile{"/ticket.js", kScript},
    PageFile{"/style.css", "text/css; charset=utf-8"},
    PageFile{"/favicon.svg", "image/svg+xml"},
};

}  // namespace

Pages loadPages() {
    Pages pages;
    for (const PageFile& file : kFiles) {
        QFile resource(QStringLiteral(":/web") + QLatin1String(file.name));
        [[maybe_unused]] const bool opened = resource.open(QIODevice::ReadOnly);
        Q_ASSERT(opened);  // it is part of the executable
        pages[file.name] = {file.contentType, resource.readAll()};
    }
    pages["/"] = pages["/index.html"];
    return pages;
}

}  // namespace oee::gateway
