#include "engine/journal/read_model_writer.hpp"

#include "engine/journal/read_model_bind.hpp"

namespace triaged::journal {

Result<void> ReadModelWriter::prepare(sqlite::Database& database)
{
    database_ = &database;
    for (std::size_t i = 0; i < statements_.size(); ++i) {
        auto prepared = database.prepare(text_of(static_cast<Sql>(i)));
        if (!prepared) return tl::unexpected(prepared.error());
        statements_[i] = std::move(*prepared);
    }
    return read_rules();
}

/// The names of rules by which decisions made before this program started are still spelled.
Result<void> ReadModelWriter::read_rules()
{
    rules_.clear();
    auto rows = database_->prepare("SELECT rulebook, name FROM rules ORDER BY rulebook, position");
    if (!rows) return tl::unexpected(rows.error());
    int code = rows->step();
    for (; code == SQLITE_ROW; code = rows->step())
        rules_[std::string(rows->bytes(0))].names.emplace_back(rows->bytes(1));
    if (code != SQLITE_DONE) return database_->failure("reading the names of rules");
    for (auto& [rulebook, known] : rules_) {
        known.hits.resize(known.names.size());
        known.conditions.resize(known.names.size());
    }
    auto lines = database_->prepare(
        "SELECT rulebook, position, each.value FROM rules,"
        " json_each(rules.conditions) AS each ORDER BY rulebook, position, each.key");
    if (!lines) return tl::unexpected(lines.error());
    for (code = lines->step(); code == SQLITE_ROW; code = lines->step()) {
        auto& conditions = rules_[std::string(lines->bytes(0))].conditions;
        const auto rule = static_cast<std::size_t>(lines->integer(1));
        if (rule < conditions.size()) conditions[rule].emplace_back(lines->bytes(2));
    }
    if (code != SQLITE_DONE) return database_->failure("reading the conditions of rules");
    return {};
}

ReadModelWriter::Known* ReadModelWriter::known(RulebookId rulebook)
{
    const auto found = rules_.find(to_string(rulebook));
    return found == rules_.end() ? nullptr : &found->second;
}

void ReadModelWriter::count(Known* rulebook, RuleIndex rule, Instant at)
{
    if (rulebook == nullptr || rule >= rulebook->hits.size()) return;
    auto& hits = rulebook->hits[rule];
    ++hits.count;
    hits.last = at;
}

int ReadModelWriter::write_hits()
{
    int code = SQLITE_DONE;
    for (auto& [rulebook, known] : rules_)
        for (std::size_t rule = 0; rule < known.hits.size() && code == SQLITE_DONE; ++rule) {
            auto& hits = known.hits[rule];
            if (hits.count == 0) continue;
            code = run(at(Sql::add_hits), known.names[rule], day_, hits.count, hits.last);
            hits = {};
        }
    return code;
}

}  // namespace triaged::journal
