#include "engine/rehearsal/timeline.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "engine/desk/views.hpp"

namespace triaged::rehearsal {

using namespace rulebook;
using yaml::Kind;
using yaml::Node;

namespace {

constexpr Instant default_start{1'767'603'600'000};  // Monday 2026-01-05, 09:00 UTC
constexpr std::size_t timers_max = 100'000;          // between two steps; more is a desk that never settles

class TimelineReader {
public:
    TimelineReader(const yaml::Document& document, const Rulebook& rulebook, const Vocabulary& vocabulary)
        : document_(document), cases_(document, rulebook, vocabulary)
    {}

    std::optional<Timeline> read(const Node& node)
    {
        cases_.was_wrong();
        tickets_.clear();
        yaml::MapReader map(document_, node, "a timeline");
        Timeline out;
        const auto* const name = map.require("timeline");
        const auto* const start = map.take("start");
        const auto* const steps = map.require("steps");
        map.finish();
        if (!name || !steps) return std::nullopt;
        out.name = cases_.keep(yaml::read_text(document_, *name, "timeline"));
        out.file = document_.file();
        out.line = name->place.line;
        out.start = start ? read_start(*start) : default_start;
        if (steps->kind != Kind::list || steps->items.empty())
            cases_.error(*steps, "wrong-type", "'steps' holds a list of steps");
        for (const auto* const item : steps->items) {
            auto step = read_step(*item);
            if (!out.steps.empty() && step.at < out.steps.back().at)
                cases_.error(*item, "bad-value", "this step is earlier than the one before");
            out.steps.push_back(std::move(step));
        }
        return cases_.was_wrong() ? std::nullopt : std::optional(std::move(out));
    }

private:
    Instant read_start(const Node& node)
    {
        const auto text = cases_.keep(yaml::read_text(document_, node, "start"));
        const auto at = parse_instant(text);
        if (!at) cases_.error(node, "bad-value", at.error().message);
        return at.value_or(default_start);
    }

    Step read_step(const Node& node)
    {
        struct Verb {
            std::string_view key;
            Act::What what;
            Presence presence;
        };
        using enum Act::What;
        static constexpr std::array<Verb, 10> verbs{{{"opens", opens, {}},
                                                     {"writes", writes, {}},
                                                     {"signs_in", signs_in, {}},
                                                     {"accepts", accepts, {}},
                                                     {"declines", declines, {}},
                                                     {"replies", replies, {}},
                                                     {"completes", completes, {}},
                                                     {"leaves", presence, Presence::offline},
                                                     {"pauses", presence, Presence::away},
                                                     {"returns", presence, Presence::available}}};
        yaml::MapReader map(document_, node, "a step");
        Step out;
        const auto* const at = map.require("at");
        out.at = cases_.keep(at ? yaml::read_duration(document_, *at, "at") : std::nullopt);
        std::string who;
        for (const auto& verb : verbs) {
            const auto* const value = map.take(verb.key);
            if (!value) continue;
            if (out.act.what != nothing)
                cases_.error(*value, "bad-value", "a step is one thing that somebody does");
            out.act.what = verb.what;
            out.act.presence = verb.presence;
            who = cases_.keep(yaml::read_text(document_, *value, verb.key));
        }
        read_act(map, out.act, who);
        if (const auto* const refused = map.take("refused"))
            out.refused = cases_.keep(yaml::read_text(document_, *refused, "refused"));
        const auto* const expect = map.take("expect");
        if (expect) read_expect(*expect, out.expect);
        if (!map.finish()) cases_.keep(std::optional<bool>());
        if (map.is_map() && out.act.what == nothing && !expect)
            cases_.error(node, "empty", "nobody does anything in this step, and nothing is expected");
        return out;
    }

