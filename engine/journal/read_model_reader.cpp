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

double FeedbackScore::nps() const
{
    if (answers == 0) return 0;
    return 100.0 * (static_cast<double>(promoters) - static_cast<double>(detractors)) /
           static_cast<double>(answers);
}

void FeedbackScore::add(const FeedbackScore& other)
{
    const auto both = satisfied_answers + other.satisfied_answers;
    if (both > 0)
        csat = (csat * static_cast<double>(satisfied_answers) +
                other.csat * static_cast<double>(other.satisfied_answers)) /
               static_cast<double>(both);
    satisfied_answers = both;
    answers += other.answers;
    promoters += other.promoters;
    detractors += other.detractors;
}

Result<std::map<std::string, FeedbackScore>> feedback_scores(const std::string& path, const std::string& by,
                                                             Instant since)
{
    auto database = open_read_model(path);
    if (!database) return tl::unexpected(database.error());
    auto rows = database->prepare(
        fmt::format("SELECT coalesce({0},''), count(nps), total(nps >= 9), total(nps <= 6), count(csat), "
                    "1000.0 * avg(csat) FROM feedback WHERE at_ms >= ?1 GROUP BY {0} ORDER BY 1",
                    by));
    if (!rows) return tl::unexpected(rows.error());
    rows->bind(1, since.ms);
    std::map<std::string, FeedbackScore> scores;
    int code = rows->step();
    for (; code == SQLITE_ROW; code = rows->step()) {
        const auto number = [&](int column) { return static_cast<std::uint64_t>(rows->integer(column)); };
        scores[std::string(rows->bytes(0))] = {number(1), number(2), number(3), number(4),
                                               static_cast<double>(rows->integer(5)) / 1000.0};
    }
    if (code != SQLITE_DONE) return database->failure("reading feedback");
    return scores;
}

}  // namespace triaged::journal
