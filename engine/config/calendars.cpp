// calendars.yaml: when offices are open.

#include <algorithm>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "engine/config/holidays.hpp"
#include "engine/config/hours.hpp"
#include "engine/config/readers.hpp"

namespace triaged::config {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 7> weekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// `mon` or `mon-fri`, as places in `weekdays`; empty if it is neither.
std::vector<std::size_t> weekdays_of(std::string_view key)
{
    const auto place = [](std::string_view name) {
        return static_cast<std::size_t>(std::find(weekdays.begin(), weekdays.end(), name) - weekdays.begin());
    };
    const auto dash = std::min(key.find('-'), key.size());
    auto day = place(key.substr(0, dash));
    const auto last = dash == key.size() ? day : place(key.substr(dash + 1));
    if (day == weekdays.size() || last == weekdays.size()) return {};
    std::vector<std::size_t> out{day};
    while (day != last) out.push_back(day = (day + 1) % weekdays.size());
    return out;
}

class CalendarReader {
public:
    CalendarReader(const yaml::Document& document, const yaml::Entry& entry, const fs::path& folder,
                   std::vector<Diagnostic>& found)
        : document_(document),
          section_(document, *entry.value, fmt::format("calendar '{}'", entry.key->text)),
          folder_(folder),
          found_(found)
    {
        office_.name = entry.key->text;
    }

    OfficeHours read()
    {
        std::string about;
        section_.text("about", about);
        section_.text("zone", office_.zone);
        if (const auto* const open = section_.require("open")) read_week(*open);
        if (const auto* const holidays = section_.take("holidays")) read_holidays(*holidays);
        section_.finish();
        return office_;
    }

    /// The zone's clock, or nothing, which has been reported. \pre `read`
    std::vector<Offset> offsets(Span horizon)
    {
        auto offsets = offsets_of(office_.zone, horizon);
        if (offsets) return std::move(*offsets);
        const auto* const zone = section_.take("zone");
        const auto likely = closest_zone(office_.zone);
        section_.error(zone ? *zone : section_.node(), "unknown-zone", offsets.error().message,
                       likely.empty() ? "write an IANA name, such as Europe/Berlin"
                                      : fmt::format("did you mean '{}'?", likely));
        return {};
    }

private:
    void read_week(const yaml::Node& node)
    {
        if (node.kind == yaml::Kind::scalar && node.text == "always") {
            for (auto& day : office_.week) day = {{0, day_minutes}};
            return;
        }
        const yaml::MapReader map(document_, node, section_.name_of("open"));
        for (const auto& [key, value] : node.entries) {
            const auto days = weekdays_of(key->text);
            if (days.empty()) {
                section_.error(*key, "bad-value", fmt::format("'{}' is no day of the week", key->text),
                               "write mon, tue, wed, thu, fri, sat or sun, or several as mon-fri");
                continue;
            }
            const auto hours = read_day(*value);
            for (const auto day : days) {
                if (!office_.week[day].empty())
                    section_.error(*key, "repeated-key", fmt::format("{} has hours already", weekdays[day]));
                office_.week[day] = hours;
            }
        }
        if (map.is_map() && node.entries.empty()) section_.error(node, "empty", "it is never open");
    }

    std::vector<Hours> read_day(const yaml::Node& node)
    {
        std::vector<Hours> out;
        for (const auto* const item : yaml::read_scalars(document_, node, section_.name_of("open"))) {
            const auto hours = parse_hours(item->text);
            if (!hours)
                section_.error(*item, "bad-value", hours.error().message);
            else if (!out.empty() && hours->from < out.back().to)
                section_.error(*item, "bad-value",
                               fmt::format("'{}' begins before the hours written before it end", item->text));
            else
                out.push_back(*hours);
        }
        return out;
    }

    void read_holidays(const yaml::Node& node)
    {
        if (node.kind != yaml::Kind::list) {
            section_.error(node, "wrong-type", "holidays must be a list",
                           "write dates (2026-12-24), days of every year (12-25) or {file: holidays.ics}");
            return;
        }
        for (const auto* const item : node.items) {
            if (item->kind == yaml::Kind::map)
                read_entry(*item);
            else if (item->kind == yaml::Kind::scalar)
                add_day(*item, {});
            else
                section_.error(*item, "wrong-type", "a holiday is a date or a map");
        }
    }

