// Beside CLIPS 6.30, a Rete engine: the same rules, the same tickets, in turns. Every ticket's rules must be
// the same on both sides, or nothing is measured.
//
// Three translations, each with the rule's rarest pattern first, as CLIPS's manual advises:
// - words: a fact an attribute and a fact a word with its place, by which the words of a phrase are joined.
//   CLIPS does what we do, apart from folding and cutting the text, which is not counted.
// - runs: a fact each run of one to three words instead, so that CLIPS finds a phrase by one constant. The
//   runs are worked out beforehand and not counted.
// - tuned: all attributes in one fact, the rarest in front, so that the pattern network tells rules apart by
//   hashes. Which phrases are there is worked out beforehand and not counted: CLIPS gets the text for
//   nothing, and is put beside all we do as well as beside our rules alone.
// Lists of words and of `any` become `or`, which CLIPS turns into rules of their own. A rule's action is one
// call that notes its number.

#include <array>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "bench/peers/compare.hpp"
#include "bench/workload.hpp"
#include "engine/model/result.hpp"
#include "engine/rulebook/fold.hpp"

extern "C" {
#include <clips/clips.h>  // after all others: its macros have short names
}

namespace triaged::peers {

namespace {

using workload::Condition;
using workload::Rule;
using workload::Ticket;
using workload::Workload;

constexpr std::array attributes{"seller",       "order.product", "marketplace",   "language",
                                "order.status", "channel",       "customer.tier", "customer.kind"};
constexpr std::array numbers{"order.value",  // first: `either` asks for it
                             "customer.contacts", "order.days_late"};

std::vector<std::size_t> fired;  // by the rules' actions

int note_fired(void* engine)
{
    fired.push_back(static_cast<std::size_t>(EnvRtnLong(engine, 1)));
    return 0;
}

/// Words and phrases that rules ask for, as `runs_of` writes them.
std::set<std::string> phrases_of(const std::vector<Rule>& rules)
{
    std::set<std::string> out;
    for (const auto& rule : rules)
        for (const auto& condition : rule.conditions)
            if (condition.on_text()) out.insert(condition.any_of.begin(), condition.any_of.end());
    return out;
}

/// Every run of one to three words of the ticket's texts: the longest phrases of the workload have three.
std::set<std::string> runs_of(const Ticket& ticket)
{
    std::set<std::string> out;
    rulebook::FoldedText folded;
    for (const auto* const text : {&ticket.subject, &ticket.body}) {
        folded.assign(*text);
        const auto words = folded.words();
        for (std::size_t first = 0; first < words.size(); ++first) {
            std::string run;
            for (std::size_t last = first; last < std::min(first + 3, words.size()); ++last) {
                run.append(last == first ? "" : " ").append(folded.word(words[last]));
                out.insert(run);
            }
        }
    }
    return out;
}

enum class TextAs { words, runs };

/// Pieces of the folded text, each with its place: those of subject and body are not next to each other.
std::vector<std::pair<std::string, long long>> words_of(const Ticket& ticket)
{
    std::vector<std::pair<std::string, long long>> out;
    rulebook::FoldedText folded;
    long long place = 0;
    for (const auto* const text : {&ticket.subject, &ticket.body}) {
        folded.assign(*text);
        for (const auto& word : folded.words()) out.emplace_back(folded.word(word), ++place);
        ++place;
    }
    return out;
}

/// A pattern for each word of the phrase, joined by their places.
std::string in_words(const std::string& phrase)
{
    std::istringstream words(phrase);
    std::string out;
    int place = 0;
    for (std::string word; words >> word; ++place)
        out += fmt::format(" (word (is \"{}\") (at {}))", word,
                           place == 0 ? "?at" : fmt::format("=(+ ?at {})", place));
    return place == 1 ? out : fmt::format(" (and{})", out);
}

std::string has_one_of(const Condition& condition, TextAs text)
{
    std::string out;
    for (const auto& phrase : condition.any_of)
        out += text == TextAs::runs ? fmt::format(" (run (is \"{}\"))", phrase) : in_words(phrase);
    return condition.any_of.size() == 1 ? out : fmt::format(" (or{})", out);
}

/// A variable of its own for the number's place in `numbers`: patterns that share one would be joined by it.
std::string within(const Condition& condition, std::size_t place)
{
    auto out = fmt::format("?v{0}&:(>= ?v{0} {1:.4f})", place, condition.low);
    if (condition.high < std::numeric_limits<double>::infinity())
        out += fmt::format("&:(<= ?v{} {:.4f})", place, condition.high);
    return out;
}

/// Of a rule's conditions the one on `fact`, or null.
const Condition* condition_on(const Rule& rule, std::string_view fact)
{
    for (const auto& condition : rule.conditions)
        if (condition.fact == fact || (fact == "text" && condition.on_text())) return &condition;
    return nullptr;
}

std::string plain_rule(const Rule& rule, std::size_t number, TextAs text)
{
    auto out = fmt::format("(defrule r{}", number);
    const auto attribute = [](std::string_view name, std::string_view value) {
        return fmt::format(" (attribute (name {}) (value {}))", name, value);
    };
    const auto add = [&](std::string_view name) {
        const auto* const condition = condition_on(rule, name);
        if (condition == nullptr) return;
        out += condition->on_text() ? has_one_of(*condition, text)
                                    : attribute(name, fmt::format("{}", fmt::join(condition->any_of, "|")));
    };
    for (const auto* const name : {"seller", "order.product", "text", "marketplace", "language",
                                   "order.status", "channel", "customer.tier", "customer.kind"})
        add(name);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        if (const auto* const condition = condition_on(rule, numbers[i]))
            out += attribute(numbers[i], within(*condition, i));
    if (rule.unless)
        out += fmt::format(" (not (and{}{}))", attribute("order.status", "cancelled"),
                           attribute("customer.kind", "seller"));
    if (rule.either)
        out += fmt::format(" (or{}{})", attribute("customer.tier", "prime|vip"),
                           attribute("order.value", "?e&:(>= ?e 3.0)"));
    return out + fmt::format(" => (fired {}))", number);
}

std::string tuned_rule(const Rule& rule, std::size_t number)
{
    std::string slots, tests;
    for (const auto* const name : attributes) {
        const auto* const condition = condition_on(rule, name);
        std::string constraint;
        if (condition != nullptr) constraint = fmt::format("{}", fmt::join(condition->any_of, "|"));
        if (rule.either && std::string_view(name) == "customer.tier")
            constraint = constraint.empty() ? "?t" : "?t&" + constraint;
        if (!constraint.empty()) slots += fmt::format(" ({} {})", name, constraint);
    }
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (const auto* const condition = condition_on(rule, numbers[i]))
            slots += fmt::format(" ({} {})", numbers[i], within(*condition, i));
        else if (rule.either && i == 0)
            slots += " (order.value ?v0)";
    }
    if (rule.either) tests += " (test (or (eq ?t prime) (eq ?t vip) (>= ?v0 3.0)))";
    if (rule.unless) tests += " (not (ticket (order.status cancelled) (customer.kind seller)))";
    const auto* const text = condition_on(rule, "text");
    return fmt::format("(defrule r{} (ticket{}){}{} => (fired {}))", number, slots,
                       text == nullptr ? "" : has_one_of(*text, TextAs::runs), tests, number);
}

/// One CLIPS engine with a workload's rules.
class Clips {
public:
    Clips() : engine_(CreateEnvironment())
    {
        EnvDefineFunction2(engine_, "fired", 'i', note_fired, "fired", "11i");
    }
    ~Clips() { DestroyEnvironment(engine_); }
    Clips(const Clips&) = delete;
    Clips& operator=(const Clips&) = delete;

