// Looking ahead: many plays of the hours to come, from the present state and with the habits history teaches.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/forecast/floor.hpp"
#include "engine/forecast/learnt.hpp"

namespace triaged::forecast {

struct Question {
    std::string snapshot;  // the state to start from, as `desk::save` writes it
    Instant from;
    int hours = 8;
    int runs = 200;
    std::uint64_t seed = 1;
    std::size_t jobs = 1;            // threads
    std::vector<Shift> shifts;       // agents who come and go
    std::vector<SignInAgent> added;  // who would be there as well
};

/// A number that varies from run to run.
struct Spread {
    double mean = 0;
    double low = 0;   // 5 % of the runs are below
    double high = 0;  // 5 % are above

    bool operator==(const Spread&) const = default;
};

/// \pre `of` is not empty.
Spread spread_of(std::vector<double> of);

/// One queue over some time.
struct Outlook {
    Spread tickets;   // whose wait began
    Spread wait_s;    // mean of these; that of a ticket which still waits at the end counts as far as it went
    Spread breaches;  // first responses that were due and had not been given
    Spread abandoned;

    bool operator==(const Outlook&) const = default;
};

struct QueueOutlook {
    Outlook all;
    std::vector<Outlook> hours;

    bool operator==(const QueueOutlook&) const = default;
};

struct Forecast {
    std::map<QueueName, QueueOutlook> queues;

    bool operator==(const Forecast&) const = default;
};

/// What changes in a queue if somebody is added: differences run by run, so that chance cancels as far as it
/// can.
struct Change {
    Spread wait_s;
    Spread breaches;
    Spread abandoned;
};

struct Comparison {
    Forecast without;
    Forecast with;
    std::map<QueueName, Change> changes;
};

using Progress = std::function<void(double fraction)>;

/// Deterministic: the same question and history give the same answer, whatever `jobs` is.
/// \param progress  called on the calling thread
/// \return or why the snapshot cannot be read
Result<Forecast> look_ahead(const desk::Policies& policies, const Learnt& learnt, const Question& question,
                            const Progress& progress);
/// The same without and with `question.added`.
Result<Comparison> compare(const desk::Policies& policies, const Learnt& learnt, const Question& question,
                           const Progress& progress);

/// `german:3,returns:2`, `german` alone is at level 1. \return `bad_value` that says what is wrong
Result<Skills> parse_skills(std::string_view text);

/// When the configured agents with a shift come and go from `from` to `to`. \param begins  also who is at
/// work at `from`, or not
std::vector<Shift> shifts_of(const DeskPolicy& policy, Instant from, Instant to, bool begins);

}  // namespace triaged::forecast
