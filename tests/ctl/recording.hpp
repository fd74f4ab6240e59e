// A desk's journal, made for a test by the desk itself.

#pragma once

#include <filesystem>
#include <memory>

#include <catch2/catch.hpp>

#include "engine/ctl/rules_files.hpp"
#include "engine/desk/desk.hpp"
#include "engine/journal/codec.hpp"
#include "engine/journal/journal.hpp"
#include "tests/ctl/files.hpp"

namespace triaged::ctl {

class Recording {
public:
    /// By `config/triaged.yaml` and its rules, into `data/journal.db`.
    explicit Recording(const Files& files)
    {
        const auto loaded = load_all(files.path("config/triaged.yaml"), {});
        REQUIRE(loaded.rulebook);
        policies_ = {loaded.rulebook, loaded.config->desk};
        std::filesystem::create_directories(files.path("data"));
        journal_ = journal::Journal::open(files.path("data/journal.db"), "main").value();
        REQUIRE(journal_->take_ownership("a test"));
    }

    /// What follows from it is one batch.
    void happen(const Command& command, Instant now)
    {
        const auto events = step(policies_, state_, command, now);
        REQUIRE(events.has_value());
        if (events->empty()) return;
        journal::Batch batch{events->front().seq, static_cast<std::uint32_t>(events->size()), now, {}};
        for (const auto& event : *events) journal::encode(event, batch.body);
        REQUIRE(journal_->append(batch).outcome == journal::Append::committed);
    }

    const rulebook::Rulebook& rulebook() const { return *policies_.rulebook; }

private:
    desk::Policies policies_;
    desk::State state_;
    std::unique_ptr<journal::Journal> journal_;
};

}  // namespace triaged::ctl
