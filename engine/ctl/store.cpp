// Commands that read the journal's files themselves: verify, rebuild, backup.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/progress.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/target.hpp"
#include "engine/journal/codec.hpp"
#include "engine/journal/journal.hpp"
#include "engine/journal/read_model.hpp"
#include "engine/journal/sqlite.hpp"
#include "engine/rulebook/condition_lines.hpp"

namespace triaged::ctl {

namespace fs = std::filesystem;
namespace json = boost::json;
namespace sqlite = journal::sqlite;

namespace {

constexpr std::size_t events_applied_together = 20'000;

/// The files of the desk that the options mean.
struct Files {
    std::string desk;
    fs::path journal;
    fs::path read_model;
};

/// \return nothing after saying why, if the configuration does not load or there is no journal.
std::optional<Files> find_files(const Options& options, const Console& console)
{
    const auto config = load_config(options, console);
    if (!config) return std::nullopt;
    const fs::path folder = options.data_dir.empty() ? config->data_dir : options.data_dir;
    const Files files{config->desk.desk, folder / "journal.db", folder / "readmodel.db"};
    if (fs::exists(files.journal)) return files;
    complain(console, fmt::format("{} does not exist", files.journal.string()));
    return std::nullopt;
}

/// Says how it ended: a failure on `err`, or `reply` in JSON or words.
int conclude(const Options& options, const Console& console, const Result<void>& result,
             const json::object& reply, const std::string& words)
{
    if (!result) {
        complain(console, fmt::format("{}: {}", to_string(result.error().code), result.error().message));
        if (options.json)
            console.out << json::serialize(json::object{{"ok", false},
                                                        {"error",
                                                         {{"code", to_string(result.error().code)},
                                                          {"message", result.error().message}}}})
                        << '\n';
        return exit_findings;
    }
    console.out << (options.json ? json::serialize(reply) : words) << '\n';
    return exit_good;
}

Result<std::uint64_t> verify_file(const std::string& path, const std::string& desk)
{
    return journal::Journal::open(path, desk).and_then([](const auto& journal) { return journal->verify(); });
}

/// A read model that shows nothing yet; a damaged one is deleted, because it can be made again.
Result<std::unique_ptr<journal::ReadModel>> empty_read_model(const fs::path& path)
{
    auto model = journal::ReadModel::open(path.string(), rulebook::condition_lines);
    if (!model && model.error().code == ErrorCode::journal_damaged) {
        for (const auto* const suffix : {"", "-wal", "-shm"}) fs::remove(path.string() + suffix);
        model = journal::ReadModel::open(path.string(), rulebook::condition_lines);
    }
    if (!model) return model;
    if (const auto cleared = (*model)->clear(); !cleared) return tl::unexpected(cleared.error());
    return model;
}

/// What root makes beside the journal must be the daemon's to write.
void give_to_owner_of(const fs::path& journal, const fs::path& made)
{
    struct stat owner {};
    if (::geteuid() != 0 || ::stat(journal.c_str(), &owner) != 0) return;
    for (const auto* const suffix : {"", "-wal", "-shm"})
        if (const auto path = made.string() + suffix;
            fs::exists(path) && ::chown(path.c_str(), owner.st_uid, owner.st_gid) != 0)
            return;  // the daemon will say that it cannot write its read model
}

/// Applies the whole journal, many events at a time: one transaction a batch would take a hundred times as
/// long.
class Rebuild {
public:
    Rebuild(journal::ReadModel& model, Seq head, ProgressLine& progress)
        : model_(model), head_(head), progress_(progress)
    {}

    Result<Seq> run(journal::Journal& journal)
    {
        Result<void> applied;
        const auto read = journal.read(0, [&](const journal::Batch& batch) {
            applied = take(batch);
            return applied.has_value();
        });
        if (read && applied) applied = flush();
        if (!read) return tl::unexpected(read.error());
        if (!applied) return tl::unexpected(applied.error());
        return model_.applied();
    }

private:
    Result<void> take(const journal::Batch& batch)
    {
        auto events = journal::decode(batch.body, batch.first_seq, batch.count);
        if (!events) return tl::unexpected(events.error());
        for (auto& event : *events) pending_.push_back(std::move(event));
        return pending_.size() < events_applied_together ? Result<void>{} : flush();
    }