    void build(const std::string& construct)
    {
        check(EnvBuild(engine_, construct.c_str()) != 0, "the construct is correct");
    }
    void* type(const char* name) const { return EnvFindDeftemplate(engine_, name); }
    void* symbol(const std::string& text) const { return EnvAddSymbol(engine_, text.c_str()); }
    void* real(double number) const { return EnvAddDouble(engine_, number); }
    void* integer(long long number) const { return EnvAddLong(engine_, number); }

    struct Value {
        int type;
        void* value;
    };
    /// Slots are written in the order of their deftemplate, without looking for their names.
    void add(void* type, std::initializer_list<Value> slots) { add(type, slots.begin(), slots.size()); }
    void add(void* type, const Value* slots, std::size_t count)
    {
        auto* const made = EnvCreateFact(engine_, type);
        for (std::size_t i = 0; i < count; ++i) {
            made->theProposition.theFields[i].type = static_cast<unsigned short>(slots[i].type);
            made->theProposition.theFields[i].value = slots[i].value;
        }
        EnvAssert(engine_, made);
    }
    void run_and_forget()
    {
        EnvRun(engine_, -1);
        while (void* const fact = EnvGetNextFact(engine_, nullptr)) EnvRetract(engine_, fact);
    }

private:
    void* engine_;
};

std::string text_of(const FactValue& value) { return std::string(std::get<std::string_view>(value)); }

FactValue fact_of(const Ticket& ticket, const char* name)
{
    const auto found = ticket.facts.find(name);
    return found ? *found : *ticket.customer.find(name);
}

/// The plain translations.
class Plain {
public:
    Plain(const Workload& work, TextAs text) : text_(text)
    {
        clips_.build("(deftemplate attribute (slot name) (slot value))");
        clips_.build("(deftemplate run (slot is))");
        clips_.build("(deftemplate word (slot is) (slot at))");
        for (std::size_t i = 0; i < work.rules.size(); ++i) clips_.build(plain_rule(work.rules[i], i, text));
        for (const auto& ticket : work.tickets) {
            runs_.push_back(runs_of(ticket));
            words_.push_back(words_of(ticket));
        }
    }

