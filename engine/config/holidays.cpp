#include "engine/config/holidays.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace triaged::config {

namespace {

using std::chrono::days;
using std::chrono::year_month_day;

/// Days of one event; a longer one is most likely a slip.
constexpr int event_days_max = 62;

constexpr std::array<std::string_view, 18> descriptive{
    "UID",   "DTSTAMP",  "SUMMARY", "DESCRIPTION", "CATEGORIES",    "TRANSP",
    "CLASS", "SEQUENCE", "CREATED", "LOCATION",    "LAST-MODIFIED", "PRIORITY",
    "URL",   "COMMENT",  "CONTACT", "ORGANIZER",   "GEO",           "ATTENDEE"};

/// One line with its continuations: `NAME;PARAMETER=…:VALUE`.
struct Property {
    int line = 0;
    std::string name;        // upper case
    std::string parameters;  // upper case, with its leading semicolon
    std::string value;
};

std::string upper(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

Property property_of(int line, std::string_view text)
{
    bool quoted = false;
    std::size_t colon = 0;
    for (; colon < text.size() && (quoted || text[colon] != ':'); ++colon)
        if (text[colon] == '"') quoted = !quoted;
    const auto head = text.substr(0, colon);
    const auto semicolon = head.find(';');
    Property out{line, upper(head.substr(0, semicolon)), {}, {}};
    if (semicolon != std::string_view::npos) out.parameters = upper(head.substr(semicolon));
    if (colon < text.size()) out.value = text.substr(colon + 1);
    return out;
}

std::vector<Property> properties_of(std::string_view text)
{
    std::vector<std::pair<int, std::string>> lines;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        const bool continues = line.starts_with(' ') || line.starts_with('\t');
        if (continues && !lines.empty())
            lines.back().second += line.substr(1);
        else if (!line.empty())
            lines.emplace_back(number, line);
    }
    std::vector<Property> out;
    out.reserve(lines.size());
    for (const auto& [number, line] : lines) out.push_back(property_of(number, line));
    return out;
}

/// `20261224`.
std::optional<Day> compact_day(std::string_view text)
{
    if (text.size() != 8) return std::nullopt;
    const auto day =
        parse_day(fmt::format("{}-{}-{}", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2)));
    return day ? std::optional(*day) : std::nullopt;
}

