#include "tests/rulebook/random_book.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace triaged::rulebook::oracle {

namespace {

using Kind = When::Kind;

/// In single quotes, as YAML wants them.
std::string quoted(const std::string& text)
{
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
}

std::string written(const Value& value)
{
    if (const auto* const flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* const number = std::get_if<double>(&value)) return fmt::format("{}", *number);
    return quoted(std::get<std::string>(value));
}

const std::vector<std::string> channels{"email", "chat", "phone", "faq"};
const std::vector<std::string> shops{
    "de", "DE", "Co.UK", "co.uk", "münchen", "MÜNCHEN", "mu\xCC\x88nchen", "munchen", "no"};
const std::vector<std::string> tiers{"standard", "prime", "business", "vip"};
const std::vector<std::string> regions{"dach", "france", "rest"};
const std::vector<std::string> intents{"i1", "i2", "i3"};
const std::vector<std::string> tags{"t1", "t2", "t3", "t4"};
const std::vector<std::string> priorities{"low", "normal", "high", "urgent"};
const std::vector<std::string> queues{"general", "returns", "fraud", "executive"};
const std::vector<std::string> clock_names{"waiting", "age", "idle", "since.routed", "since.reply"};
constexpr const char* contacts = "customer.contacts";
constexpr Instant now{1'000'000};
const std::vector<std::string> facts{"channel",     "marketplace", "customer.tier", "region",
                                     "contract.id", "repeat",      "order.value",   "order.days_late"};
const std::vector<double> numbers{-2, 0, 0.5, 1, 2, 3, 5};
const std::vector<double> counts{0, 1, 2, 3, 5};
const std::vector<double> seconds{1, 2, 3, 5, 8, 12};

/// Words and bits of text that meet each other often.
const std::vector<std::string> pieces{"lost",
                                      "Lost",
                                      "LOSTS",
                                      "parcel",
                                      "my",
                                      "in",
                                      "pieces",
                                      "In-Pieces",
                                      "café",
                                      "CAFÉ",
                                      "cafe\xCC\x81",
                                      "cafe",
                                      "Straße",
                                      "strasse",
                                      "STRAẞE",
                                      "a",
                                      "b",
                                      "ab",
                                      "ba",
                                      "don't",
                                      "don’t",
                                      "o_k",
                                      "1,000",
                                      "12",
                                      "5½",
                                      "½",
                                      "??",
                                      "?",
                                      "？",
                                      "返品",
                                      "品返",
                                      "返",
                                      "カ",
                                      "ガ",
                                      "ｶ\xEF\xBE\x9E",
                                      "환불",
                                      "환",
                                      "คืน",
                                      "น",
                                      "स्ते",
                                      "تم",
                                      "م\xD9\x8F",
                                      "😡",
                                      "👍🏽",
                                      "bad😡",
                                      "ﬁn",
                                      "fin",
                                      "da\xC2\xADmaged",
                                      "damaged",
                                      "ＡＢ",
                                      "Σσς",
                                      "Ём",
                                      "ем",
                                      "İı",
                                      "ii"};
const std::vector<std::string> gaps{" ", " ", " ", ", ", "-", "", "\n", "’", "\xC2\xA0", " ... "};

const std::vector<std::string> expressions{"lost",
                                           "lo+st",
                                           "los(t|ts)\\b",
                                           "[?]{2}",
                                           "\\?",
                                           "^lost",
                                           "pieces$",
                                           "\\Alost",
                                           "\\A\\s*[?]+\\s*\\z",
                                           "\\d",
                                           "\\d+,\\d{3}",
                                           "caf.",
                                           "café",
                                           "in.pieces",
                                           "a|返品",
                                           "返.",
                                           "x*",
                                           "(a|b)+\\b",
                                           "\\bab\\b",
                                           "par(cel)?",
                                           "stra(ß|ss)e",
                                           "[^a-z]my",
                                           "(?i)LOST",
                                           "ガ|カ",
                                           "😡",
                                           "\\p{Han}",
                                           "[[:upper:]]",
                                           "d.?amaged",
                                           "lost.*parcel",
                                           "(?s)lost.*parcel",
                                           "ﬁn",
                                           "İ",
                                           "σ",
                                           "\\z",
                                           "k",
                                           "ſ",
                                           "da\xC2\xADmaged",
                                           "\xC2\xAD",
                                           "12|café au",
                                           "[[:space:]]b"};

}  // namespace

RandomBook::RandomBook(unsigned seed) : random_(seed)
{
    add_rules(Stage::enrich, 8);
    add_rules(Stage::classify, 12);
    add_rules(Stage::prioritise, 10);
    add_rules(Stage::route, 12);
    Rule last;
    last.name = "default";
    last.stage = Stage::route;
    last.then.queue = "general";
    rules_.push_back(last);
    add_rules(Stage::escalate, 10);
}

