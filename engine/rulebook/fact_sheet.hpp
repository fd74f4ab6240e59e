// Fact sheet: what holds of one ticket at one point of a decision, in the rulebook's numbers.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rulebook/compiled.hpp"
#include "engine/rulebook/truth.hpp"

namespace triaged::rulebook {

/// Reused from ticket to ticket, so that a decision allocates nothing but its result.
class FactSheet {
public:
    /// Forgets everything and takes in the ticket's text facts, then its facts, then its customer's.
    /// \pre `compiled` outlives the use of the sheet until the next reset.
    void reset(const Rulebook::Compiled& compiled, const Subject& subject);

    /// Takes over a fact; what the sheet had of that name is gone.
    void set_fact(std::string_view name, const FactValue& value);
    /// Marks `atom` as true and the rules filed under it as candidates; `no_atom` is ignored.
    void set(AtomIndex atom);

    bool is_set(AtomIndex atom) const { return atoms_[atom] != 0; }
    bool is_known(SlotIndex slot) const { return slots_[slot].known; }
    double number(SlotIndex slot) const { return slots_[slot].number; }
    const EarlierContacts& earlier() const { return earlier_; }
    /// How many contacts the customer had before; nothing if that is not known.
    const std::optional<double>& contacts() const { return contacts_; }
    const Candidates& candidates() const { return candidates_; }

private:
    struct SlotState {
        bool known = false;
        double number = 0;
        AtomIndex value = no_atom;  // the atom of the value it has, if rules ask for that value
    };

    void fill(SlotIndex slot, const FactValue& value);

    const Rulebook::Compiled* compiled_ = nullptr;
    std::vector<std::uint8_t> atoms_;
    std::vector<AtomIndex> touched_;  // every atom that may be set
    std::vector<SlotState> slots_;
    Candidates candidates_;
    EarlierContacts earlier_;
    std::optional<double> contacts_;  // as it came, whatever `enrich` sets
    std::string folded_;              // scratch
};

/// Since when `clock` has been running; `Instant::max()` if it does not.
Instant start_of(Clock clock, const Clocks& clocks);

/// The calendar it counts in; null for the wall's time, and if there is no such calendar.
const Calendar* calendar_of(const Elapsed& elapsed, const Clocks& clocks);

/// How many of `contacts` lie no further back than `within`: so many at least, so many at most.
struct Counted {
    double least = 0;
    double most = 0;
};
Counted count_recent(const EarlierContacts& earlier, double contacts, Duration within, Instant now);

/// The terms of a ticket that stands as `routing` says; none without a desk.
SlaTerms terms_of(const Clocks& clocks, const Routing& routing);

/// The promise's clock, if it runs.
std::optional<SlaClock> clock_of(const Promised& promised, const Clocks& clocks);

/// \param clocks  null outside `escalate`, where no condition reads them.
Truth evaluate(const Condition& condition, const FactSheet& sheet, const Clocks* clocks);

}  // namespace triaged::rulebook
