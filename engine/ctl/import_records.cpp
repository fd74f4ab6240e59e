// `triagectl import customers|orders|contracts`: a CSV file, told to the daemon row by row.

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/feed_terminal.hpp"
#include "engine/ctl/records.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/target.hpp"

namespace triaged::ctl {

namespace {

constexpr std::size_t failures_shown_max = 50;  // to people; the others are counted

/// A file's rows as requests, its mistakes shown where they are.
class RecordFile {
public:
    RecordFile(const RecordKind& kind, const config::Config& config, const Options& options,
               const Console& console)
        : options_(options),
          console_(console),
          stream_(options.target, std::ios::binary),
          csv_(stream_),
          reader_(kind, config)
    {
        std::error_code unknown;
        bytes_ = std::filesystem::file_size(options.target, unknown);
        if (unknown) bytes_ = 0;
    }

    bool is_open() const { return stream_.is_open(); }
    std::optional<double> fraction() const { return fraction_of(csv_.bytes_read(), bytes_); }

    /// Reads the names of the columns. \return whether they are right
    bool read_header()
    {
        const auto header = csv_.next();
        if (!header) {
            complain(console_, fmt::format("{} is empty; its first row names the columns", options_.target));
            return false;
        }
        auto found = header->wrong ? std::vector<Diagnostic>{*header->wrong} : reader_.take_header(*header);
        for (auto& diagnostic : found) show(std::move(diagnostic));
        return found.empty();
    }

    std::optional<NextRequest> next()
    {
        mistake_.reset();
        const auto row = csv_.next();
        if (!row) return std::nullopt;
        auto request = reader_.read(*row);
        NextRequest next{options_.target, static_cast<std::uint64_t>(row->line), {}};
        if (request) {
            next.request = std::move(*request);
            unanswered_.push_back(*row);
            if (unanswered_.size() > options_.window) unanswered_.pop_front();
        } else {
            mistake_ = std::move(request.error());
            next.request = fail(ErrorCode::bad_value, mistake_->message);
        }
        return next;
    }

    /// Shows why the row read last, or one the daemon has answered, failed.
    void show_failure(const FeedFailure& failure)
    {
        if (!options_.json && ++failures_ > failures_shown_max) return;
        if (mistake_) {
            show(std::move(*mistake_));
            return mistake_.reset();
        }
        const auto row = std::find_if(unanswered_.begin(), unanswered_.end(), [&](const CsvRow& each) {
            return static_cast<std::uint64_t>(each.line) == failure.line;
        });
        check(row != unanswered_.end(), "no more rows are on their way than the window holds");
        show(reader_.refused(*row, {failure.code, failure.message, failure.field}));
    }

    void show_rest() const
    {
        if (failures_ > failures_shown_max)
            complain(console_, fmt::format("{} more failed rows are not shown; --json shows all",
                                           failures_ - failures_shown_max));
    }

private:
    void show(Diagnostic diagnostic)
    {
        diagnostic.file = options_.target;
        if (!options_.json) {
            console_.err << render(diagnostic, console_.colour);
            return;
        }
        const boost::json::object line{
            {"file", diagnostic.file},       {"line", diagnostic.line},
            {"column", diagnostic.column},   {"code", diagnostic.code},
            {"message", diagnostic.message}, {"suggestion", diagnostic.suggestion}};
        console_.out << boost::json::serialize(line) << '\n';
    }

    const Options& options_;
    const Console& console_;
    std::ifstream stream_;
    std::uint64_t bytes_ = 0;
    CsvReader csv_;
    RecordReader reader_;
    std::optional<Diagnostic> mistake_;  // of the row read last
    std::deque<CsvRow> unanswered_;      // among the latest rows that were sent
    std::size_t failures_ = 0;
};

/// Reads the whole file and sends nothing.
int try_out(RecordFile& file, const Options& options, const Console& console)
{
    std::int64_t good = 0;
    std::int64_t bad = 0;
    while (const auto next = file.next()) {
        ++(next->request ? good : bad);
        if (!next->request) file.show_failure({});
    }
    file.show_rest();
    if (options.json)
        console.out << boost::json::serialize(boost::json::object{{"good", good}, {"failed", bad}}) << '\n';
    else
        console.out << fmt::format("{} good, {} bad; nothing was sent\n", grouped(good), grouped(bad));
    return bad == 0 ? exit_good : exit_findings;
}

}  // namespace

int import_records_command(const Options& options, const Console& console)
{
    const auto* const kind = find_record_kind(options.format);
    check(kind != nullptr, "the options allow no other kinds");
    const auto config = load_config(options, console);
    if (!config) return exit_findings;
    RecordFile file(*kind, *config, options, console);
    if (!file.is_open()) {
        complain(console, fmt::format("cannot read {}", options.target));
        return exit_usage;
    }
    if (!file.read_header()) return exit_findings;
    if (options.dry) return try_out(file, options, console);
    FeedJob job;
    job.requests = [&] { return file.next(); };
    job.fraction = [&] { return file.fraction(); };
    job.failed = [&](const FeedFailure& failure) { file.show_failure(failure); };
    job.verb = "imported";
    const int ending = feed_at_terminal(job, options, console);
    file.show_rest();
    return ending;
}

}  // namespace triaged::ctl
