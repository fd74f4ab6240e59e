// Bytes of snapshots: a Writer and a Reader that take the same values in the same order. Internal to the
// desk.
//
// Numbers are LEB128 (signed ones zigzag), instants 8 bytes little endian, strings a size and bytes. A name
// or a set of skills is spelt out where it first occurs and from then on is its number of first occurrence,
// because the tables' own numbers depend on history.

#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "engine/desk/state.hpp"

namespace triaged::desk {

/// The largest value of an enumeration that is stored.
template <class E>
constexpr std::uint64_t last_of = 0;
template <>
constexpr inline std::uint64_t last_of<Channel> = static_cast<std::uint64_t>(Channel::phone);
template <>
constexpr inline std::uint64_t last_of<Priority> = static_cast<std::uint64_t>(Priority::urgent);
template <>
constexpr inline std::uint64_t last_of<TicketPhase> = static_cast<std::uint64_t>(TicketPhase::assigned);
template <>
constexpr inline std::uint64_t last_of<Presence> = static_cast<std::uint64_t>(Presence::offline);

template <>
constexpr inline std::uint64_t last_of<ProblemAction> = static_cast<std::uint64_t>(ProblemAction::merge);

template <class E>
concept StoredEnum = std::is_enum_v<E> && last_of<E> >
0;

class Writer {
public:
    Writer(const State& state, const ByteSink& sink) : state_(state), sink_(sink) {}

    template <class... Values>
    void operator()(const Values&... values)
    {
        (put(values), ...);
    }

    void count(std::size_t size) { number(size); }
    void raw(std::string_view bytes) { out_ += bytes; }
    void text(const TicketText& text);
    void rules(ListId list);
    void tags(ListId list);
    /// Passes on what is left. \return the sink's first failure
    Result<void> finish();

private:
    /// What is gathered before the sink gets it.
    static constexpr std::size_t piece_bytes = 1 << 20;

    void pass_on();
    void number(std::uint64_t value);
    void put(bool value) { out_ += static_cast<char>(value ? 1 : 0); }
    void put(std::uint8_t value) { number(value); }
    void put(std::uint64_t value) { number(value); }
    void put(std::uint32_t value) { number(value); }
    void put(std::int32_t value);
    void put(TicketId id) { number(id.value); }
    void put(ProblemId id) { number(id.value); }
    void put(const QueueName& name) { string(name.value); }
    void put(RulebookId id) { fixed(id.value); }
    void put(Instant at) { fixed(static_cast<std::uint64_t>(at.ms)); }
    void put(const std::string& text) { string(text); }
    void put(const AgentId& id) { string(id.value); }
    void put(const CustomerId& id) { string(id.value); }
    void put(const FactSet& facts) { string(facts.bytes()); }
    void put(const ReceiptKey& key);
    void put(Symbol symbol);
    void put(SkillSetId id);
    // A slot is stored plus one, so that `none` is 0.
    void put(CustomerSlot slot) { number(static_cast<std::uint32_t>(slot) + 1U); }
    void put(AgentSlot slot) { number(static_cast<std::uint32_t>(slot) + 1U); }
    void put(RulebookSlot slot) { number(static_cast<std::uint32_t>(slot) + 1U); }
    template <StoredEnum E>
    void put(E value)
    {
        number(static_cast<std::uint64_t>(value));
    }

    void fixed(std::uint64_t value);
    void string(std::string_view text);

    const State& state_;
    const ByteSink& sink_;
    std::string out_;
    Result<void> passed_on_;
    absl::flat_hash_map<Symbol, std::uint64_t> names_;
    absl::flat_hash_map<SkillSetId, std::uint64_t> skill_sets_;
};

/// Reads what a Writer wrote. After the first mistake everything reads as zero and `failure` says what was
/// wrong.
class Reader {
public:
    Reader(State& state, std::string_view bytes) : state_(state), begin_(bytes.data()), rest_(bytes) {}

    template <class... Values>
    void operator()(Values&... values)
    {
        (get(values), ...);
    }

    /// A number of things to follow, each of at least one byte.
    std::size_t count();
    /// That exactly these bytes follow.
    void raw(std::string_view expected);
    void text(TicketText& text);
    void rules(ListId& list);
    void tags(ListId& list);

    bool good() const { return failure_.empty(); }
    bool at_end() const { return rest_.empty(); }
    void fail(std::string_view why);
    const std::string& failure() const { return failure_; }

private:
    std::uint64_t number();
    std::uint32_t slot(std::size_t size);
    void get(bool& value) { value = byte() != 0; }
    void get(std::uint8_t& value) { value = static_cast<std::uint8_t>(number()); }
    void get(std::uint64_t& value) { value = number(); }
    void get(std::uint32_t& value) { value = static_cast<std::uint32_t>(number()); }
    void get(std::int32_t& value);
    void get(TicketId& id) { id.value = number(); }
    void get(ProblemId& id) { id.value = number(); }
    void get(QueueName& name) { name.value = string(); }
    void get(RulebookId& id) { id.value = fixed(); }
    void get(Instant& at) { at.ms = static_cast<std::int64_t>(fixed()); }
    void get(std::string& text) { text = string(); }
    void get(AgentId& id) { id.value = string(); }
    void get(CustomerId& id) { id.value = string(); }
    void get(FactSet& facts);
    void get(ReceiptKey& key);
    void get(Symbol& symbol);
    void get(SkillSetId& id);
    void get(CustomerSlot& slot) { slot = static_cast<CustomerSlot>(this->slot(state_.customers.size())); }
    void get(AgentSlot& slot) { slot = static_cast<AgentSlot>(this->slot(state_.agents.size())); }
    void get(RulebookSlot& slot) { slot = static_cast<RulebookSlot>(this->slot(state_.rulebooks.size())); }
    template <StoredEnum E>
    void get(E& value)
    {
        const auto read = number();
        if (read > last_of<E>) return fail("a value beyond its enumeration");
        value = static_cast<E>(read);
    }

    std::uint8_t byte();
    std::uint64_t fixed();
    std::string_view string();
    FactSet facts();

    State& state_;
    const char* begin_;
    std::string_view rest_;
    std::string failure_;
    std::vector<Symbol> names_;
    std::vector<SkillSetId> skill_sets_;
};

}  // namespace triaged::desk
