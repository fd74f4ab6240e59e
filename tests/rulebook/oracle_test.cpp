// Whatever the rules and the ticket, the engine says of every rule what the oracle says: what is true,
// unknown and not, what fires, what comes of it, what is lost, and what came near.

#include <cstdlib>

#include "engine/rulebook/explain.hpp"
#include "engine/rulebook/match.hpp"
#include "tests/rulebook/random_book.hpp"
#include "tests/rulebook/support.hpp"

using namespace triaged;
using namespace triaged::rulebook;

namespace {

/// TRIAGED_MATCH_PAIRS asks for more pairs of a rule and a ticket, TRIAGED_MATCH_SEED for one book alone.
std::size_t number_from(const char* variable, std::size_t otherwise)
{
    const char* const asked = std::getenv(variable);
    return asked == nullptr ? otherwise : std::strtoul(asked, nullptr, 10);
}

FactSet packed(const std::map<std::string, oracle::Value>& facts)
{
    FactSet out;
    for (const auto& [name, value] : facts) {
        if (const auto* const flag = std::get_if<bool>(&value)) out.set(name, *flag);
        if (const auto* const number = std::get_if<double>(&value)) out.set(name, *number);
        if (const auto* const text = std::get_if<std::string>(&value)) out.set(name, std::string_view(*text));
    }
    return out;
}

/// Compares whole decisions without the near misses, which a record holds only in part.
Routing without_near(Routing routing)
{
    routing.trace.near.clear();
    return routing;
}

/// A record keeps the first near misses among the rules that were looked at: each is one, and they come in
/// order.
void check_near(const std::vector<NearMiss>& kept, const std::vector<NearMiss>& all)
{
    REQUIRE(kept.size() <= near_misses_max);
    auto from = all.begin();
    for (const auto& near : kept) {
        from = std::find(from, all.end(), near);
        REQUIRE(from != all.end());
        ++from;
    }
}

void check_steps(const Escalations& found, const Escalations& expected)
{
    REQUIRE(found.steps.size() == expected.steps.size());
    for (std::size_t i = 0; i < found.steps.size(); ++i) {
        const auto &is = found.steps[i], &should = expected.steps[i];
        REQUIRE(is.rule == should.rule);
        REQUIRE(is.priority == should.priority);
        REQUIRE(is.queue == should.queue);
        REQUIRE(is.skills == should.skills);
        REQUIRE(is.tags == should.tags);
        REQUIRE(is.notify == should.notify);
        REQUIRE(is.contact_by == should.contact_by);
    }
}

using Truths = std::vector<std::vector<Truth>>;  // of each rule's conditions

/// Every condition of every rule, judged without the index. Compared by hand: there are millions of them.
void check_conditions(const Rulebook& rulebook, const Truths& found, const Truths& expected)
{
    if (found == expected) return;
    REQUIRE(found.size() == expected.size());
    for (std::size_t rule = 0; rule < expected.size(); ++rule) {
        INFO("rule " << rulebook.rules()[rule].name);
        REQUIRE(found[rule].size() == expected[rule].size());
        for (std::size_t i = 0; i < found[rule].size(); ++i) {
            INFO(rulebook.rules()[rule].conditions[i]);
            REQUIRE(to_string(found[rule][i]) == to_string(expected[rule][i]));
        }
    }
}

/// By the engine's evaluator, as each stage sees the ticket.
Truths judged(const Rulebook& rulebook, const Subject& subject, const Clocks& clocks)
{
    const auto& compiled = rulebook.compiled();
    Truths out(compiled.rules.size());
    const StageObserver observer = [&](Stage stage, const FactSheet& sheet) {
        const auto begin = compiled.stage_begin[static_cast<std::size_t>(stage)];
        const auto end = compiled.stage_begin[static_cast<std::size_t>(stage) + 1];
        for (auto rule = begin; rule < end; ++rule)
            for (const auto& condition : compiled.rules[rule].conditions)
                out[rule].push_back(evaluate(condition, sheet, &clocks));
    };
    const auto routing = decide(compiled, subject, observer, clocks);
    find_escalations(compiled, subject, routing, clocks, {}, observer);
    return out;
}

Truths explained(const Rulebook& rulebook, const Subject& subject, const Clocks& clocks)
{
    Truths out;
    for (const auto& verdict : explain(rulebook, subject, clocks).rules) {
        auto& truths = out.emplace_back();
        for (const auto& condition : verdict.conditions) truths.push_back(condition.truth);
    }
    return out;
}

struct Tried {
    std::size_t pairs = 0, fired = 0, near = 0, lost = 0, steps = 0, rechecks = 0, thorough = 0;
};

/// \param thorough  also what takes longer: explanations, and when escalations are due.
void try_ticket(oracle::RandomBook& random, const Rulebook& rulebook, bool thorough, Tried& tried)
{
    const auto ticket = random.ticket();
    const auto clocks = random.clocks();
    const auto done = random.done();
    INFO(ticket.subject << '\n' << ticket.body);
    const auto facts = packed(ticket.facts), customer = packed(ticket.customer);
    auto text = rulebook.scan(ticket.subject, ticket.body);
    if (!ticket.scanned) text.rulebook = RulebookId{1};
    EarlierContacts earlier{ticket.kept};
    if (ticket.forgotten > 0 && !ticket.kept.empty()) earlier.kept_from = ticket.kept.front();
    const Subject subject{text, facts, customer, earlier};

    const auto expected = oracle::judge(random.rules(), ticket, clocks, {}, thorough);
    check_conditions(rulebook, judged(rulebook, subject, clocks), expected.conditions);
    if (thorough) check_conditions(rulebook, explained(rulebook, subject, clocks), expected.conditions);
    const auto placed = rulebook.place(subject, clocks);
    auto wanted = without_near(expected.routing);
    wanted.rulebook = rulebook.id();
    REQUIRE(placed.routing.trace.fired == wanted.trace.fired);
    REQUIRE(placed.routing.trace.lost == wanted.trace.lost);
    REQUIRE(without_near(placed.routing) == wanted);
    REQUIRE(rulebook.route(subject, clocks) == placed.routing);
    check_near(placed.routing.trace.near, expected.routing.trace.near);
    check_steps(placed.escalations, expected.escalations);
    if (thorough) REQUIRE(placed.escalations.recheck_at == expected.escalations.recheck_at);

    if (thorough) {
        const auto later = oracle::judge(random.rules(), ticket, clocks, done, true).escalations;
        const auto found = rulebook.escalate(subject, placed.routing, clocks, done);
        check_steps(found, later);
        REQUIRE(found.recheck_at == later.recheck_at);
        tried.rechecks += later.recheck_at != Instant::max() ? 1 : 0;
        ++tried.thorough;
    }

    tried.pairs += random.rules().size();
    tried.fired += placed.routing.trace.fired.size();
    tried.near += placed.routing.trace.near.size();
    tried.lost += placed.routing.trace.lost.size();
    tried.steps += placed.escalations.steps.size();
}

}  // namespace

