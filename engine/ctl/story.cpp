// The story of a ticket as the read model tells it, for tickets the desk has let go of.

#include <algorithm>

#include <fmt/format.h>

#include "engine/ctl/details.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/views.hpp"
#include "engine/rulebook/wrap.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

constexpr std::size_t near_characters_max = 60;  // of a condition that stopped a rule

/// One thing that happened to the ticket.
struct Chapter {
    std::int64_t seq = 0;
    std::string at;
    std::string what;
    std::string text;
};

std::string contact_text(const json::object& contact)
{
    return fmt::format("{} from {} {}", text_at(contact, "channel"), text_at(contact, "source"),
                       text_at(contact, "ref"));
}

std::string decision_text(const json::object& decision)
{
    auto text = fmt::format("{}, {}, by {}", text_at(decision, "queue"), text_at(decision, "priority"),
                            plain(list_at(decision, "rules")));
    std::string nearly;
    for (const auto& near : list_at(decision, "near")) {
        if (!near.is_object()) continue;
        const auto wanted = text_at(near.get_object(), "wanted");
        nearly += fmt::format("{}{}", nearly.empty() ? "" : ", ", text_at(near.get_object(), "rule"));
        if (!wanted.empty())
            nearly += fmt::format(" (wanted {})", rulebook::shorten(wanted, near_characters_max));
    }
    if (!nearly.empty()) text += "; nearly: " + nearly;
    return text + fmt::format("; rulebook {}", text_at(decision, "rulebook"));
}

std::string escalation_text(const json::object& escalation)
{
    auto text = fmt::format("by {}", text_at(escalation, "rule"));
    for (const auto* const key : {"priority", "queue", "contact_by"})
        if (const auto value = text_at(escalation, key); !value.empty())
            text += fmt::format(", {} {}", key, value);
    if (const auto& told = list_at(escalation, "notify"); !told.empty())
        text += fmt::format(", told {}", plain(told));
    return text;
}

std::string offer_text(const json::object& offer)
{
    auto text = fmt::format("to {}: {}", text_at(offer, "agent"), text_at(offer, "outcome"));
    if (const auto by = text_at(offer, "given_by"); !by.empty())
        text += fmt::format(", without an offer: {}", by);
    if (const auto reason = text_at(offer, "reason"); !reason.empty()) text += fmt::format(" ({})", reason);
    if (const auto ended = text_at(offer, "ended_at"); !ended.empty()) text += fmt::format(" at {}", ended);
    return text;
}

std::string move_text(const json::object& move)
{
    auto text = fmt::format("from {} to {}, by {}", text_at(move, "from"), text_at(move, "queue"),
                            text_at(move, "by"));
    if (const auto agent = text_at(move, "agent"); !agent.empty()) text += fmt::format(" from {}", agent);
    if (const auto note = text_at(move, "note"); !note.empty()) text += fmt::format(" ({})", note);
    return text;
}

void add_chapters(std::vector<Chapter>& chapters, const json::object& story, std::string_view key,
                  const std::string& what, std::string (*text_of)(const json::object&))
{
    for (const auto& item : list_at(story, key)) {
        if (!item.is_object()) continue;
        const auto& row = item.get_object();
        chapters.push_back({number_at(row, "seq"), text_at(row, "at"), what, text_of(row)});
    }
}

std::string history(const json::object& story, bool colour)
{
    std::vector<Chapter> chapters;
    add_chapters(chapters, story, "contacts", "contact", contact_text);
    add_chapters(chapters, story, "decisions", "routed", decision_text);
    add_chapters(chapters, story, "escalations", "escalated", escalation_text);
    add_chapters(chapters, story, "offers", "offered", offer_text);
    add_chapters(chapters, story, "moves", "moved", move_text);
    std::sort(chapters.begin(), chapters.end(),
              [](const Chapter& a, const Chapter& b) { return a.seq < b.seq; });
    Table table({{"WHEN"}, {"SEQ", Align::right}, {"WHAT"}, {""}});
    for (auto& [seq, at, what, text] : chapters)
        table.add({std::move(at), std::to_string(seq), std::move(what), std::move(text)});
    return table.render(colour);
}

}  // namespace

std::string view_story(const json::object& story, bool colour)
{
    const auto field = [&](std::string_view key) { return text_at(story, key); };
    Details details(colour);
    details.add("queue", field("queue"));
    details.add("priority", field("priority"), tone_of_priority(field("priority")));
    details.add("agent", field("agent"));
    details.add("outcome", field("outcome"));
    details.add("disposition", field("disposition"));
    details.add("call back", field("callback_number"));
    details.add("intent", field("intent"));
    details.add("tags", plain(list_at(story, "tags")));
    details.add("needs", skills_of(story, "skills"));
    details.add("sla", field("sla"));
    details.add("contact by", field("contact_by"));
    details.add("customer", field("customer"));
    details.add("opened", field("opened_at"));
    details.add("closed", field("closed_at"));
    details.add("follows", field("follows"));
    details.add("from", field("source") + " " + field("ref"));
    details.add("subject", field("subject"), Tone::bold);
    std::string out =
        heading(fmt::format("{} {}", field("ticket"), field("phase")), colour) + details.render();
    for (const auto& item : list_at(story, "contacts"))
        if (item.is_object()) out += block(text_at(item.get_object(), "body"));
    return out + history(story, colour);
}

}  // namespace triaged::ctl
