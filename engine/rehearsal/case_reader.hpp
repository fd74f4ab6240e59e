// Case reader: what test files say of tickets and what is expected of them, for cases and timelines alike.
// Internal to this folder.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/rehearsal/cases.hpp"
#include "engine/rulebook/yaml.hpp"

namespace triaged::rehearsal {

/// A `ticket:` as read.
struct CaseTicket {
    std::string subject;
    std::string body;
    std::vector<std::string> bodies;  // where there are several: each makes a ticket
    FactSet facts;
    FactSet customer;
    std::vector<Duration> earlier;  // how long before this one the customer got in touch
};

/// What only a desk knows of a ticket.
struct StandingExpected {
    std::optional<std::string> phase;  // waiting, offered, assigned or closed
    std::optional<std::string> agent;  // who is offered it or has it; empty: nobody
};

/// Reads cases; what rules may name is checked as in rules. Mistakes go to the document.
class CaseReader {
public:
    /// \pre all three outlive this object.
    CaseReader(const yaml::Document& document, const rulebook::Rulebook& rulebook,
               const rulebook::Vocabulary& vocabulary);

    /// \return a case for each body of its ticket; none if something in it is wrong.
    std::vector<Case> read(const yaml::Node& node);

    CaseTicket read_ticket(const yaml::Node& node);
    /// \param standing  takes what only a desk knows; null where no desk is.
    Expectations read_expectations(const yaml::Node& node, StandingExpected* standing = nullptr);
    void read_skills(const yaml::Node& node, Skills& into);

    /// Whether something since the last call was wrong.
    bool was_wrong() { return std::exchange(wrong_, false); }

    template <class T>
    T keep(std::optional<T> value)
    {
        if (!value) wrong_ = true;
        return value ? std::move(*value) : T{};
    }
    void error(const yaml::Node& node, std::string code, std::string message, std::string suggestion = {});

private:
    Instant read_at(const yaml::Node& node);
    void read_desk(const yaml::Node& node, FactSet& facts);
    bool is_map(const yaml::Node& node, std::string_view what);
    void read_facts(const yaml::Node& node, FactSet& facts, FactSet* customer);
    void read_contacts(const yaml::Node& node, CaseTicket& into);
    void read_fact(const yaml::Node& key, const std::string& name, const yaml::Node& value, FactSet& into,
                   const std::vector<std::string>& other_keys = {});

    const yaml::Document& document_;
    const rulebook::Rulebook& rulebook_;
    const rulebook::Vocabulary& vocabulary_;
    std::vector<std::string> facts_, queues_, rules_, escalations_;
    bool wrong_ = false;
};

}  // namespace triaged::rehearsal