    /// `{file: holidays.ics}`, or `{date: 12-24, about: …, open: 08:00-13:00}`.
    void read_entry(const yaml::Node& node)
    {
        Section entry(document_, node, section_.name_of("holidays"));
        std::string file;
        std::string about;
        entry.text("file", file);
        const auto* const date = entry.take("date");
        const auto* const open = entry.take("open");
        entry.text("about", about);
        entry.finish();
        if ((date != nullptr) != file.empty())
            entry.error(node, "missing-key", "either 'date' or 'file'");
        else if (date == nullptr)
            read_file(*entry.take("file"), file);
        else
            add_day(*date, open == nullptr ? std::vector<Hours>{} : read_day(*open));
    }

    void add_day(const yaml::Node& node, std::vector<Hours> hours)
    {
        // 2028 has a 29th of February, which not every year has.
        const bool yearly = node.text.size() == 5;
        const auto day = parse_day(yearly ? "2028-" + node.text : node.text);
        if (!day)
            return section_.error(node, "bad-value", fmt::format("'{}' is no day", node.text),
                                  "write 2026-12-24, or 12-25 for every year");
        const std::chrono::year_month_day date{*day};
        if (yearly)
            office_.yearly.push_back({date.month() / date.day(), -32767, 32767, std::move(hours)});
        else if (!office_.days.emplace(*day, std::move(hours)).second)
            section_.error(node, "repeated-name", fmt::format("'{}' is there twice", node.text));
    }

    void read_file(const yaml::Node& node, const std::string& name)
    {
        const auto path = folder_ / name;
        std::ifstream stream(path, std::ios::binary);
        if (!stream || fs::is_directory(path))
            return section_.error(node, "unreadable-file", fmt::format("cannot read '{}'", name));
        const std::string text(std::istreambuf_iterator<char>(stream), {});
        const auto shown = (fs::path(document_.file()).parent_path() / name).string();
        auto holidays = config::read_holidays(shown, text, found_);
        for (const auto day : holidays.days) office_.days.try_emplace(day);
        std::move(holidays.yearly.begin(), holidays.yearly.end(), std::back_inserter(office_.yearly));
    }

    const yaml::Document& document_;
    Section section_;
    const fs::path& folder_;
    std::vector<Diagnostic>& found_;
    OfficeHours office_;
};

}  // namespace

void read_calendars(const yaml::Document& document, const fs::path& folder, Instant today,
                    std::vector<Diagnostic>& found, Config& config)
{
    if (document.broken() || document.root().kind == yaml::Kind::null) return;
    const yaml::MapReader map(document, document.root(), "the calendars file");
    if (!map.is_map()) return;
    const auto horizon = horizon_of(today);
    for (const auto& entry : document.root().entries) {
        if (entry.value->kind == yaml::Kind::null) {
            document.error(entry.key->place, "missing-key", "a calendar needs 'open'");
            continue;
        }
        CalendarReader reader(document, entry, folder, found);
        const auto office = reader.read();
        const auto offsets = reader.offsets(horizon);
        if (!check_name(document, *entry.key, "calendar")) continue;
        config.vocabulary.calendars.insert(office.name);
        config.desk.calendars.emplace(office.name, resolve(office, offsets, horizon));
    }
}

const Calendar* read_calendar(Section& owner, std::string_view key, const CalendarTable& calendars,
                              std::string& into)
{
    owner.text(key, into);
    if (into.empty()) return nullptr;
    const auto* const found = find_calendar(calendars, into);
    if (found != nullptr) return found;
    std::vector<std::string> names;
    for (const auto& [name, calendar] : calendars) names.push_back(name);
    owner.error(*owner.take(key), "unknown-calendar", fmt::format("unknown calendar '{}'", into),
                yaml::suggest(into, names));
    return nullptr;
}

}  // namespace triaged::config