    void read_act(yaml::MapReader& map, Act& act, const std::string& who)
    {
        using enum Act::What;
        const bool of_agent = act.what != nothing && act.what != opens && act.what != writes;
        (of_agent ? act.agent.value : act.ticket) = who;
        if (act.what == opens) {
            if (const auto* const ticket = map.require("ticket")) act.written = cases_.read_ticket(*ticket);
            if (!tickets_.insert(act.ticket).second)
                cases_.error(map.node(), "bad-name",
                             fmt::format("there is a ticket '{}' already", act.ticket));
        } else if (act.what == writes) {
            if (const auto* const contact = map.require("contact"))
                act.written = cases_.read_ticket(*contact);
            check_ticket(map.node(), act.ticket);
        } else if (act.what == accepts || act.what == declines || act.what == replies ||
                   act.what == completes) {
            if (const auto* const ticket = map.require("ticket")) {
                act.ticket = cases_.keep(yaml::read_text(document_, *ticket, "ticket"));
                check_ticket(*ticket, act.ticket);
            }
            const auto* const why = map.take(act.what == completes ? "disposition"
                                             : act.what == replies ? "body"
                                                                   : "reason");
            if (why) act.reason = cases_.keep(yaml::read_text(document_, *why, "reason"));
        } else if (act.what == signs_in) {
            if (const auto* const skills = map.take("skills")) cases_.read_skills(*skills, act.skills);
            if (const auto* const capacity = map.take("capacity"))
                act.capacity = static_cast<int>(
                    cases_.keep(yaml::read_integer(document_, *capacity, "capacity", 1, 1000)));
        }
        if (!act.written.earlier.empty())
            cases_.error(map.node(), "bad-value", "a timeline's contacts are those of its own steps");
        if (!act.written.bodies.empty()) cases_.error(map.node(), "bad-value", "a contact has one body");
    }

    void check_ticket(const Node& node, const std::string& name)
    {
        if (tickets_.contains(name)) return;
        cases_.error(node, "unknown-ticket", fmt::format("no step above opens a ticket '{}'", name),
                     yaml::suggest(name, {tickets_.begin(), tickets_.end()}));
    }

    void read_expect(const Node& node, std::vector<TicketExpected>& out)
    {
        if (node.kind != Kind::map || node.entries.empty())
            return cases_.error(node, "wrong-type", "'expect' holds a map of tickets and how they stand",
                                "write `expect: {call: {phase: waiting}}`");
        for (const auto& [key, value] : node.entries) {
            check_ticket(*key, key->text);
            TicketExpected one{key->text, {}, {}};
            one.routing = cases_.read_expectations(*value, &one.standing);
            out.push_back(std::move(one));
        }
    }

    const yaml::Document& document_;
    CaseReader cases_;
    std::set<std::string> tickets_;  // opened so far
};

/// A desk under way.
class Play {
public:
    Play(const desk::Policies& policies, const Timeline& timeline, const Observer& observer)
        : policies_(policies), timeline_(timeline), observer_(observer), now_(timeline.start)
    {
        const auto& rulebook = *policies.rulebook;
        for (const auto& info : rulebook.rules()) names_.push_back(info.name);
        happen(AdoptRulebook{rulebook.id(), rulebook.digest(), rulebook.rule_names(), {}});
    }

    std::vector<std::string> run()
    {
        for (const auto& step : timeline_.steps) {
            step_ = &step;
            pass(timeline_.start + step.at);
            if (step.act.what != Act::What::nothing) act(step);
            for (const auto& expected : step.expect) compare(expected);
        }
        return std::move(wrong_);
    }

private:
    struct Known {
        TicketId id;
        bool closed = false;
        desk::TicketView last;          // as it stood when it was open
        std::vector<std::string> told;  // leads, in order
    };

    void note(std::string what)
    {
        wrong_.push_back(
            fmt::format("at {}: {}", to_string(step_ ? step_->at : Duration{}), std::move(what)));
    }

    /// Lets time pass up to `until`, every timer at its moment.
    void pass(Instant until)
    {
        for (std::size_t timers = 0;; ++timers) {
            const auto due = desk::next_deadline(policies_, state_);
            if (due > until) break;
            if (timers == timers_max) return note("the desk never settles");
            now_ = std::max(now_, due);
            observe_all();
            happen(Tick{});
        }
        now_ = until;
    }

