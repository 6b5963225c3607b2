#include "domain/route.h"

#include <array>

namespace oee::domain {

std::string_view nameOf(RouteMode mode) {
    switch (mode) {
        case RouteMode::exactIn:
            return "exactIn";
        case RouteMode::exactOut:
            return "exactOut";
    }
    return "";
}

std::string_view nameOf(RouteScope scope) {
    switch (scope) {
        case RouteScope::single:
            return "single";
        case RouteScope::split:
            return "split";
        case RouteScope::full:
            return "full";
    }
    return "";
}

std::optional<RouteMode> routeModeFromName(std::string_view name) {
    for (const RouteMode mode : {RouteMode::exactIn, RouteMode::exactOut}) {
        if (nameOf(mode) == name) {
            return mode;
        }
    }
    return std::nullopt;
}

std::optional<RouteScope> routeScopeFromName(std::string_view name) {
    for (const RouteScope scope : {RouteScope::single, RouteScope::split, RouteScope::full}) {
        if (nameOf(scope) == name) {
            return scope;
        }
    }
    return std::nullopt;
}

}  // namespace oee::domain
