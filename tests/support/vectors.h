#pragma once
// Judges a program by the recorded swaps in ../shared/vectors: same amounts, failures where the
// program failed, the same state at the end of every sequence. Everything goes through the
// generic amm::Pool functions, on accounts read from ../shared/mainnet.

#include <functional>
#include <vector>

#include <QJsonObject>
#include <QString>
#include <QStringList>

#include "amm/pool.h"
#include "domain/pubkey.h"

namespace oee::test {

struct VectorOptions {
    QString program;  // "raydium-amm-v4": names the vector file and the folder of dumps

    // The pool as the vectors' `final` writes it, for example {"vaults": {…}, "state": {…}}. Every
    // leaf of the vector must be there; more leaves are ignored, and so are sha256 and
    // legacyCounters (as shared/tools/compare_vectors.py has it).
    std::function<QJsonObject(const amm::Pool&)> finalOf;

    // Likewise for `after` of a single swap; empty: `after` is not compared.
    std::function<QJsonObject(const amm::Pool&)> afterOf;

    // Which vectors to judge, by the whole JSON object; empty: all. Others count as skipped.
    std::function<bool(const QJsonObject&)> wanted;

    // Accounts whose encoded bytes must have the vector's final.sha256, where the vector has one
    // for that address (not every account is written as the recorded revision wrote it); empty:
    // none.
    std::function<std::vector<domain::Pubkey>(const amm::Pool&)> hashed;

    // Also compare the failure's name with the program's own (amm::programErrorOf; "panic" where
    // that has none). Off for programs whose vectors use other names.
    bool compareErrorNames = false;

    // Whether the trader can run out of money. Off for programs whose vectors were recorded with
    // deeper pockets than vectors/README.md says.
    bool limitTrader = true;

    int show = 10;  // differences kept in the report
};

struct VectorReport {
    int passed = 0;
    int failed = 0;
    int skipped = 0;
    int swaps = 0;           // singles and steps
    int hashesCompared = 0;  // accounts whose bytes were equal to the recorded ones
    QStringList differences;

    QString text() const;  // one line a difference
};

// Whether ../shared has the program's vectors and dumps; tests skip where it has not.
bool vectorsAvailable(const QString& program);

VectorReport judgeVectors(const VectorOptions& options);

// A decimal string or number of a JSON object as an unsigned integer; 0 where it is none.
quint64 u64Of(const QJsonValue& value);

}  // namespace oee::test