    Result<void> flush()
    {
        const auto applied = model_.apply(pending_);
        pending_.clear();
        if (!applied) return applied;
        const auto share =
            head_ == 0 ? 1.0 : static_cast<double>(model_.applied()) / static_cast<double>(head_);
        progress_.show(share, fmt::format("{} events", grouped(static_cast<std::int64_t>(model_.applied()))));
        return {};
    }

    journal::ReadModel& model_;
    Seq head_;
    ProgressLine& progress_;
    std::vector<Event> pending_;
};

Result<Seq> rebuild_read_model(const Files& files, ProgressLine& progress)
{
    auto journal = journal::Journal::open(files.journal.string(), files.desk);
    if (!journal) return tl::unexpected(journal.error());
    const auto head = (*journal)->head();
    if (!head) return head;
    auto model = empty_read_model(files.read_model);
    if (!model) return tl::unexpected(model.error());
    auto applied = Rebuild(**model, *head, progress).run(**journal);
    give_to_owner_of(files.journal, files.read_model);
    return applied;
}

/// Makes an empty file that only its owner may read, because a journal holds what customers wrote.
bool create_private(const std::string& path)
{
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    return file >= 0 && ::close(file) == 0;
}

/// Copies a database as it is at this moment, also while another process writes it.
Result<void> copy_database(const std::string& from, const std::string& to)
{
    auto source = sqlite::Database::open(from, sqlite::Database::Open::existing);
    if (!source) return tl::unexpected(source.error());
    auto target = sqlite::Database::open(to, sqlite::Database::Open::create);
    if (!target) return tl::unexpected(target.error());
    auto* const backup = sqlite3_backup_init(target->raw(), "main", source->raw(), "main");
    if (!backup) return target->failure("starting the copy");
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK) return target->failure("copying");
    return {};
}

}  // namespace

int verify_command(const Options& options, const Console& console)
{
    const auto files = find_files(options, console);
    if (!files) return exit_usage;
    const auto events = verify_file(files->journal.string(), files->desk);
    const auto checked = events.value_or(0);
    return conclude(options, console, events.map([](std::uint64_t) {}), {{"ok", true}, {"events", checked}},
                    fmt::format("{}: desk '{}': {} events, all sound", files->journal.string(), files->desk,
                                grouped(static_cast<std::int64_t>(checked))));
}

int rebuild_command(const Options& options, const Console& console)
{
    const auto files = find_files(options, console);
    if (!files) return exit_usage;
    if (options.data_dir.empty()) {
        const auto target = find_target(options, config::Role::ops, console);
        if (target && Connection::open(target->endpoint, {})) {
            complain(console, "triaged is running, and writes the read model itself: stop it first");
            return exit_findings;
        }
    }
    ProgressLine progress(console.err, console.progress, steady_time);
    const auto applied = rebuild_read_model(*files, progress);
    progress.clear();
    const auto events = applied.value_or(0);
    return conclude(options, console, applied.map([](Seq) {}), {{"ok", true}, {"events", events}},
                    fmt::format("{}: built from {} events in {}", files->read_model.string(),
                                grouped(static_cast<std::int64_t>(events)), brief(progress.elapsed())));
}

int backup_command(const Options& options, const Console& console)
{
    const auto files = find_files(options, console);
    if (!files) return exit_usage;
    if (!create_private(options.target)) {
        complain(console, fmt::format("cannot make {}: {}", options.target, std::strerror(errno)));
        return exit_usage;
    }
    const auto copied = copy_database(files->journal.string(), options.target);
    // What cannot be read back is no backup.
    const auto events = copied.and_then([&] { return verify_file(options.target, files->desk); });
    const auto checked = events.value_or(0);
    return conclude(
        options, console, events.map([](std::uint64_t) {}), {{"ok", true}, {"events", checked}},
        fmt::format("{}: {} events, all sound", options.target, grouped(static_cast<std::int64_t>(checked))));
}

}  // namespace triaged::ctl