    void decide(const Workload& work, std::size_t i)
    {
        fired.clear();
        const auto& ticket = work.tickets[i];
        auto* const attribute = clips_.type("attribute");
        for (const auto* const name : attributes)
            clips_.add(attribute, {{SYMBOL, clips_.symbol(name)},
                                   {SYMBOL, clips_.symbol(text_of(fact_of(ticket, name)))}});
        for (const auto* const name : numbers)
            clips_.add(attribute, {{SYMBOL, clips_.symbol(name)},
                                   {FLOAT, clips_.real(std::get<double>(fact_of(ticket, name)))}});
        if (text_ == TextAs::runs) {
            auto* const run = clips_.type("run");
            for (const auto& each : runs_[i]) clips_.add(run, {{STRING, clips_.symbol(each)}});
        } else {
            auto* const word = clips_.type("word");
            for (const auto& [is, at] : words_[i])
                clips_.add(word, {{STRING, clips_.symbol(is)}, {INTEGER, clips_.integer(at)}});
        }
        clips_.run_and_forget();
    }

private:
    TextAs text_;
    std::vector<std::set<std::string>> runs_;  // of each ticket
    std::vector<std::vector<std::pair<std::string, long long>>> words_;
    Clips clips_;
};

/// The tuned translation.
class Tuned {
public:
    explicit Tuned(const Workload& work)
    {
        clips_.build(fmt::format("(deftemplate ticket (slot {}) (slot {}))",
                                 fmt::join(attributes, ") (slot "), fmt::join(numbers, ") (slot ")));
        clips_.build("(deftemplate run (slot is))");
        for (std::size_t i = 0; i < work.rules.size(); ++i) clips_.build(tuned_rule(work.rules[i], i));
        const auto phrases = phrases_of(work.rules);
        for (const auto& ticket : work.tickets) {
            const auto runs = runs_of(ticket);
            auto& found = found_.emplace_back();
            std::set_intersection(runs.begin(), runs.end(), phrases.begin(), phrases.end(),
                                  std::back_inserter(found));
        }
    }

