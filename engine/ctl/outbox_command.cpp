// `triagectl outbox`: what leads were told, are still to be told, and could not be told.

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/table.hpp"
#include "engine/ctl/target.hpp"
#include "engine/outbox/store.hpp"

namespace triaged::ctl {

namespace json = boost::json;
using outbox::Note;
using outbox::NoteState;

namespace {

Tone tone_of(NoteState state)
{
    return state == NoteState::dead ? Tone::red : state == NoteState::pending ? Tone::yellow : Tone::plain;
}

void show(const std::vector<Note>& notes, const Console& console)
{
    Table table({{"SEQ", Align::right},
                 {"WHEN"},
                 {"LEAD"},
                 {"BY"},
                 {"ABOUT"},
                 {"RULE"},
                 {"STATE"},
                 {"ATTEMPTS", Align::right},
                 {"NEXT"},
                 {"LAST ERROR"}});
    for (const auto& note : notes) {
        boost::system::error_code ignored;
        const auto parsed = json::parse(note.body, ignored);
        const auto field = [&](std::string_view key) {
            return parsed.is_object() ? printable(text_at(parsed.get_object(), key)) : std::string();
        };
        const auto ticket = field("ticket");
        table.add({std::to_string(note.seq), to_string(note.made_at), printable(note.lead),
                   std::string(to_string(note.way)), ticket.empty() ? field("problem") : ticket,
                   field("rule"), Cell(std::string(to_string(note.state)), tone_of(note.state)),
                   std::to_string(note.attempts),
                   note.state == NoteState::pending ? to_string(note.next_at) : std::string(),
                   printable(note.error)});
    }
    console.out << table.render(console.colour);
}

json::array json_of(const std::vector<Note>& notes)
{
    json::array out;
    for (const auto& note : notes) {
        json::object one{{"seq", note.seq},           {"lead", note.lead},
                         {"by", to_string(note.way)}, {"state", to_string(note.state)},
                         {"attempts", note.attempts}, {"made_at", to_string(note.made_at)}};
        if (note.state == NoteState::pending) one["next_at"] = to_string(note.next_at);
        if (!note.error.empty()) one["error"] = note.error;
        boost::system::error_code failure;
        auto body = json::parse(note.body, failure);
        if (!failure) one["body"] = std::move(body);
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace

int outbox_command(const Options& options, const Console& console)
{
    const auto config = load_config(options, console);
    if (!config) return exit_findings;
    const std::filesystem::path folder = options.data_dir.empty() ? config->data_dir : options.data_dir;
    const auto path = (folder / "outbox.db").string();
    if (!std::filesystem::exists(path)) {
        complain(
            console,
            fmt::format(
                "{} does not exist: the daemon makes it once triaged.yaml has outbox: hosts or outbox: mail",
                path));
        return exit_usage;
    }
    const auto stop = [&](const Error& error) {
        complain(console, error.message);
        return exit_usage;
    };
    auto store = outbox::Store::open_existing(path);
    if (!store) return stop(store.error());
    if (options.retry) {
        const auto revived = store->revive(options.from);
        if (!revived) return stop(revived.error());
        if (options.json)
            console.out << json::serialize(json::object{{"ok", true}, {"retried", *revived}}) << '\n';
        else
            console.out << fmt::format("{} notification{} will be sent again\n", *revived,
                                       *revived == 1 ? "" : "s");
        return exit_good;
    }
    const auto notes = store->list(options.dead ? std::optional(NoteState::dead) : std::nullopt);
    if (!notes) return stop(notes.error());
    if (options.json)
        console.out << json::serialize(
                           json::object{{"position", store->position()}, {"notes", json_of(*notes)}})
                    << '\n';
    else
        show(*notes, console);
    const bool dead = std::any_of(notes->begin(), notes->end(),
                                  [](const Note& note) { return note.state == NoteState::dead; });
    return dead ? exit_findings : exit_good;
}

}  // namespace triaged::ctl
