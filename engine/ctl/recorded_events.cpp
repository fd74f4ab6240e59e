#include "engine/ctl/recorded_events.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "engine/ctl/reply.hpp"
#include "engine/ctl/rules_files.hpp"
#include "engine/ctl/target.hpp"
#include "engine/journal/codec.hpp"
#include "engine/journal/journal.hpp"

namespace triaged::ctl {

Result<void> read_events(const std::string& path, const std::string& desk, ProgressLine& progress,
                         const std::function<void(const Event&)>& take)
{
    if (!std::filesystem::exists(path))
        return fail(ErrorCode::journal_failed, fmt::format("{} does not exist", path));
    auto journal = journal::Journal::open(path, desk);
    if (!journal) return tl::unexpected(journal.error());
    const auto head = (*journal)->head();
    if (!head) return tl::unexpected(head.error());
    Result<void> sound;
    const auto read = (*journal)->read(0, [&](const journal::Batch& batch) {
        const auto events = journal::decode(batch.body, batch.first_seq, batch.count);
        if (!events) {
            sound = tl::unexpected(events.error());
            return false;
        }
        for (const auto& event : *events) take(event);
        progress.show(static_cast<double>(events->back().seq) / static_cast<double>(*head),
                      fmt::format("{} events", grouped(static_cast<std::int64_t>(events->back().seq))));
        return true;
    });
    return read ? sound : read;
}

std::optional<desk::Policies> policies_of(const Options& options, const Console& console,
                                          std::string& data_dir)
{
    auto loaded = load_all(config_file(options), {});
    if (loaded.config && !options.agents_file.empty() &&
        !config::load_agents(options.agents_file, *loaded.config, loaded.found))
        loaded.rulebook = nullptr;
    std::erase_if(loaded.found, [](const Diagnostic& d) { return d.severity != Severity::error; });
    console.err << render(loaded.found, console.colour);
    if (!loaded.config || !loaded.rulebook) return std::nullopt;
    data_dir = options.data_dir.empty() ? loaded.config->data_dir : options.data_dir;
    return desk::Policies{loaded.rulebook, loaded.config->desk};
}

std::string journal_in(const std::string& data_dir)
{
    return (std::filesystem::path(data_dir) / "journal.db").string();
}

}  // namespace triaged::ctl