std::optional<int> whole_number(std::string_view text)
{
    int value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

class HolidayReader {
public:
    HolidayReader(const std::string& file, std::vector<Diagnostic>& found) : file_(file), found_(found) {}

    Holidays read(std::string_view text)
    {
        const auto properties = properties_of(text);
        if (properties.empty() || properties[0].name != "BEGIN" || upper(properties[0].value) != "VCALENDAR")
            error(1, "this is no iCalendar file: it does not begin with BEGIN:VCALENDAR");
        else
            for (const auto& property : properties) take(property);
        if (event_ || !skipping_.empty()) error(0, "the file ends within an event");
        return std::move(out_);
    }

private:
    struct Event {
        int line = 0;
        std::optional<Day> start;
        std::optional<Day> end;
        const Property* rule = nullptr;
        bool cancelled = false;
        bool broken = false;
    };

    void take(const Property& property)
    {
        if (!skipping_.empty()) {
            if (property.name == "END" && upper(property.value) == skipping_) skipping_.clear();
            return;
        }
        if (property.name == "BEGIN") return begin(property);
        if (property.name == "END") {
            if (event_ && upper(property.value) == "VEVENT") finish();
            return;
        }
        if (event_) read_event(property);
    }

    void begin(const Property& property)
    {
        const auto what = upper(property.value);
        if (what == "VEVENT" && !event_)
            event_ = Event{property.line, {}, {}, nullptr, false, false};
        else if (what == "VTIMEZONE" || what == "VALARM")
            skipping_ = what;  // whole days need neither
        else if (what != "VCALENDAR")
            error(property.line, fmt::format("{} is not understood; holidays are VEVENTs", what));
    }

    void read_event(const Property& property)
    {
        const auto& name = property.name;
        if (name == "DTSTART")
            event_->start = day_of(property);
        else if (name == "DTEND")
            event_->end = day_of(property);
        else if (name == "DURATION")
            read_duration(property);
        else if (name == "RRULE")
            event_->rule = &property;
        else if (name == "STATUS")
            event_->cancelled = upper(property.value) == "CANCELLED";
        else if (std::find(descriptive.begin(), descriptive.end(), name) == descriptive.end() &&
                 !name.starts_with("X-"))
            error(property.line, fmt::format("{} is not understood", name));
    }

    std::optional<Day> day_of(const Property& property)
    {
        const bool plain = property.parameters.empty() || property.parameters == ";VALUE=DATE";
        const auto day = plain ? compact_day(property.value) : std::nullopt;
        if (!day)
            error(property.line,
                  fmt::format("{}: a holiday is a date, such as {};VALUE=DATE:20261224, not '{}'",
                              property.name, property.name, property.value));
        return day;
    }

    void read_duration(const Property& property)
    {
        const auto& value = property.value;
        const bool shape =
            value.size() > 2 && value[0] == 'P' && (value.back() == 'D' || value.back() == 'W');
        const auto number =
            shape ? whole_number(std::string_view(value).substr(1, value.size() - 2)) : std::nullopt;
        if (!number || !event_->start || *number == 0)
            error(property.line,
                  fmt::format("DURATION: whole days after DTSTART, such as P1D, not '{}'", value));
        else
            event_->end = *event_->start + days{*number * (value.back() == 'W' ? 7 : 1)};
    }

    void finish()
    {
        const auto event = *event_;
        event_.reset();
        if (event.broken || event.cancelled) return;
        if (!event.start) return error(event.line, "this event has no DTSTART");
        const auto end = event.end.value_or(*event.start + days{1});
        const auto length = (end - *event.start).count();
        if (length < 1)
            return error(event.line, "this event ends before it starts; DTEND is the day after the last");
        if (length > event_days_max)
            return error(event.line, fmt::format("this event lasts {} days; at most {} are understood",
                                                 length, event_days_max));
        Yearly bounds;
        if (event.rule != nullptr && !read_rule(*event.rule, *event.start, bounds)) return;
        for (auto day = *event.start; day < end; day += days{1}) {
            if (event.rule == nullptr) {
                out_.days.push_back(day);
                continue;
            }
            // A day that runs into January recurs in the year after the rule's.
            const year_month_day date{day};
            const int later =
                static_cast<int>(date.year()) - static_cast<int>(year_month_day{*event.start}.year());
            out_.yearly.push_back({date.month() / date.day(),
                                   bounds.from_year + later,
                                   std::min(bounds.to_year + later, 32767),
                                   {}});
        }
    }

    /// Reads the years of a rule. \return false, and the mistake is reported, if it says more than "every
    /// year".
    bool read_rule(const Property& rule, Day start, Yearly& years)
    {
        const year_month_day date{start};
        years.from_year = static_cast<int>(date.year());
        bool yearly = false;
        auto rest = std::string_view(rule.value);
        while (!rest.empty()) {
            const auto end = std::min(rest.find(';'), rest.size());
            const auto part = upper(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            const auto equals = std::min(part.find('='), part.size());
            const auto key = part.substr(0, equals);
            const auto value = part.substr(std::min(equals + 1, part.size()));
            const auto number = whole_number(value);
            if (key == "FREQ" && value == "YEARLY")
                yearly = true;
            else if (key == "INTERVAL" && number == 1)
                continue;
            else if (key == "BYMONTH" && number == static_cast<int>(unsigned{date.month()}))
                continue;
            else if (key == "BYMONTHDAY" && number == static_cast<int>(unsigned{date.day()}))
                continue;
            else if (key == "WKST")
                continue;
            else if (key == "COUNT" && number && *number > 0)
                years.to_year = years.from_year + *number - 1;
            else if (key == "UNTIL" && compact_day(std::string_view(value).substr(0, 8)))
                years.to_year = last_year(*compact_day(std::string_view(value).substr(0, 8)), date);
            else {
                error(rule.line,
                      fmt::format("RRULE: '{}' is not understood; only FREQ=YEARLY with COUNT or UNTIL is",
                                  part));
                return false;
            }
        }
        if (!yearly) error(rule.line, "RRULE: only FREQ=YEARLY is understood");
        return yearly;
    }

    static int last_year(Day until, const year_month_day& start)
    {
        const year_month_day last{until};
        const bool before = last.month() / last.day() < start.month() / start.day();
        return static_cast<int>(last.year()) - (before ? 1 : 0);
    }

    void error(int line, std::string message)
    {
        if (event_) event_->broken = true;
        Diagnostic diagnostic;
        diagnostic.code = "bad-holidays";
        diagnostic.file = file_;
        diagnostic.line = line;
        diagnostic.column = line == 0 ? 0 : 1;
        diagnostic.message = std::move(message);
        found_.push_back(std::move(diagnostic));
    }

    const std::string& file_;
    std::vector<Diagnostic>& found_;
    std::optional<Event> event_;
    std::string skipping_;
    Holidays out_;
};

}  // namespace

Holidays read_holidays(const std::string& file, std::string_view text, std::vector<Diagnostic>& found)
{
    return HolidayReader(file, found).read(text);
}

}  // namespace triaged::config