    Result<void> happen(const Command& command)
    {
        const auto events = desk::step(policies_, state_, command, now_);
        if (!events) return tl::unexpected(events.error());
        for (const auto& event : *events) {
            if (const auto* const opened = std::get_if<TicketOpened>(&event.what)) opened_ = opened->ticket;
            if (const auto* const closed = std::get_if<TicketCompleted>(&event.what))
                for (auto& [name, known] : tickets_)
                    if (known.id == closed->ticket) known.closed = true;
            if (const auto* const escalated = std::get_if<TicketEscalated>(&event.what)) {
                auto& told = told_[escalated->ticket];
                told.insert(told.end(), escalated->notify.begin(), escalated->notify.end());
            }
        }
        for (auto& [name, known] : tickets_)
            if (auto view = desk::ticket_view(state_, known.id)) known.last = std::move(*view);
        return {};
    }

    void act(const Step& step)
    {
        using enum Act::What;
        const auto& act = step.act;
        const auto known = tickets_.find(act.ticket);
        const auto id = known == tickets_.end() ? TicketId{} : known->second.id;
        const auto counted = desk_facts();  // what the rules will have read of the desk
        Result<void> done;
        switch (act.what) {
            case nothing:
                break;
            case opens:
                done = happen(ReceiveTicket{contact_of(act), customer_of(act), text_of(act)});
                break;
            case writes:
                done = happen(ReceiveContact{id, contact_of(act), customer_of(act), text_of(act)});
                break;
            case signs_in:
                done = happen(SignInAgent{act.agent, act.agent.value, act.skills, act.capacity});
                break;
            case presence:
                done = happen(SetPresence{act.agent, act.presence, {}});
                break;
            case accepts:
                done = happen(AcceptOffer{act.agent, id});
                break;
            case declines:
                done = happen(DeclineOffer{act.agent, id, act.reason});
                break;
            case replies:
                done = happen(ReplyTicket{act.agent, id, act.reason});
                break;
            case completes:
                done = happen(CompleteTicket{act.agent, id, act.reason});
                break;
        }
        const auto code = done ? std::string() : std::string(to_string(done.error().code));
        if (!done && !step.refused) note(fmt::format("refused: {}: {}", code, done.error().message));
        if (step.refused && *step.refused != code)
            note(fmt::format("it was {}, not refused with '{}'",
                             done ? "done" : "refused with '" + code + "'", *step.refused));
        if (!done) return;
        if (act.what == opens) {
            auto& one = tickets_[act.ticket];
            one.id = opened_;
            if (auto view = desk::ticket_view(state_, one.id)) one.last = std::move(*view);
        }
        if (act.what == opens || act.what == writes) observe_contact(tickets_[act.ticket].id, counted);
    }

    Contact contact_of(const Act& act)
    {
        Contact contact;
        contact.source = "timeline";
        contact.ref = fmt::format("contact-{}", ++contacts_);
        contact.at = now_;
        contact.subject = act.written.subject;
        contact.body = act.written.body;
        for (const auto& [name, value] : act.written.facts) {
            const auto* const text = std::get_if<std::string_view>(&value);
            if (name == "channel" && text)
                contact.channel = parse_channel(*text).value_or(Channel::email);
            else if (name == "source" && text)
                contact.source = *text;
            else
                contact.facts.set(name, value);
        }
        if (const auto id = act.written.customer.find("customer.id"))
            if (const auto* const text = std::get_if<std::string_view>(&*id))
                contact.customer = CustomerId{std::string(*text)};
        // The desk keeps facts for customers it can name only.
        if (contact.customer.value.empty() && !act.written.customer.empty())
            contact.customer = CustomerId{"customer-of-" + act.ticket};
        return contact;
    }

    static FactSet customer_of(const Act& act)
    {
        auto facts = act.written.customer;
        facts.erase("customer.id");
        facts.erase("customer.contacts");
        return facts;
    }

    TextFacts text_of(const Act& act) const
    {
        return policies_.rulebook->scan(act.written.subject, act.written.body);
    }

    FactSet desk_facts() const
    {
        FactSet out;
        if (observer_) desk::add_desk_facts(*policies_.rulebook, policies_.desk, state_, out);
        return out;
    }

    /// Shows what rules read of a ticket that has come in or was written to again.
    void observe_contact(TicketId id, const FactSet& counted)
    {
        if (observer_) observe(id, counted, true);
    }

    /// Shows what rules read of every open ticket now, as the desk is about to look at them.
    void observe_all()
    {
        if (!observer_) return;
        const auto counted = desk_facts();
        for (const auto& [name, known] : tickets_)
            if (!known.closed) observe(known.id, counted, false);
    }