void RandomBook::add_rules(Stage stage, unsigned count)
{
    for (unsigned i = 0; i < count; ++i) {
        Rule rule;
        rule.name = fmt::format("r{}", rules_.size());
        rule.stage = stage;
        rule.off = one_in(14);
        if (stage == Stage::route || !one_in(12)) rule.when = map(stage, 2);
        rule.then = then(stage);
        rules_.push_back(std::move(rule));
    }
}

std::map<std::string, int> RandomBook::skills()
{
    std::map<std::string, int> out;
    for (const auto* const name : {"returns", "german", "fraud"})
        if (one_in(2)) out[name] = 1 + static_cast<int>(pick(5));
    return out;
}

Then RandomBook::then(Stage stage)
{
    Then out;
    const auto tags_too = [&] {
        if (one_in(3)) out.tags = some(2, [&] { return one(tags); });
    };
    const auto channel_too = [&] {
        if (one_in(4)) out.contact_by = one(channels);
    };
    switch (stage) {
        case Stage::enrich:
            for (const auto* const name : {"region", "repeat", "order.value", "contract.id", "customer.tier"})
                if (one_in(3)) out.set.emplace_back(name, value(name));
            if (out.set.empty()) out.set.emplace_back("region", value("region"));
            break;
        case Stage::classify:
            if (one_in(2)) out.intent = one(intents);
            tags_too();
            if (out.intent.empty() && out.tags.empty()) out.tags = {one(tags)};
            break;
        case Stage::prioritise:
            if (one_in(2)) out.priority = static_cast<Priority>(pick(4));
            if (one_in(3)) out.sla = one_in(2) ? "standard" : "critical";
            if (one_in(3)) out.skills = skills();
            tags_too();
            channel_too();
            if (!out.priority && out.sla.empty()) out.sla = "standard";
            break;
        case Stage::route:
            out.queue = one(queues);
            if (one_in(3)) out.skills = skills();
            tags_too();
            break;
        case Stage::escalate:
            if (one_in(3))
                out.priority = static_cast<Priority>(pick(4));
            else
                out.raise = 1 + static_cast<int>(pick(3));
            if (one_in(3)) out.queue = one(queues);
            if (one_in(4)) out.skills = skills();
            if (one_in(3))
                out.notify = some(2, [&] { return std::string(one_in(2) ? "duty-lead" : "phone-lead"); });
            tags_too();
            channel_too();
            break;
    }
    return out;
}

Value RandomBook::value(const std::string& fact)
{
    if (fact == "channel") return one(channels);
    if (fact == "customer.tier") return one(tiers);
    if (fact == "region") return one(regions);
    if (fact == "repeat") return one_in(2);
    if (fact.starts_with("order.")) return one(numbers);
    return one(shops);
}

std::vector<std::string> RandomBook::keys(Stage stage, int depth)
{
    auto all = facts;
    all.insert(all.end(), {"text", "text", "body", "subject", contacts});
    if (depth > 0) all.insert(all.end(), {"any", "all", "not", "not"});
    if (stage >= Stage::prioritise) all.insert(all.end(), {"intent", "tag"});
    if (stage >= Stage::route) all.insert(all.end(), {"priority"});
    if (stage == Stage::escalate) {
        all.insert(all.end(), clock_names.begin(), clock_names.end());
        all.insert(all.end(), {"queue", "waiting"});
    }
    return all;
}

Map RandomBook::map(Stage stage, int depth)
{
    Map out;
    std::vector<std::string> taken;  // no key twice
    const auto wanted = 1 + pick(3);
    while (out.size() < wanted) {
        const auto key = one(keys(stage, depth));
        if (std::find(taken.begin(), taken.end(), key) != taken.end()) continue;
        taken.push_back(key);
        out.push_back(when(key, stage, depth));
    }
    return out;
}

std::vector<Bound> RandomBook::bounds(const std::vector<double>& of)
{
    const Bound low{one_in(2) ? "above" : "at_least", one(of)};
    const Bound high{one_in(2) ? "below" : "at_most", one(of)};
    switch (pick(3)) {
        case 0:
            return {low};
        case 1:
            return {high};
        default:
            break;
    }
    if (low.value < high.value) return {low, high};
    return {low};
}

