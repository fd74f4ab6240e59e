// Holidays from an iCalendar file (RFC 5545): whole days, once or every year.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/config/hours.hpp"
#include "engine/model/diagnostic.hpp"

namespace triaged::config {

struct Holidays {
    std::vector<Day> days;
    std::vector<Yearly> yearly;
};

/// Reads the VEVENTs of `text`: DTSTART and DTEND as dates, RRULE:FREQ=YEARLY with nothing but COUNT or
/// UNTIL. What is not understood and would change which days are free becomes an error in `found`, with its
/// line; what only describes a day is passed over.
Holidays read_holidays(const std::string& file, std::string_view text, std::vector<Diagnostic>& found);

}  // namespace triaged::config
