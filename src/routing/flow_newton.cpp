// One step of the search: Newton's direction on the dual, by a sparse Laplacian.

#include <algorithm>
#include <cmath>

#include "routing/flow.h"

namespace oee::routing {
namespace {

constexpr double kDamping = 0.25;  // of a token's own imbalance, on the diagonal

}  // namespace

void FlowSolver::numberRows() {
    std::fill(row_.begin(), row_.end(), -1);
    token_.clear();
    const auto add = [&](TokenIndex token) {
        if (token != free_ && row_[token] < 0) {
            row_[token] = static_cast<std::int32_t>(token_.size());
            token_.push_back(token);
        }
    };
    add(problem_->exactOut ? problem_->sink : problem_->source);
    for (const Active& active : active_) {
        add(problem_->arcs[active.arc].from);
        add(problem_->arcs[active.arc].to);
    }
}

// Newton's step: (Laplacian of the arcs' weights + damping) · direction = −imbalance in value.
void FlowSolver::newtonDirection() {
    numberRows();
    const std::size_t n = token_.size();
    matrix_.assign(n * n, 0);
    right_.resize(n);
    const std::vector<double>& prices = solution_.prices;
    for (const Active& active : active_) {
        const Arc& arc = problem_->arcs[active.arc];
        const std::int32_t from = row_[arc.from];
        const std::int32_t to = row_[arc.to];
        if (from >= 0) {
            matrix_[static_cast<std::size_t>(from) * (n + 1)] += active.weight;
        }
        if (to >= 0) {
            matrix_[static_cast<std::size_t>(to) * (n + 1)] += active.weight;
        }
        if (from >= 0 && to >= 0) {
            const auto [low, high] = std::minmax(from, to);
            matrix_[static_cast<std::size_t>(high) * n + static_cast<std::size_t>(low)] -=
                active.weight;
        }
    }
    for (std::size_t i = 0; i < n; ++i) {
        const double value = prices[token_[i]] * imbalance_[token_[i]];
        matrix_[i * (n + 1)] += kDamping * std::abs(value) + 1e-14 * value_;
        right_[i] = -value;
    }
    factorAndSolve();
    std::fill(direction_.begin(), direction_.end(), 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        // Deep pools at one price leave a pivot of nothing but what doubles are off.
        direction_[token_[i]] = std::isfinite(right_[i]) ? right_[i] : 0;
    }
}

// L · D · Lᵀ in place on the lower triangle, by columns: most tokens have few neighbours, and zeros
// are skipped. Then both triangular solves on the right side.
void FlowSolver::factorAndSolve() {
    const std::size_t n = token_.size();
    for (std::size_t k = 0; k < n; ++k) {
        column_.clear();
        for (std::size_t i = k + 1; i < n; ++i) {
            if (matrix_[i * n + k] != 0) {
                column_.push_back(i);
            }
        }
        const double pivot = matrix_[k * (n + 1)];
        for (std::size_t a = 0; a < column_.size(); ++a) {
            double* row = &matrix_[column_[a] * n];
            const double factor = row[k] / pivot;
            for (std::size_t b = 0; b <= a; ++b) {
                row[column_[b]] -= factor * matrix_[column_[b] * n + k];
            }
            right_[column_[a]] -= factor * right_[k];
        }
    }
    for (std::size_t k = n; k-- > 0;) {
        double sum = right_[k];
        for (std::size_t i = k + 1; i < n; ++i) {
            sum -= matrix_[i * n + k] * right_[i];
        }
        right_[k] = sum / matrix_[k * (n + 1)];
    }
}

}  // namespace oee::routing