When RandomBook::when(const std::string& key, Stage stage, int depth)
{
    When out;
    out.key = key;
    const auto names = [&](const std::vector<std::string>& of) {
        out.kind = Kind::values;
        out.values = some(2, [&] { return Value(one(of)); });
    };
    if (key == "any" || key == "all") {
        out.kind = key == "any" ? Kind::any : Kind::all;
        out.maps = some(3, [&] { return map(stage, depth - 1); });
    } else if (key == "not") {
        out.kind = Kind::negated;
        out.maps = {map(stage, depth - 1)};
    } else if (key == "text" || key == "body" || key == "subject") {
        out.kind = Kind::text;
        out.texts = some(4, [&] { return pattern(); });
    } else if (std::find(clock_names.begin(), clock_names.end(), key) != clock_names.end()) {
        out.kind = Kind::clock;
        out.bounds = bounds(seconds);
    } else if (key == contacts) {
        out.kind = Kind::window;
        out.bounds = bounds(counts);
        if (out.bounds.size() == 2)
            out.bounds[0].word = "at_least";  // so that a whole number is between them
        out.within = one(seconds);
    } else if (key == "intent") {
        names(intents);
    } else if (key == "tag") {
        names(tags);
    } else if (key == "priority") {
        names(priorities);
    } else if (key == "queue") {
        names(queues);
    } else if (one_in(6)) {
        out.kind = Kind::presence;
        out.values = {one_in(2)};
    } else if (key.starts_with("order.") && one_in(2)) {
        out.kind = Kind::range;
        out.bounds = bounds(numbers);
    } else {
        out.kind = key.starts_with("order.") ? Kind::numbers : Kind::values;
        out.values = some(3, [&] { return value(key); });
    }
    return out;
}

Text RandomBook::pattern()
{
    if (one_in(5)) return {Find::regex, one(expressions)};
    const auto find = one_in(4) ? Find::part : Find::words;
    for (;;) {
        auto text = piece();
        if (one_in(2)) text += (one_in(4) ? one(gaps) : " ") + piece();
        if (one_in(5)) text += " " + piece();
        std::erase(text, '\n');
        // What no text can be looked for is refused; so are words between slashes, which are expressions.
        if (find == Find::part ? !folded(text).empty() : !words(text).empty()) return {find, text};
    }
}

std::string RandomBook::piece()
{
    static const auto odd = strange();
    if (one_in(8)) return one(odd);
    if (one_in(8)) return one(odd) + one(odd);
    return one(pieces);
}

std::string RandomBook::text()
{
    std::string out;
    for (auto left = pick(10); left > 0; --left) {
        out += piece();
        out += one(gaps);
        if (one_in(40)) out += one(std::vector<std::string>{"\xFF", "\xE2\x82", "\xC3"});
    }
    return out;
}

Ticket RandomBook::ticket()
{
    Ticket out;
    if (one_in(2)) out.subject = text();
    out.body = text();
    out.scanned = !one_in(12);
    for (const auto& fact : facts) {
        if (one_in(2)) out.facts[fact] = value(fact);
        if (one_in(4)) out.customer[fact] = value(fact);
    }
    if (one_in(4)) return out;
    for (auto count = pick(5); count > 0; --count)
        out.kept.push_back(Instant{now.ms - 500 * static_cast<std::int64_t>(pick(30))});
    std::sort(out.kept.begin(), out.kept.end());
    if (one_in(3)) out.forgotten = static_cast<int>(pick(4));
    out.facts[contacts] = static_cast<double>(out.kept.size()) + out.forgotten;
    return out;
}

Clocks RandomBook::clocks()
{
    const auto since = [&] {
        return one_in(4) ? Instant::max() : Instant{now.ms - 500 * static_cast<std::int64_t>(pick(26))};
    };
    Clocks out{now, since(), since(), since()};
    out.routed_at = since();
    out.replied_at = since();
    return out;
}

std::vector<RuleIndex> RandomBook::done()
{
    std::vector<RuleIndex> out;
    for (RuleIndex i = 0; i < rules_.size(); ++i)
        if (rules_[i].stage == Stage::escalate && one_in(5)) out.push_back(i);
    return out;
}

// ---------------------------------------------------------------- printing

std::string RandomBook::list_of(const std::vector<std::string>& items)
{
    if (items.size() == 1 && one_in(2)) return items.front();
    if (!one_in(8)) return fmt::format("[{}]", fmt::join(items, ", "));
    // The same by a named list, whole or in part.
    const auto split = one_in(2) ? items.size() : 1;
    lists_.push_back(
        fmt::format("[{}]", fmt::join(items.begin(), items.begin() + static_cast<long>(split), ", ")));
    auto rest = std::vector<std::string>(items.begin() + static_cast<long>(split), items.end());
    const auto name = fmt::format("$l{}", lists_.size() - 1);
    if (rest.empty() && one_in(2)) return name;
    rest.push_back(name);
    return fmt::format("[{}]", fmt::join(rest, ", "));
}