    void decide(const Workload& work, std::size_t i)
    {
        fired.clear();
        const auto& ticket = work.tickets[i];
        std::array<Clips::Value, attributes.size() + numbers.size()> slots;
        std::size_t next = 0;
        for (const auto* const name : attributes)
            slots[next++] = {SYMBOL, clips_.symbol(text_of(fact_of(ticket, name)))};
        for (const auto* const name : numbers)
            slots[next++] = {FLOAT, clips_.real(std::get<double>(fact_of(ticket, name)))};
        clips_.add(clips_.type("ticket"), slots.data(), slots.size());
        auto* const run = clips_.type("run");
        for (const auto& each : found_[i]) clips_.add(run, {{STRING, clips_.symbol(each)}});
        clips_.run_and_forget();
    }

private:
    std::vector<std::vector<std::string>> found_;  // phrases of the rules in each ticket
    Clips clips_;
};

/// The rules that fire in all stages, by their numbers in the workload, sorted; of `route` only the first.
std::vector<std::size_t> ours(const rulebook::Rulebook& book, const rulebook::Placement& placed)
{
    std::vector<std::size_t> out;
    const auto add = [&](RuleIndex rule) {
        const auto& name = book.rules()[rule].name;
        if (name != "default") out.push_back(std::stoul(name.substr(1)));
    };
    for (const auto rule : placed.routing.trace.fired) add(rule);
    for (const auto& step : placed.escalations.steps) add(step.rule);
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<std::size_t> theirs(std::size_t rules)
{
    std::vector<std::size_t> all = fired, out;
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    bool routed = false;
    for (const auto rule : all) {
        const bool routes = rule >= rules * 3 / 5 && rule < rules * 4 / 5;
        if (!routes || !routed) out.push_back(rule);
        routed = routed || routes;
    }
    return out;
}

void measure(std::size_t rules, std::size_t rounds)
{
    const auto work = workload::make(workload::Kind::usual, rules);
    const auto book = workload::load(work.sources);
    const auto place = [&](std::size_t i, const TextFacts& text) {
        return book->place({text, work.tickets[i].facts, work.tickets[i].customer}, rulebook::Clocks{});
    };
    const auto all = [&](std::size_t i) {
        return place(i, book->scan(work.tickets[i].subject, work.tickets[i].body));
    };
    std::vector<TextFacts> texts;
    for (const auto& ticket : work.tickets) texts.push_back(book->scan(ticket.subject, ticket.body));

    const auto tickets = std::min<std::size_t>(work.tickets.size(), 256);
    const auto agrees = [&](auto& clips) {
        for (std::size_t i = 0; i < tickets; ++i) {
            clips.decide(work, i);
            check(theirs(rules) == ours(*book, all(i)), "both find the same rules");
        }
    };
    fmt::print("\n{} rules\n", rules);
    print_heads("CLIPS");
    for (const auto& [text, what] : {std::pair(TextAs::words, "facts of attributes and words"),
                                     std::pair(TextAs::runs, "facts of attributes and runs of words")}) {
        Plain plain(work, text);
        agrees(plain);
        compare(what, rounds, tickets, all, [&](std::size_t i) { plain.decide(work, i); });
    }
    Tuned tuned(work);
    agrees(tuned);
    compare("tuned: one fact, phrases found for it, beside all of ours", rounds, tickets, all,
            [&](std::size_t i) { tuned.decide(work, i); });
    compare(
        "tuned: the same, beside our rules without the text", rounds, tickets,
        [&](std::size_t i) { return place(i, texts[i]); }, [&](std::size_t i) { tuned.decide(work, i); });
}

}  // namespace

}  // namespace triaged::peers

int main()
{
    triaged::peers::measure(1'000, 5);
    triaged::peers::measure(10'000, 3);
}
