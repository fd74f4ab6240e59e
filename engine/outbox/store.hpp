// The outbox on disk: what is to be sent, what was sent, what could not be, and how far the journal was read
// for it.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/journal/sqlite.hpp"
#include "engine/model/event.hpp"

namespace triaged::outbox {

enum class NoteState { pending, sent, dead };

std::string_view to_string(NoteState state);

/// How it reaches the lead.
enum class Way { webhook, mail };

std::string_view to_string(Way way);

/// A notification of one lead about one event.
struct Note {
    Seq seq = 0;  // of the event
    std::string lead;
    Way way = Way::webhook;
    std::string body;  // JSON, the same each time it is sent
    NoteState state = NoteState::pending;
    int attempts = 0;
    Instant made_at;    // the event's time
    Instant next_at;    // not sent before
    std::string error;  // of the last attempt, or empty

    bool operator==(const Note&) const = default;
};

class Store {
public:
    /// Opens or creates `path`. A new one begins after event `begin`: what happened before is nobody's news.
    static Result<Store> open(const std::string& path, Seq begin);
    /// To look only. \return `journal_failed` if there is none
    static Result<Store> open_existing(const std::string& path);

    /// The last event that was looked at.
    Seq position() const { return position_; }
    /// Takes up notes and moves the position, both or neither. A note that is there already stays as it is.
    Result<void> add(std::span<const Note> notes, Seq position);

    /// Pending notes whose time has come, those due longest first.
    Result<std::vector<Note>> due(Instant now, std::size_t max);
    /// When the next pending note is due.
    Result<std::optional<Instant>> next_due();
    Result<void> mark_sent(const Note& note, Instant at);
    Result<void> mark_failed(const Note& note, const std::string& error, Instant next_at);
    Result<void> mark_dead(const Note& note, const std::string& error);
    /// Makes dead notes pending again, all or those of one event. \return how many
    Result<std::int64_t> revive(std::optional<Seq> seq);
    /// Drops notes that were sent before `before`.
    Result<void> forget_sent(Instant before);

    /// All in the order of events. \param state  only these
    Result<std::vector<Note>> list(std::optional<NoteState> state);
    Result<std::int64_t> count(NoteState state);

private:
    Result<void> prepare(std::optional<Seq> begin);
    Result<std::vector<Note>> read(journal::sqlite::Statement& statement);
    Result<void> mark(const Note& note, NoteState state, const std::string& error, Instant next_at,
                      int attempts);

    journal::sqlite::Database database_;
    Seq position_ = 0;
};

}  // namespace triaged::outbox
