// Questions about one decision: where the ticket goes and why, why not by a certain rule, what would send it
// elsewhere.

#pragma once

#include <string>
#include <vector>

#include "engine/config/config.hpp"
#include "engine/ctl/console.hpp"
#include "engine/ctl/options.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::ctl {

/// A ticket as the rules read it, and when.
struct Questioned {
    std::string subject;
    std::string body;
    FactSet ticket;
    FactSet customer;
    rulebook::Clocks clocks;
    std::vector<Instant> earlier{};  // contacts of the customer, as EarlierContacts has them
    Instant kept_from = Instant::max();
};

/// Answers what `options` ask: the whole decision, `--why-not` or `--to`. Adds the answer to `out`, a line
/// for JSON. \return how to end: `exit_usage`, after a complaint, if a rule or queue is named that does not
/// exist.
int answer(const rulebook::Rulebook& rulebook, const config::Config& config, const Questioned& ticket,
           const Options& options, const Console& console, std::string& out);

}  // namespace triaged::ctl
