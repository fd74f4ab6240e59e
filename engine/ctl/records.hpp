// Records: rows of a CSV file as requests that tell of customers, orders or contracts.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config.hpp"
#include "engine/ctl/csv.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/model/result.hpp"

namespace triaged::ctl {

/// One column of a file: how its cells are read, and where they go in the request.
struct RecordColumn {
    enum class Holds { name, fact, policy, time };
    std::string name;   // as messages spell it
    std::string outer;  // the request's field
    std::string inner;  // the field within that, or empty
    Holds holds = Holds::name;
    bool required = false;
    const FactDeclaration* fact = nullptr;
};

/// What a file may tell of.
struct RecordKind {
    std::string name;  // `customers`, `orders` or `contracts`
    std::string op;
    std::string prefix;                 // of the facts that are further columns; empty: there are none
    std::vector<RecordColumn> columns;  // beside these
};

/// Null if there is no such kind.
const RecordKind* find_record_kind(std::string_view name);

/// Turns rows into requests, by what the columns are called.
class RecordReader {
public:
    /// \param config  whose facts and SLA policies the file may name; outlives this
    RecordReader(const RecordKind& kind, const config::Config& config) : kind_(kind), config_(config) {}

    /// Takes the first row, which names the columns. \return what is wrong with the names
    std::vector<Diagnostic> take_header(const CsvRow& header);

    /// The request the row makes, as JSON without a newline. An empty cell says nothing.
    /// \pre the header was taken without mistakes \return or the row's first mistake
    tl::expected<std::string, Diagnostic> read(const CsvRow& row) const;

    /// Why the daemon refused the request of a row: at the cell of the field that it names, else at the
    /// first.
    Diagnostic refused(const CsvRow& row, const Refused& refusal) const;

private:
    tl::expected<RecordColumn, Diagnostic> column_of(const CsvRow& header, const CsvCell& cell) const;

    const RecordKind& kind_;
    const config::Config& config_;
    std::vector<RecordColumn> columns_;  // as the file has them
};

}  // namespace triaged::ctl
