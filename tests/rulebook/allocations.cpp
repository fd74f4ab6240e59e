// What matching a ticket allocates: nothing beyond its result. Counted by the sanitizers' own hooks where one
// is compiled in, else in `operator new`.

#include <cstdlib>
#include <new>

#include "tests/rulebook/support.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Of sanitizer/allocator_interface.h, which g++ 12 on Debian comes without.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, std::size_t),
                                                         void (*)(const volatile void*));
#endif

namespace {

thread_local std::size_t allocations = 0;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
void on_malloc(const volatile void*, std::size_t) { ++allocations; }
void on_free(const volatile void*) {}
const bool counts = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) != 0;
#else
const bool counts = true;
#endif

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void* operator new(std::size_t bytes)
{
    ++allocations;
    if (void* const made = std::malloc(bytes)) return made;
    throw std::bad_alloc();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
#endif

using namespace triaged;
using namespace triaged::rulebook;
using namespace triaged::rulebook::test;

namespace {

/// What copying `result` allocates: as much as keeping it must.
template <class Result>
std::size_t allocations_of_copy(const Result& result)
{
    const auto before = allocations;
    const Result copy(result);
    return allocations - before;
}

std::shared_ptr<const Rulebook> a_book_of_every_kind()
{
    return a_rulebook({{"a.yaml", R"(
stage: enrich
rules:
  - rule: dach
    when: {language: [de, at, ch], marketplace: de}
    then: {set: {region: dach, repeat: true, contract.id: a contract with a long name}}
  - rule: loses
    when: {text: parcel}
    then: {set: {region: france}}
)"},
                       {"b.yaml", R"(
stage: classify
rules:
  - rule: damaged
    when: {text: [damaged, "in pieces", /crack(ed|s)/], order.value: {at_least: 100}}
    then: {intent: something-that-was-damaged, tags: [damaged-on-its-way, b, a]}
  - rule: again
    when: {any: [{body: {contains: pieces}}, {repeat: true}], not: {customer.tier: vip}}
    then: {tags: [b, damaged-on-its-way, of-a-customer-who-came-again]}
  - rule: near
    when: {text: [damaged, parcel], customer.kind: seller}
    then: {tags: [never]}
)"},
                       {"c.yaml", R"(
stage: prioritise
rules:
  - rule: urgent
    when: {tag: b, region: dach}
    then: {priority: high, skills: {returns: 3, german: 2}, sla: critical}
  - rule: also-urgent
    when: {intent: something-that-was-damaged}
    then: {priority: urgent, skills: {returns: 4}}
)"},
                       {"d.yaml", R"(
stage: route
rules:
  - rule: returns
    when: {tag: damaged-on-its-way}
    then: {queue: returns}
)"},
                       {"e.yaml", R"(
stage: escalate
rules:
  - rule: tell
    when: {priority: [high, urgent]}
    then: {raise: 1, notify: [duty-lead, phone-lead], tags: [told]}
  - rule: later
    when: {waiting: {at_least: 5m}}
    then: {raise: 1}
)"}});
}

std::vector<TestTicket> some_tickets()
{
    const auto german = a_ticket()
                            .with("language", "de")
                            .with("marketplace", "DE")
                            .with("order.value", 130)
                            .of_customer("customer.tier", std::string_view("prime"))
                            .of_customer("customer.kind", std::string_view("buyer"));
    return {a_ticket(),
            german,
            german.text("The parcel", "It came in pieces, damaged and cracked."),
            german.text("Das Päckchen", "Ist kaputt: damaged, in  pieces."),
            a_ticket().text("Ｐａｒｃｅｌ", "荷物が壊れています"),
            a_ticket().body(std::string(5000, 'x'))};
}

}  // namespace

TEST_CASE("a scan allocates what its result needs", "[rulebook]")
{
    REQUIRE(counts);
    const auto book = a_book_of_every_kind();
    const auto tickets = some_tickets();
    for (const auto& ticket : tickets) book->scan(ticket.subject(), ticket.body());
    for (const auto& ticket : tickets) {
        const auto before = allocations;
        const auto facts = book->scan(ticket.subject(), ticket.body());
        const auto made = allocations - before;
        INFO(ticket.body());
        CHECK(made == allocations_of_copy(facts));
        CHECK(made == (facts.hits.empty() ? 0 : 1));
    }
}

TEST_CASE("deciding about a ticket allocates what its result needs", "[rulebook]")
{
    REQUIRE(counts);
    const auto book = a_book_of_every_kind();
    const auto tickets = some_tickets();
    std::vector<TextFacts> texts;
    for (const auto& ticket : tickets) texts.push_back(book->scan(ticket.subject(), ticket.body()));
    const Clocks clocks{Instant{10}, Instant{0}, Instant{0}, Instant{0}};
    std::size_t fired = 0, lost = 0, near = 0, steps = 0;
    for (const bool warm : {false, true}) {
        for (std::size_t i = 0; i < tickets.size(); ++i) {
            const auto before = allocations;
            const auto placed = book->place({texts[i], tickets[i].ticket(), tickets[i].customer()}, clocks);
            const auto made = allocations - before;
            INFO(tickets[i].body());
            if (warm) CHECK(made == allocations_of_copy(placed));
            fired += placed.routing.trace.fired.size();
            lost += placed.routing.trace.lost.size();
            near += placed.routing.trace.near.size();
            steps += placed.escalations.steps.size();
        }
    }
    // The tickets make use of everything a result can hold.
    CHECK(fired > 0);
    CHECK(lost > 0);
    CHECK(near > 0);
    CHECK(steps > 0);
}