    /// \param counted  of the desk, as the rules read it
    void observe(TicketId id, const FactSet& counted, bool from_the_start)
    {
        const auto view = desk::ticket_view(state_, id);
        auto evidence = desk::evidence(state_, id);
        if (!view || !evidence) return;
        evidence->ticket.merge(counted);
        const auto& rulebook = *policies_.rulebook;
        const auto text = rulebook.scan(evidence->subject, evidence->body);
        const auto subject = evidence->as_subject(text);
        auto routing = view->routing;
        auto clocks = desk::clocks_of(policies_.desk, *state_.find(id), now_);
        std::vector<RuleIndex> done;
        for (RuleIndex rule = 0; rule < names_.size() && !from_the_start; ++rule)
            if (std::find(view->escalated.begin(), view->escalated.end(), names_[rule]) !=
                view->escalated.end())
                done.push_back(rule);
        const StageObserver each = [&](Stage stage, const FactSheet& sheet) {
            observer_(stage, sheet, clocks, done);
        };
        if (from_the_start) routing = decide(rulebook.compiled(), subject, each, clocks);
        clocks.terms = terms_of(clocks, routing);
        find_escalations(rulebook.compiled(), subject, routing, clocks, done, each);
    }

    void compare(const TicketExpected& expected)
    {
        const auto place = tickets_.find(expected.ticket);
        if (place == tickets_.end())
            return note(fmt::format("{}: the ticket was never opened", expected.ticket));
        const auto& known = place->second;
        const auto& view = known.last;
        Outcome got{view.routing, view.rules, view.escalated, told_[known.id]};
        got.routing.skills = view.needs;
        const auto evidence = desk::evidence(state_, known.id).value_or(desk::Evidence{});
        for (auto& mismatch : mismatches(expected.routing, evidence.ticket, evidence.customer, got))
            note(fmt::format("{}: {}", expected.ticket, mismatch));
        const auto same = [&](std::string_view what, const std::optional<std::string>& wanted,
                              std::string_view is) {
            if (wanted && *wanted != is)
                note(fmt::format("{}: {} is {}, not {}", expected.ticket, what,
                                 is.empty() ? "nobody" : fmt::format("'{}'", is),
                                 wanted->empty() ? "nobody" : fmt::format("'{}'", *wanted)));
        };
        same("phase", expected.standing.phase, known.closed ? "closed" : to_string(view.phase));
        same("agent", expected.standing.agent, known.closed ? std::string_view() : view.agent.value);
    }

    const desk::Policies& policies_;
    const Timeline& timeline_;
    const Observer& observer_;
    desk::State state_;
    Instant now_;
    const Step* step_ = nullptr;
    std::vector<std::string> names_;  // of rules
    std::map<std::string, Known> tickets_;
    std::map<TicketId, std::vector<std::string>> told_;
    TicketId opened_;
    std::size_t contacts_ = 0;
    std::vector<std::string> wrong_;
};

}  // namespace

std::vector<Timeline> read_timelines(const Rulebook& rulebook, const Source& source,
                                     const Vocabulary& vocabulary, std::vector<Diagnostic>& found)
{
    std::vector<Timeline> out;
    std::vector<Diagnostic> mine;
    const yaml::Document document(source.file, source.text, mine);
    if (document.broken()) return out;  // read_cases has said so
    mine.clear();
    const auto& entries = document.root().entries;
    const auto place = std::find_if(entries.begin(), entries.end(),
                                    [](const yaml::Entry& entry) { return entry.key->text == "timelines"; });
    if (place == entries.end()) return out;
    if (place->value->kind != Kind::list) {
        document.error(place->value->place, "wrong-type", "'timelines' holds a list of timelines");
    } else {
        TimelineReader reader(document, rulebook, vocabulary);
        for (const auto* const item : place->value->items)
            if (auto one = reader.read(*item)) out.push_back(std::move(*one));
    }
    found.insert(found.end(), mine.begin(), mine.end());
    return out;
}

std::vector<std::string> play(const desk::Policies& policies, const Timeline& timeline,
                              const Observer& observer)
{
    return Play(policies, timeline, observer).run();
}

}  // namespace triaged::rehearsal