TEST_CASE("the oracle cuts words as the rule language says", "[rulebook][oracle]")
{
    using Words = std::vector<std::string>;
    CHECK(oracle::words("Café, in-PIECES don’t o_k 5½") ==
          Words{"cafe", "in", "pieces", "don", "t", "o", "k", "51", "2"});
    CHECK(oracle::words("返品a ｶ\xEF\xBE\x9E คืน 😡👍🏽") ==
          Words{"返", "品", "a", "カ\xE3\x82\x99", "คื", "น", "😡", "👍"});
    CHECK(oracle::words("a\xFF"
                        "b da\xC2\xADmaged\xE2\x82") == Words{"a", "b", "damaged"});
    CHECK(oracle::folded("Straße？!") == "strasse?!");
}

TEST_CASE("the engine and a plain evaluator agree on every rule of random rulebooks, for random tickets",
          "[rulebook][oracle]")
{
    constexpr int tickets_a_book = 60;
    const auto wanted = number_from("TRIAGED_MATCH_PAIRS", 1'000'000);
    const auto alone = static_cast<unsigned>(number_from("TRIAGED_MATCH_SEED", 0));
    Tried tried;
    for (unsigned seed = alone > 0 ? alone : 1; tried.pairs < wanted; ++seed) {
        INFO("TRIAGED_MATCH_SEED=" << seed);
        oracle::RandomBook random(seed);
        std::vector<Diagnostic> found;
        const auto sources = random.sources();
        const auto rulebook = Rulebook::load(sources, test::a_vocabulary(), found);
        if (!rulebook) FAIL(render(found, false));
        REQUIRE(rulebook->rules().size() == random.rules().size());
        for (int i = 0; i < tickets_a_book; ++i) try_ticket(random, *rulebook, i % 12 == 0, tried);
        if (alone > 0) return;
    }
    // The books are not so random that nothing ever happens.
    CHECK(tried.fired > tried.pairs / 20);
    CHECK(tried.near > tried.pairs / 100);
    CHECK(tried.lost > tried.pairs / 200);
    CHECK(tried.steps > tried.pairs / 100);
    CHECK(tried.rechecks > tried.thorough / 10);
}
