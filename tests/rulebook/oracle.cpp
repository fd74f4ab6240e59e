#include "tests/rulebook/oracle.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <unordered_map>

#include <re2/re2.h>

namespace triaged::rulebook::oracle {

namespace {

// ---------------------------------------------------------------- words

/// What a folded character is to the words around it.
enum class Role {
    letter,  // goes on with a word, or starts one
    lone,    // a word by itself
    mark,    // belongs to what stands before it
    gap      // ends a word
};

struct Unit {
    std::string bytes;
    Role role;
};

struct Character {
    std::string written;
    std::vector<Unit> units;  // none: it leaves no trace
};

// Characters as they are written, and as they are folded.
constexpr std::pair<const char*, const char*> letters[] = {
    {"é", "e"}, {"É", "e"}, {"ü", "u"}, {"Ü", "u"}, {"ß", "ss"}, {"ẞ", "ss"}, {"ﬁ", "fi"},
    {"İ", "i"}, {"ı", "ı"}, {"ø", "ø"}, {"Ø", "ø"}, {"Ａ", "a"}, {"Ｂ", "b"}, {"１", "1"},
    {"Ω", "ω"}, {"σ", "σ"}, {"ς", "σ"}, {"Σ", "σ"}, {"ё", "е"},  {"Ё", "е"},  {"е", "е"},
    {"й", "и"}, {"м", "м"}, {"م", "م"}, {"ت", "ت"}, {"स", "स"},  {"त", "त"},
};
constexpr std::pair<const char*, const char*> lone_characters[] = {
    {"返", "返"},
    {"品", "品"},
    {"し", "し"},
    {"カ", "カ"},
    {"ｶ", "カ"},
    {"ガ", "カ\xE3\x82\x99"},
    {"ค", "ค"},
    {"น", "น"},
    {"환", "\xE1\x84\x92\xE1\x85\xAA\xE1\x86\xAB"},
    {"불", "\xE1\x84\x87\xE1\x85\xAE\xE1\x86\xAF"},
    {"😡", "😡"},
    {"👍", "👍"},
};
constexpr std::pair<const char*, const char*> marks[] = {
    {"\xE3\x82\x99", "\xE3\x82\x99"}, {"\xEF\xBE\x9E", "\xE3\x82\x99"},  // Japanese voicing
    {"\xE0\xB8\xB7", "\xE0\xB8\xB7"}, {"\xE0\xB8\xB4", "\xE0\xB8\xB4"},  // Thai vowels
    {"\xE0\xA5\x8D", "\xE0\xA5\x8D"}, {"\xE0\xA5\x87", "\xE0\xA5\x87"},  // Indic
};
constexpr std::pair<const char*, const char*> gaps[] = {
    {"™", "™"}, {"？", "?"}, {"’", "’"}, {"—", "—"}, {"\xC2\xA0", " "},
};
/// Those that leave no trace.
constexpr const char* nothings[] = {
    "\xCC\x81",         "\xCC\x88",
    "\xD9\x8F",  // acute, diaeresis, damma
    "\xC2\xAD",
    "\xE2\x80\x8D",  // soft hyphen, joiner
    "\xD9\x80",
    "\xF0\x9F\x8F\xBD",  // tatweel, a skin tone
};

std::vector<Character> all_characters()
{
    std::vector<Character> all;
    const auto add = [&](const auto& table, Role role) {
        for (const auto& [written, folded] : table) all.push_back({written, {{folded, role}}});
    };
    add(letters, Role::letter);
    add(lone_characters, Role::lone);
    add(marks, Role::mark);
    for (const auto* const written : nothings) all.push_back({written, {}});
    add(gaps, Role::gap);
    all.push_back({"½", {{"1", Role::letter}, {"\xE2\x81\x84", Role::gap}, {"2", Role::letter}}});
    return all;
}

const std::vector<Character>& characters()
{
    static const auto all = all_characters();
    return all;
}

/// The folded characters of `text`; bytes that are no character of ours part words.
std::vector<Unit> units_of(const std::string& text)
{
    std::vector<Unit> out;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (static_cast<unsigned char>(c) < 0x80) {
            const bool upper = c >= 'A' && c <= 'Z';
            const bool word = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            out.push_back({std::string(1, upper ? static_cast<char>(c - 'A' + 'a') : c),
                           word ? Role::letter : Role::gap});
            ++at;
            continue;
        }
        const auto& all = characters();
        const auto found = std::find_if(all.begin(), all.end(), [&](const Character& character) {
            return text.compare(at, character.written.size(), character.written) == 0;
        });
        if (found == all.end()) {
            out.push_back({" ", Role::gap});
            ++at;
        } else {
            out.insert(out.end(), found->units.begin(), found->units.end());
            at += found->written.size();
        }
    }
    return out;
}

// ---------------------------------------------------------------- text

struct Field {
    std::string raw;
    std::string folded;
    std::vector<std::string> words;
};

Field field_of(const std::string& raw) { return {raw, folded(raw), words(raw)}; }

bool matches(const std::string& expression, const std::string& text)
{
    static std::unordered_map<std::string, std::unique_ptr<RE2>> compiled;
    auto& one = compiled[expression];
    if (!one) {
        RE2::Options options;
        options.set_case_sensitive(false);
        options.set_one_line(false);
        one = std::make_unique<RE2>("(?m)" + expression, options);
    }
    return RE2::PartialMatch(text, *one);
}

/// What `text` folds to; the same few strings are asked for again and again.
const Field& field_of_pattern(const std::string& text)
{
    static std::unordered_map<std::string, Field> known;
    const auto [place, added] = known.try_emplace(text);
    if (added) place->second = field_of(text);
    return place->second;
}

bool occurs(const Text& pattern, const Field& field)
{
    if (pattern.find == Find::regex) return matches(pattern.text, field.raw);
    const auto& wanted = field_of_pattern(pattern.text);
    if (pattern.find == Find::part) return field.folded.find(wanted.folded) != std::string::npos;
    return std::search(field.words.begin(), field.words.end(), wanted.words.begin(), wanted.words.end()) !=
           field.words.end();
}

// ---------------------------------------------------------------- conditions

/// Texts of facts that differ in nothing but case, as the tests write them.
std::string without_case(const std::string& text)
{
    static const std::map<std::string, std::string> known{{"MÜNCHEN", "münchen"},
                                                          {"mu\xCC\x88nchen", "münchen"}};
    const auto place = known.find(text);
    if (place != known.end()) return place->second;
    std::string out;
    for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

bool equal(const Value& a, const Value& b)
{
    if (a.index() != b.index()) return false;
    if (const auto* const text = std::get_if<std::string>(&a))
        return without_case(*text) == without_case(std::get<std::string>(b));
    return a == b;
}

bool within(double value, const Bound& bound)
{
    if (bound.word == "above") return value > bound.value;
    if (bound.word == "at_least") return value >= bound.value;
    if (bound.word == "below") return value < bound.value;
    return value <= bound.value;
}

Truth truth(bool is) { return is ? Truth::yes : Truth::no; }

/// What rules see of a ticket in one stage.
struct View {
    const Ticket& ticket;
    Field subject, body;
    std::map<std::string, Value> enriched;
    std::string intent;
    std::set<std::string> tags;
    std::string priority, queue;
    Clocks clocks{};

    std::optional<Value> fact(const std::string& name) const
    {
        for (const auto* const facts : {&enriched, &ticket.facts, &ticket.customer})
            if (const auto place = facts->find(name); place != facts->end()) return place->second;
        return std::nullopt;
    }

    /// Milliseconds that a clock shows.
    std::optional<double> shown(const std::string& clock) const
    {
        const std::map<std::string, Instant> all{{"waiting", clocks.waiting_since},
                                                 {"age", clocks.opened_at},
                                                 {"idle", clocks.last_contact_at},
                                                 {"since.routed", clocks.routed_at},
                                                 {"since.reply", clocks.replied_at}};
        const auto since = all.at(clock);
        if (since == Instant::max()) return std::nullopt;
        return static_cast<double>((clocks.now - since).count());
    }

    bool any_text(const When& when) const
    {
        for (const auto& text : when.texts) {
            if (when.key != "body" && occurs(text, subject)) return true;
            if (when.key != "subject" && occurs(text, body)) return true;
        }
        return false;
    }

    Truth all_of(const Map& map) const
    {
        auto least = Truth::yes;
        for (const auto& when : map) least = std::min(least, of(when));
        return least;
    }

    /// Those whose times are forgotten may all have come with the oldest one that is kept, or none of them of
    /// late.
    Truth window(const When& when) const
    {
        if (!fact("customer.contacts")) return Truth::unknown;
        const auto counts = [&](Instant at) {
            return static_cast<double>((clocks.now - at).count()) <= when.within * 1000;
        };
        const auto least = static_cast<int>(std::count_if(ticket.kept.begin(), ticket.kept.end(), counts));
        const bool perhaps = ticket.forgotten > 0 && (ticket.kept.empty() || counts(ticket.kept.front()));
        std::set<bool> answers;
        for (int count = least; count <= least + (perhaps ? ticket.forgotten : 0); ++count)
            answers.insert(std::all_of(when.bounds.begin(), when.bounds.end(),
                                       [&](const Bound& bound) { return within(count, bound); }));
        return answers.size() == 2 ? Truth::unknown : truth(answers.contains(true));
    }

    Truth of(const When& when) const
    {
        switch (when.kind) {
            case When::Kind::text:
                return ticket.scanned ? truth(any_text(when)) : Truth::unknown;
            case When::Kind::presence:
                return truth(fact(when.key).has_value() == std::get<bool>(when.values.front()));
            case When::Kind::values:
                return one_of(when);
            case When::Kind::numbers:
            case When::Kind::range:
                return number(when);
            case When::Kind::clock:
                return clock(when);
            case When::Kind::window:
                return window(when);
            case When::Kind::any: {
                auto best = Truth::no;
                for (const auto& map : when.maps) best = std::max(best, all_of(map));
                return best;
            }
            case When::Kind::all: {
                auto least = Truth::yes;
                for (const auto& map : when.maps) least = std::min(least, all_of(map));
                return least;
            }
            case When::Kind::negated: {
                const auto inside = all_of(when.maps.front());
                return inside == Truth::yes ? Truth::no : inside == Truth::no ? Truth::yes : Truth::unknown;
            }
        }
        return Truth::no;
    }

    Truth one_of(const When& when) const
    {
        const auto among = [&](const std::string& text) {
            return std::find(when.values.begin(), when.values.end(), Value(text)) != when.values.end();
        };
        if (when.key == "intent") return truth(!intent.empty() && among(intent));
        if (when.key == "tag") return truth(std::any_of(tags.begin(), tags.end(), among));
        if (when.key == "priority") return truth(among(priority));
        if (when.key == "queue") return truth(among(queue));
        const auto value = fact(when.key);
        if (!value) return Truth::unknown;
        return truth(std::any_of(when.values.begin(), when.values.end(),
                                 [&](const Value& wanted) { return equal(wanted, *value); }));
    }

    Truth number(const When& when) const
    {
        const auto value = fact(when.key);
        if (!value) return Truth::unknown;
        const auto is = std::get<double>(*value);
        if (when.kind == When::Kind::numbers)
            return truth(std::find(when.values.begin(), when.values.end(), Value(is)) != when.values.end());
        return truth(std::all_of(when.bounds.begin(), when.bounds.end(),
                                 [&](const Bound& bound) { return within(is, bound); }));
    }

    Truth clock(const When& when) const
    {
        const auto ms = shown(when.key);
        if (!ms) return Truth::unknown;
        return truth(std::all_of(when.bounds.begin(), when.bounds.end(), [&](const Bound& bound) {
            return within(*ms, {bound.word, bound.value * 1000});
        }));
    }
};

// ---------------------------------------------------------------- stages

FactValue view_of(const Value& value)
{
    if (const auto* const flag = std::get_if<bool>(&value)) return *flag;
    if (const auto* const number = std::get_if<double>(&value)) return *number;
    return std::string_view(std::get<std::string>(value));
}

/// The values of which one rule alone can set each, and who did.
class Claims {
public:
    explicit Claims(Trace& trace) : trace_(trace) {}

    /// Whether `rule` may set `what`; if another has and the values differ, it has lost.
    bool take(RuleIndex rule, const std::string& what, bool differs)
    {
        const auto [place, first] = owner_.try_emplace(what, rule);
        if (!first && differs) trace_.lost.push_back({rule, place->second, what});
        return first;
    }

private:
    Trace& trace_;
    std::map<std::string, RuleIndex> owner_;
};

void need(Skills& skills, const std::map<std::string, int>& more)
{
    std::map<std::string, int> all(more);
    for (const auto& [name, level] : skills) all[name] = std::max(all[name], level);
    skills.clear();
    for (const auto& [name, level] : all) skills.push_back({name, level});
}

void apply(const Then& then, RuleIndex rule, Routing& routing, View& next, Claims& claims)
{
    for (const auto& [name, value] : then.set) {
        const auto before = next.enriched.find(name);
        const bool differs = before != next.enriched.end() && before->second != value;
        if (!claims.take(rule, name, differs)) continue;
        next.enriched[name] = value;
        routing.enriched.set(name, view_of(value));
    }
    if (!then.intent.empty() && claims.take(rule, "intent", routing.intent != then.intent))
        routing.intent = then.intent;
    if (then.priority && claims.take(rule, "priority", routing.priority != *then.priority))
        routing.priority = *then.priority;
    if (!then.sla.empty() && claims.take(rule, "sla", routing.sla != then.sla)) routing.sla = then.sla;
    if (!then.contact_by.empty() && claims.take(rule, "contact_by", routing.contact_by != then.contact_by))
        routing.contact_by = then.contact_by;
    if (!then.queue.empty()) routing.queue = QueueName(then.queue);
    need(routing.skills, then.skills);
    for (const auto& tag : then.tags) next.tags.insert(tag);
    next.intent = routing.intent;
}

bool all_true(const std::vector<Truth>& conditions)
{
    return std::all_of(conditions.begin(), conditions.end(), [](Truth t) { return t == Truth::yes; });
}

/// The one condition of several that does not hold.
std::optional<std::uint32_t> near_miss(const std::vector<Truth>& conditions)
{
    if (conditions.size() < 2) return std::nullopt;
    if (std::count(conditions.begin(), conditions.end(), Truth::yes) + 1 !=
        static_cast<long>(conditions.size()))
        return std::nullopt;
    const auto failed =
        std::find_if(conditions.begin(), conditions.end(), [](Truth t) { return t != Truth::yes; });
    return static_cast<std::uint32_t>(failed - conditions.begin());
}

/// The first instant after now at which a rule that does not hold will. Bounds are whole seconds, so trying
/// each of them and its neighbours for each clock misses none.
Instant first_true(const Rule& rule, const View& now)
{
    std::set<Instant> instants;
    std::vector<Instant> starts{now.clocks.waiting_since, now.clocks.opened_at, now.clocks.last_contact_at,
                                now.clocks.routed_at, now.clocks.replied_at};
    starts.insert(starts.end(), now.ticket.kept.begin(), now.ticket.kept.end());
    for (const auto since : starts) {
        if (since == Instant::max()) continue;
        for (int second = 0; second <= 13; ++second)
            for (int step = -1; step <= 1; ++step) instants.insert(since + Duration{1000 * second + step});
    }
    auto then = now;
    for (const auto at : instants) {
        then.clocks.now = at;
        if (at > now.clocks.now && then.all_of(rule.when) == Truth::yes) return at;
    }
    return Instant::max();
}

/// \param out  has what the conditions of the rules are and how the ticket was routed.
void escalate(const std::vector<Rule>& rules, const View& view, const std::vector<RuleIndex>& done,
              bool recheck, Outcome& out)
{
    auto priority = out.routing.priority;
    auto queue = out.routing.queue;
    auto& found = out.escalations;
    for (RuleIndex i = 0; i < rules.size(); ++i) {
        const auto& rule = rules[i];
        if (rule.stage != Stage::escalate || rule.off || std::count(done.begin(), done.end(), i) > 0)
            continue;
        if (!all_true(out.conditions[i])) {
            if (recheck) found.recheck_at = std::min(found.recheck_at, first_true(rule, view));
            continue;
        }
        const auto& then = rule.then;
        EscalationStep step;
        step.rule = i;
        need(step.skills, then.skills);
        step.tags = then.tags;
        step.notify = then.notify;
        step.contact_by = then.contact_by;
        auto wanted = then.priority.value_or(priority);
        for (int level = 0; level < then.raise; ++level)
            if (wanted != Priority::urgent) wanted = static_cast<Priority>(static_cast<int>(wanted) + 1);
        if (wanted != priority) step.priority = priority = wanted;
        if (!then.queue.empty() && QueueName(then.queue) != queue) step.queue = queue = QueueName(then.queue);
        found.steps.push_back(std::move(step));
    }
}

}  // namespace

std::string folded(const std::string& text)
{
    std::string out;
    for (const auto& unit : units_of(text)) out += unit.bytes;
    return out;
}

std::vector<std::string> words(const std::string& text)
{
    std::vector<std::string> out;
    bool in_word = false, lone = false;
    for (const auto& [bytes, role] : units_of(text)) {
        const bool goes_on = in_word && (role == Role::mark || (role == Role::letter && !lone));
        if (role == Role::gap)
            in_word = false;
        else if (goes_on)
            out.back() += bytes;
        else {
            out.push_back(bytes);
            in_word = true;
            lone = role == Role::lone;
        }
    }
    return out;
}

std::vector<std::string> strange()
{
    std::vector<std::string> out;
    for (const auto& character : characters()) out.push_back(character.written);
    return out;
}

Outcome judge(const std::vector<Rule>& rules, const Ticket& ticket, const Clocks& clocks,
              const std::vector<RuleIndex>& done, bool recheck)
{
    Outcome out;
    out.conditions.resize(rules.size());
    auto& routing = out.routing;
    Claims claims(routing.trace);
    View view{ticket, field_of(ticket.subject), field_of(ticket.body), {}, {}, {}, {}, {}, clocks};
    const auto judge_rule = [&](RuleIndex i) {
        for (const auto& when : rules[i].when) out.conditions[i].push_back(view.of(when));
        return all_true(out.conditions[i]);
    };
    for (const auto stage : {Stage::enrich, Stage::classify, Stage::prioritise, Stage::route}) {
        if (stage == Stage::route) view.priority = to_string(routing.priority);
        auto next = view;
        bool placed = false;
        for (RuleIndex i = 0; i < rules.size(); ++i) {
            if (rules[i].stage != stage) continue;
            const bool holds = judge_rule(i);
            if (rules[i].off || placed) continue;
            if (!holds) {
                if (const auto failed = near_miss(out.conditions[i]))
                    routing.trace.near.push_back({i, *failed});
                continue;
            }
            routing.trace.fired.push_back(i);
            apply(rules[i].then, i, routing, next, claims);
            placed = stage == Stage::route;
        }
        view.enriched = next.enriched;
        view.intent = next.intent;
        view.tags = next.tags;
    }
    routing.tags.assign(view.tags.begin(), view.tags.end());
    view.queue = routing.queue.value;
    for (RuleIndex i = 0; i < rules.size(); ++i)
        if (rules[i].stage == Stage::escalate) judge_rule(i);
    escalate(rules, view, done, recheck, out);
    return out;
}

}  // namespace triaged::rulebook::oracle