std::string RandomBook::print_texts(const When& when)
{
    std::vector<std::string> items, parts;
    const bool together = one_in(2);  // parts of words in one list, or each by itself
    for (const auto& text : when.texts) {
        if (text.find == Find::part)
            together ? parts.push_back(quoted(text.text))
                     : items.push_back("{contains: " + quoted(text.text) + "}");
        else
            items.push_back(quoted(text.find == Find::regex ? "/" + text.text + "/" : text.text));
    }
    if (!parts.empty()) items.push_back(fmt::format("{{contains: [{}]}}", fmt::join(parts, ", ")));
    return list_of(items);
}

std::string RandomBook::print_values(const When& when)
{
    std::vector<std::string> items;
    for (const auto& value : when.values) items.push_back(written(value));
    return list_of(items);
}

std::string RandomBook::print(const When& when)
{
    std::vector<std::string> parts;
    switch (when.kind) {
        case Kind::text:
            return when.key + ": " + print_texts(when);
        case Kind::values:
        case Kind::numbers:
            return when.key + ": " + print_values(when);
        case Kind::presence:
            return when.key + (std::get<bool>(when.values.front()) ? ": present" : ": missing");
        case Kind::negated:
            return "not: " + print(when.maps.front());
        case Kind::any:
        case Kind::all:
            for (const auto& map : when.maps) parts.push_back(print(map));
            return fmt::format("{}: [{}]", when.key, fmt::join(parts, ", "));
        case Kind::window:
            parts.push_back(fmt::format("within: {}s", when.within));
            break;
        case Kind::range:
        case Kind::clock:
            break;
    }
    const auto* const unit = when.kind == Kind::clock ? "s" : "";
    if (when.kind != Kind::window && when.bounds.size() == 2 && when.bounds[0].word == "at_least" &&
        when.bounds[1].word == "at_most")
        return fmt::format("{}: {{between: [{}{}, {}{}]}}", when.key, when.bounds[0].value, unit,
                           when.bounds[1].value, unit);
    for (const auto& bound : when.bounds)
        parts.push_back(fmt::format("{}: {}{}", bound.word, bound.value, unit));
    return fmt::format("{}: {{{}}}", when.key, fmt::join(parts, ", "));
}

std::string RandomBook::print(const Map& map)
{
    std::vector<std::string> parts;
    for (const auto& when : map) parts.push_back(print(when));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

namespace {

std::string print(const Then& then)
{
    std::vector<std::string> parts;
    const auto add = [&](std::string_view key, const std::string& value) {
        if (!value.empty()) parts.push_back(fmt::format("{}: {}", key, value));
    };
    const auto list = [](const std::vector<std::string>& items) {
        return items.empty() ? std::string() : fmt::format("[{}]", fmt::join(items, ", "));
    };
    std::vector<std::string> changes, skills;
    for (const auto& [name, value] : then.set) changes.push_back(fmt::format("{}: {}", name, written(value)));
    for (const auto& [name, level] : then.skills) skills.push_back(fmt::format("{}: {}", name, level));
    add("set", changes.empty() ? "" : fmt::format("{{{}}}", fmt::join(changes, ", ")));
    add("intent", then.intent);
    add("tags", list(then.tags));
    add("priority", then.priority ? std::string(to_string(*then.priority)) : "");
    add("raise", then.raise > 0 ? std::to_string(then.raise) : "");
    add("sla", then.sla);
    add("skills", skills.empty() ? "" : fmt::format("{{{}}}", fmt::join(skills, ", ")));
    add("contact_by", then.contact_by);
    add("queue", then.queue);
    add("notify", list(then.notify));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

}  // namespace

std::vector<Source> RandomBook::sources()
{
    std::map<Stage, std::string> files;
    for (const auto& rule : rules_) {
        auto& file = files[rule.stage];
        if (file.empty()) file = fmt::format("stage: {}\nrules:\n", to_string(rule.stage));
        file += fmt::format("  - rule: {}\n", rule.name);
        if (rule.off) file += "    off: true\n";
        if (!rule.when.empty()) file += "    when: " + print(rule.when) + "\n";
        file += "    then: " + oracle::print(rule.then) + "\n";
    }
    std::vector<Source> out;
    for (auto& [stage, text] : files) out.push_back({fmt::format("{}.yaml", to_string(stage)), text});
    if (lists_.empty()) return out;
    std::string lists = "lists:\n";
    for (std::size_t i = 0; i < lists_.size(); ++i) lists += fmt::format("  l{}: {}\n", i, lists_[i]);
    out.push_back({"lists.yaml", lists});
    return out;
}

}  // namespace triaged::rulebook::oracle
