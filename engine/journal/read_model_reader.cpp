#include "engine/journal/read_model_reader.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "engine/journal/read_model.hpp"
#include "engine/journal/read_model_schema.hpp"

namespace triaged::journal {

Result<sqlite::Database> open_read_model(const std::string& path)
{
    std::error_code failure;
    if (!std::filesystem::exists(path, failure))
        return fail(ErrorCode::unavailable, fmt::format("{}: there is no read model", path));
    auto database = sqlite::Database::open(path, sqlite::Database::Open::existing);
    if (!database) return database;
    const auto version = database->integer("PRAGMA user_version");
    if (!version) return tl::unexpected(version.error());
    if (*version != read_model_version)
        return fail(ErrorCode::unavailable, fmt::format("{}: has tables of version {}, this program reads {}",
                                                        path, *version, read_model_version));
    return database;
}

Result<std::map<std::string, RuleHits>> rule_hits(const std::string& path, Instant since)
{
    auto database = open_read_model(path);
    if (!database) return tl::unexpected(database.error());
    auto rows = database->prepare(
        "SELECT rule, sum(hits), total(hits) FILTER (WHERE day >= ?1 / 86400000), max(last_ms) FROM "
        "rule_hits GROUP BY rule");
    if (!rows) return tl::unexpected(rows.error());
    rows->bind(1, since.ms);
    std::map<std::string, RuleHits> hits;
    int code = rows->step();
    for (; code == SQLITE_ROW; code = rows->step())
        hits[std::string(rows->bytes(0))] = {static_cast<std::uint64_t>(rows->integer(1)),
                                             static_cast<std::uint64_t>(rows->integer(2)),
                                             Instant{rows->integer(3)}};
    if (code != SQLITE_DONE) return database->failure("reading hits of rules");
    return hits;
}

}  // namespace triaged::journal
